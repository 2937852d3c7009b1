"""The rules and the guidance's requirements as SARIF describes them."""

from __future__ import annotations

from typing import Final

from lint.guidance.guidance import Requirement
from lint.model import Report, Severity
from lint.outputs.output import Sources
from lint.rules.rule import Rule

LEVEL: Final = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.NOTE: "note",
}


def rule_descriptors(report: Report, sources: Sources) -> list[dict[str, object]]:
    """All rules that ran, and any that a finding names beside them."""
    described = [_rule(rule, report, sources) for rule in sources.rules.values()]
    for finding in report.findings:
        if not any(each["name"] == finding.rule for each in described):
            described.append({"id": finding.code, "name": finding.rule})
    return described


def _rule(rule: Rule, report: Report, sources: Sources) -> dict[str, object]:
    described: dict[str, object] = {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": rule.why},
        "help": {
            "text": f"{rule.why}\n\n{rule.remedy}",
            "markdown": f"{rule.why}\n\n**What to do**: {rule.remedy}",
        },
        "defaultConfiguration": {"level": LEVEL[rule.severity]},
        "properties": {"tags": ["integration-testing", rule.requirement or "hygiene"]},
    }
    if rule.requirement in sources.requirements:
        described["relationships"] = [
            {
                "target": {"id": rule.requirement, "toolComponent": taxonomy_reference(report)},
                "kinds": ["relevant"],
            }
        ]
    return described


def taxonomy(report: Report, sources: Sources) -> dict[str, object]:
    """The guidance: a taxon for each requirement."""
    described: dict[str, object] = {"name": report.guidance_id, "version": report.guidance_version}
    described["isComprehensive"] = True
    described["taxa"] = [_taxon(each) for each in sources.requirements.values()] or [
        {"id": each} for each in sorted({finding.requirement for finding in report.findings} - {""})
    ]
    return described


def taxonomy_reference(report: Report) -> dict[str, object]:
    """How rules and results point to it."""
    return {"name": report.guidance_id, "index": 0}


def _taxon(requirement: Requirement) -> dict[str, object]:
    return {
        "id": requirement.id,
        "name": requirement.name,
        "shortDescription": {"text": requirement.name.replace("-", " ")},
        "fullDescription": {"text": requirement.text},
        "properties": {"level": requirement.level},
    }
