"""One line a finding: `path:line:column: code rule message`."""

from __future__ import annotations

from lint.model import Report
from lint.outputs.colour import Paint
from lint.outputs.output import Sources, shown
from lint.outputs.printable import path_text, spoken


def render(report: Report, sources: Sources) -> str:
    """Lines that editors and grep can follow."""
    paint = Paint(sources.colour)
    lines = []
    for finding in shown(report, sources):
        place = finding.place
        at = f"{paint('bold', path_text(place.path))}:{place.line}:{place.column}:"
        name = paint.severity(finding.severity, f"{finding.code} {finding.rule}")
        suppressed = f" (suppressed: {finding.suppressed.by})" if finding.suppressed else ""
        lines.append(f"{at} {name} {spoken(finding.message)}{suppressed}\n")
    return "".join(lines)
