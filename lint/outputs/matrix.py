"""Service by requirement, in columns: for a terminal's width, or one line a service for a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from lint.model import Report, ServiceReport, Status
from lint.outputs.colour import Paint
from lint.outputs.output import Sources
from lint.outputs.printable import cells, printable

MARKS: Final = {
    Status.PASS: "ok",
    Status.FAIL: "FAIL",
    Status.UNKNOWN: "?",
    Status.NOT_APPLICABLE: "-",
    Status.EXEMPT: "ex",
}
LEGEND: Final = (
    "ok: holds   FAIL: does not   ?: could not be told   -: does not apply   ex: exempt for a time"
)
_CELL: Final = 4
_GAP: Final = "  "


def matrix(report: Report, sources: Sources) -> str:
    """The table; empty without services. Columns that do not fit go into a second table below."""
    paint = Paint(sources.colour)
    wanted = columns_of(report, sources)
    name = max((cells(printable(each.name)) for each in report.services), default=0)
    name = max(name, len("service"))
    verdict = max((len(each.verdict) for each in report.services), default=0)
    head = name + len(_GAP) + verdict
    parts = [
        _table(report.services, part, (name, verdict), paint)
        for part in _parts(wanted, head, sources.width)
    ]
    return "\n".join("".join(f"{line.rstrip()}\n" for line in part) for part in parts)


def columns_of(report: Report, sources: Sources) -> tuple[str, ...]:
    """The requirements that any service was judged by, in the guidance's order."""
    judged = {each for service in report.services for each in service.requirements}
    ordered = [each for each in sources.requirements if each in judged]
    return (*ordered, *sorted(judged.difference(ordered), key=natural))


def natural(requirement: str) -> tuple[str, int]:
    """Sorts R2 before R10."""
    letters = requirement.rstrip("0123456789")
    digits = requirement[len(letters) :]
    return letters, int(digits) if digits else 0


def _parts(wanted: Sequence[str], head: int, width: int) -> Iterator[Sequence[str]]:
    if not wanted:
        return
    column = max(_CELL, *(len(each) for each in wanted)) + len(_GAP)
    fitting = max(1, (width - head) // column) if width else len(wanted)
    for start in range(0, len(wanted), fitting):
        yield wanted[start : start + fitting]


def _table(
    services: Iterable[ServiceReport], columns: Sequence[str], widths: tuple[int, int], paint: Paint
) -> Iterator[str]:
    name, verdict = widths
    headings = _GAP.join(f"{printable(each):<{_CELL}}" for each in columns)
    yield paint("bold", f"{'service':<{name}}{_GAP}{'verdict':<{verdict}}{_GAP}{headings}".rstrip())
    for service in services:
        shown = printable(service.name)
        line = shown + " " * (name - cells(shown)) + _GAP
        line += paint.verdict(service.verdict, f"{service.verdict:<{verdict}}")
        for each in columns:
            judgement = service.requirements.get(each)
            status = judgement.status if judgement else Status.NOT_APPLICABLE
            mark = MARKS[status]
            padding = " " * (max(_CELL, len(each)) - len(mark))
            line += _GAP + paint.status(status, mark) + padding
        yield line
