"""Findings as people read them: what, where in the source, why, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint.model import Finding, Related, Report, Severity, Suppressed, Tier
from lint.outputs.colour import Paint
from lint.outputs.excerpt import excerpt
from lint.outputs.output import Sources, shown
from lint.outputs.printable import path_text, printable, spoken

_UNDERLINE: Final = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}


def render(report: Report, sources: Sources) -> str:
    """A paragraph for each finding, with its source line and the places that explain it."""
    return "".join(
        "\n".join(_paragraph(finding, sources)) + "\n\n" for finding in shown(report, sources)
    )


def _paragraph(finding: Finding, sources: Sources) -> Iterator[str]:
    paint = Paint(sources.colour)
    place = finding.place
    name = paint.severity(finding.severity, f"{finding.code} {finding.rule}")
    yield f"{name}: {spoken(finding.message)}"
    yield f"{paint('blue', '  -->')} {path_text(place.path)}:{place.line}:{place.column}"
    yield from excerpt(place, sources.lines(place.path), paint, _UNDERLINE[finding.severity])
    for related in finding.related:
        yield from _related(related, sources, paint)
    yield f"{paint('blue', '  =')} {_circumstances(finding, sources)}"
    if finding.suppressed:
        yield f"{paint('blue', '  =')} {_suppressed(finding.suppressed)}"
    if finding.remedy:
        yield f"{paint('cyan', 'help')}: {spoken(finding.remedy)}"


def _related(related: Related, sources: Sources, paint: Paint) -> Iterator[str]:
    place = related.place
    at = f"{path_text(place.path)}:{place.line}"
    yield f"{paint('blue', '  ~~>')} {at}: {spoken(related.why)}"
    lines = sources.lines(place.path)
    if 1 <= place.line <= len(lines) and lines[place.line - 1].strip():
        source = printable(lines[place.line - 1].strip())
        yield paint("dim", f"      | {source if len(source) <= 110 else source[:110] + '…'}")


def _circumstances(finding: Finding, sources: Sources) -> str:
    """`error, R2 no-compose (MUST NOT); gateway; integration tier, reachable`."""
    told = [finding.severity.value]
    if finding.requirement:
        requirement = sources.requirements.get(finding.requirement)
        named = f"{requirement.id} {requirement.name} ({requirement.level})" if requirement else ""
        told[0] += f", {spoken(named or finding.requirement)}"
    if finding.services:
        told.append(spoken(", ".join(finding.services)))
    if finding.tier is not Tier.NONE:
        tier = "other tests" if finding.tier is Tier.OTHER else f"{finding.tier} tier"
        told.append(tier if finding.reachable else f"{tier}, not reached")
    elif finding.severity is Severity.NOTE and not finding.reachable:
        told.append("reached by no suite, recipe or job")
    return "; ".join(told)


def _suppressed(suppressed: Suppressed) -> str:
    told = f"suppressed ({suppressed.by})"
    if suppressed.reason:
        told += f": {suppressed.reason}"
    if suppressed.owner:
        told += f"; owner {suppressed.owner}"
    if suppressed.until:
        told += f"; until {suppressed.until}"
    return spoken(told)
