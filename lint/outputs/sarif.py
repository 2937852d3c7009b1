"""SARIF 2.1.0: one run, its rules with help, and the guidance's requirements as a taxonomy."""

from __future__ import annotations

import json
import re
from typing import Final

from lint.model import Finding, Place, Related, Report, Suppressed
from lint.outputs.output import Sources
from lint.outputs.sarif_rules import LEVEL, rule_descriptors, taxonomy, taxonomy_reference
from lint.outputs.sarif_uri import sarif_uri

SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT: Final = "stackwright/v1"
_PLACEHOLDER: Final = re.compile(r"\{\d+\}")
_LINK: Final = re.compile(r"\[([^][]*)\](\()")
_ROOT: Final = "%SRCROOT%"
_KIND: Final = {"inline": "inSource", "exemption": "external", "baseline": "external"}


def render(report: Report, sources: Sources) -> str:
    """One log. Suppressed findings are in it, marked as such."""
    rules = rule_descriptors(report, sources)
    index = {str(rule["name"]): at for at, rule in enumerate(rules)}
    driver: dict[str, object] = {
        "name": "stackwright",
        "rules": rules,
        "supportedTaxonomies": [taxonomy_reference(report)],
    }
    if version := sources.version():
        driver["version"] = version
    run: dict[str, object] = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "invocations": [_invocation(report)],
        "taxonomies": [taxonomy(report, sources)],
        "results": [_result(each, index[each.rule], report) for each in report.findings],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2) + "\n"


def _result(finding: Finding, rule: int, report: Report) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": LEVEL[finding.severity],
        "message": {"text": _message(finding)},
        "locations": [{"physicalLocation": _physical(finding.place)}],
        "partialFingerprints": {FINGERPRINT: finding.fingerprint},
        "properties": {
            "service": list(finding.services),
            "tier": finding.tier.value,
            "reachable": finding.reachable,
        },
    }
    if finding.requirement:
        result["taxa"] = [{"id": finding.requirement, "toolComponent": taxonomy_reference(report)}]
    if finding.related:
        result["relatedLocations"] = [
            _related(at, each) for at, each in enumerate(finding.related, start=1)
        ]
    # Present and empty means: known not to be suppressed.
    result["suppressions"] = [_suppression(finding.suppressed)] if finding.suppressed else []
    return result


def _message(finding: Finding) -> str:
    """What is wrong and what to do, without what SARIF would take for its own marks."""
    told = f"{finding.message} {finding.remedy}".strip() or finding.rule
    return _LINK.sub(r"\\[\1\\]\2", _PLACEHOLDER.sub(r"{\g<0>}", told))


def _related(number: int, related: Related) -> dict[str, object]:
    return {
        "id": number,
        "physicalLocation": _physical(related.place),
        "message": {"text": related.why or related.place.path},
    }


def _suppression(suppressed: Suppressed) -> dict[str, object]:
    told = "; ".join(
        each
        for each in (
            suppressed.reason,
            suppressed.owner and f"owner {suppressed.owner}",
            suppressed.until and f"until {suppressed.until}",
        )
        if each
    )
    found: dict[str, object] = {"kind": _KIND.get(suppressed.by, "external"), "status": "accepted"}
    if told:
        found["justification"] = told
    found["properties"] = {"by": suppressed.by}
    return found


def _physical(place: Place) -> dict[str, object]:
    return {
        "artifactLocation": {"uri": sarif_uri(place.path), "uriBaseId": _ROOT},
        "region": _region(place),
    }


def _region(place: Place) -> dict[str, object]:
    line, column = max(place.line, 1), max(place.column, 1)
    region: dict[str, object] = {"startLine": line, "startColumn": column}
    end_line = max(place.end_line, line)
    if end_line > line:
        region["endLine"] = end_line
    if place.end_column > (column if end_line == line else 0):
        region["endColumn"] = place.end_column
    return region


def _invocation(report: Report) -> dict[str, object]:
    """Files that were not judged, and what the run had to say, are notifications."""
    told: list[dict[str, object]] = [
        {
            "level": "note",
            "message": {"text": f"skipped: {each.why}"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": sarif_uri(each.path), "uriBaseId": _ROOT}
                    }
                }
            ],
        }
        for each in report.coverage.skipped
    ]
    told += [{"level": "note", "message": {"text": each}} for each in report.notes]
    return {"executionSuccessful": True, "toolExecutionNotifications": told}
