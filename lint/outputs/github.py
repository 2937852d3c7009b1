"""Annotations of a GitHub job: workflow commands, which the runner reads from standard output."""

from __future__ import annotations

from typing import Final

from lint.model import Finding, Report, Severity
from lint.outputs.output import Sources
from lint.outputs.printable import printable, spoken

_COMMAND: Final = {
    Severity.ERROR: "error",
    Severity.WARNING: "warning",
    Severity.NOTE: "notice",
}


def render(report: Report, _sources: Sources) -> str:
    """One command a finding that counts; a suppressed one would only annoy."""
    return "".join(_command(each) + "\n" for each in report.findings if each.suppressed is None)


def _command(finding: Finding) -> str:
    place = finding.place
    end_line = max(place.end_line, place.line)
    properties = {
        "file": place.path,
        "line": str(place.line),
        "endLine": str(end_line),
        "col": str(place.column),
    }
    # GitHub takes an end column only where the span stays on its line. Its own is inclusive.
    if end_line == place.line and place.end_column > place.column:
        properties["endColumn"] = str(place.end_column - 1)
    properties["title"] = " ".join(
        word for word in (finding.code, finding.rule, finding.requirement) if word
    )
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    told = [spoken(finding.message)]
    told += [
        f"{printable(each.place.path)}:{each.place.line}: {spoken(each.why)}"
        for each in finding.related
    ]
    told += [f"help: {spoken(finding.remedy)}"] if finding.remedy else []
    return f"::{_COMMAND[finding.severity]} {listed}::{_message(chr(10).join(told))}"


def _message(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _message(printable(text)).replace(":", "%3A").replace(",", "%2C")
