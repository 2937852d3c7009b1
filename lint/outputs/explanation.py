"""Why a requirement holds for a service or does not: each piece of evidence as a chain of calls."""

from __future__ import annotations

from collections.abc import Iterator

from lint.model import Evidence, Judgement, Place, ServiceReport, Status
from lint.outputs.colour import Paint
from lint.outputs.output import Sources
from lint.outputs.printable import path_text, printable, spoken

LONGEST = 100
"""Characters of a source line that are shown."""


def explanation(service: ServiceReport, sources: Sources) -> str:
    """All its requirements, in the guidance's order."""
    paint = Paint(sources.colour)
    verdict = paint.verdict(service.verdict, service.verdict)
    lines = [f"{paint('bold', printable(service.name))}: {verdict}"]
    ordered = [each for each in sources.requirements if each in service.requirements]
    ordered += [each for each in service.requirements if each not in ordered]
    for requirement in ordered:
        lines += ["", *_requirement(requirement, service.requirements[requirement], sources, paint)]
    return "\n".join(lines) + "\n"


def reasons(service: ServiceReport, sources: Sources, *, every: bool) -> Iterator[str]:
    """One line for each requirement that is not known (`every`: for each that does not hold)."""
    for requirement, judgement in service.requirements.items():
        wanted = judgement.status is Status.UNKNOWN or (every and judgement.status is Status.FAIL)
        if not wanted:
            continue
        first = next(iter(judgement.evidence), None)
        told = judgement.reason or (first.why if first else "no reason was given")
        at = f" ({path_text(first.place.path)}:{first.place.line})" if first else ""
        name = _name(requirement, sources)
        yield f"{printable(service.name)}  {name}: {judgement.status}: {spoken(told)}{at}"


def _requirement(
    requirement: str, judgement: Judgement, sources: Sources, paint: Paint
) -> Iterator[str]:
    known = sources.requirements.get(requirement)
    level = f" ({known.level})" if known else ""
    mark = paint.status(judgement.status, _said(judgement.status))
    yield f"{paint('bold', _name(requirement, sources))}{level}: {mark}"
    if judgement.reason:
        yield f"  {spoken(judgement.reason)}"
    for evidence in judgement.evidence:
        yield from _evidence(evidence, sources, paint)


def _evidence(evidence: Evidence, sources: Sources, paint: Paint) -> Iterator[str]:
    steps = [(each.place, each.why) for each in evidence.chain]
    if not steps or steps[-1][0] != evidence.place:
        steps.append((evidence.place, evidence.why))
    elif steps[-1][1] != evidence.why:
        steps[-1] = (evidence.place, evidence.why)
    yield f"  {spoken(evidence.why)}"
    for depth, (place, why) in enumerate(steps):
        lead = "    " + "  " * depth + ("-> " if depth else "")
        yield f"{paint('blue', lead)}{path_text(place.path)}:{place.line}  {spoken(why)}"
        if source := _source(place, sources):
            yield paint("dim", f"{' ' * len(lead)}| {source}")


def _source(place: Place, sources: Sources) -> str:
    lines = sources.lines(place.path)
    if not 1 <= place.line <= len(lines):
        return ""
    source = printable(lines[place.line - 1].strip())
    return source if len(source) <= LONGEST else f"{source[:LONGEST]}…"


def _name(requirement: str, sources: Sources) -> str:
    known = sources.requirements.get(requirement)
    return spoken(f"{requirement} {known.name}" if known else requirement)


def _said(status: Status) -> str:
    return {Status.PASS: "holds", Status.FAIL: "does not hold"}.get(status, status.value)
