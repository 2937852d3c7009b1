"""The report for other programs. `report.schema.json` beside this file says what it holds.

ASCII only, so that no character of a scanned file reaches a terminal as it is.
"""

from __future__ import annotations

import json

from lint.model import (
    SCHEMA_VERSION,
    CheckedClaim,
    Evidence,
    Finding,
    Judgement,
    Place,
    Report,
    ServiceReport,
    Suppressed,
)
from lint.outputs.output import Sources

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]


def render(report: Report, _sources: Sources) -> str:
    """Everything, suppressed findings included: they say so."""
    document: Json = {
        "schema_version": SCHEMA_VERSION,
        "guidance": {"id": report.guidance_id, "version": report.guidance_version},
        "files": {
            "scanned": report.coverage.scanned,
            "matched": report.coverage.matched,
            "skipped": len(report.coverage.skipped),
        },
        "findings": [_finding(each) for each in report.findings],
        "services": [_service(each) for each in report.services],
        "claims": [_claim(each) for each in report.claims],
    }
    return json.dumps(document, indent=2) + "\n"


def _finding(finding: Finding) -> Json:
    place = finding.place
    return {
        "rule": finding.rule,
        "code": finding.code,
        "requirement": finding.requirement,
        "severity": finding.severity.value,
        **_at(place),
        "column": max(place.column, 1),
        "end_line": max(place.end_line, place.line, 1),
        "message": finding.message,
        "remedy": finding.remedy,
        "service": list(finding.services),
        "tier": finding.tier.value,
        "reachable": finding.reachable,
        "related": [{**_at(each.place), "why": each.why} for each in finding.related],
        "fingerprint": finding.fingerprint,
        "suppressed": _suppressed(finding.suppressed),
    }


def _suppressed(suppressed: Suppressed | None) -> Json:
    if suppressed is None:
        return None
    return {
        "by": suppressed.by,
        "reason": suppressed.reason,
        "owner": suppressed.owner,
        "until": suppressed.until,
    }


def _service(service: ServiceReport) -> Json:
    return {
        "name": service.name,
        "verdict": service.verdict.value,
        "requirements": {
            requirement: _judgement(each) for requirement, each in service.requirements.items()
        },
    }


def _judgement(judgement: Judgement) -> Json:
    return {
        "status": judgement.status.value,
        "evidence": [_evidence(each) for each in judgement.evidence],
        "reason": judgement.reason,
    }


def _evidence(evidence: Evidence) -> Json:
    return {**_at(evidence.place), "why": evidence.why}


def _claim(claim: CheckedClaim) -> Json:
    return {
        **_at(claim.place),
        "service": claim.service,
        "claimed": claim.claimed,
        "actual": claim.actual,
        "contradicted": claim.contradicted,
    }


def _at(place: Place) -> dict[str, Json]:
    return {"path": place.path, "line": max(place.line, 1)}
