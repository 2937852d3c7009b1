"""A summary for a pull request: where the services stand, then the findings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint.model import Finding, Judgement, Report, Severity, Status
from lint.outputs.markdown_text import markdown_code, markdown_text
from lint.outputs.matrix import columns_of
from lint.outputs.output import Sources, shown
from lint.outputs.summary import summary

MOST: Final = 200
"""Findings that are listed; a comment on a pull request has room for little more."""
_MARKS: Final = {
    Status.PASS: "✅",
    Status.FAIL: "❌",
    Status.UNKNOWN: "❔",
    Status.NOT_APPLICABLE: "-",
    Status.EXEMPT: "⏳",
}
_SEVERITY: Final = {Severity.ERROR: "❌", Severity.WARNING: "⚠️", Severity.NOTE: "💡"}


def render(report: Report, sources: Sources) -> str:
    """The whole page."""
    parts = [
        "## stackwright lint",
        "\n".join(f"- {line}" for line in map(markdown_text, _said(report))),
    ]
    if report.services:
        parts += ["### Services", "\n".join(matrix_rows(report, sources)), _legend()]
    found = shown(report, sources)
    if found:
        parts += ["### Findings", "\n".join(_findings(found))]
    contradicted = [each for each in report.claims if each.contradicted]
    if contradicted:
        rows = [
            f"| {_at(each.place.path, each.place.line)} | {markdown_text(each.service)} "
            f"| {markdown_text(each.claimed)} | {markdown_text(each.actual)} |"
            for each in contradicted
        ]
        head = ["| where | service | claimed | in the code |", "|---|---|---|---|"]
        parts += ["### Claims that the code contradicts", "\n".join([*head, *rows])]
    return "\n\n".join(parts) + "\n"


def matrix_rows(report: Report, sources: Sources) -> Iterator[str]:
    """The table service by requirement, line by line."""
    columns = columns_of(report, sources)
    yield "| service | verdict | " + " | ".join(map(markdown_text, columns)) + " |"
    yield "|---|---|" + ":-:|" * len(columns)
    for service in report.services:
        marks = (_mark(service.requirements.get(each)) for each in columns)
        yield f"| {markdown_text(service.name)} | {service.verdict} | {' | '.join(marks)} |"


def _mark(judgement: Judgement | None) -> str:
    return _MARKS[judgement.status if judgement else Status.NOT_APPLICABLE]


def _legend() -> str:
    return "✅ holds, ❌ does not, ❔ could not be told, - does not apply, ⏳ exempt for a time"


def _said(report: Report) -> Iterator[str]:
    yield from summary(report)
    yield f"judged by {report.guidance_id} {report.guidance_version}"


def _findings(found: tuple[Finding, ...]) -> Iterator[str]:
    yield "| | where | rule | what | services |"
    yield "|---|---|---|---|---|"
    for finding in found[:MOST]:
        rule = f"{markdown_text(finding.code)} {markdown_text(finding.rule)}"
        if finding.requirement:
            rule += f" ({markdown_text(finding.requirement)})"
        message = markdown_text(finding.message)
        if finding.suppressed:
            message = f"~~{message}~~ suppressed: {markdown_text(finding.suppressed.by)}"
        yield (
            f"| {_SEVERITY[finding.severity]} | {_at(finding.place.path, finding.place.line)} "
            f"| {rule} | {message} | {markdown_text(', '.join(finding.services))} |"
        )
    if len(found) > MOST:
        yield f"\n… and {len(found) - MOST} more"


def _at(path: str, line: int) -> str:
    return markdown_code(f"{path}:{line}")
