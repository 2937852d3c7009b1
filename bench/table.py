"""Tables as Markdown, so that what a terminal shows can be pasted into the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from bench.start_cost import PYTHON, StartCost
from bench.summary import Row, Spread, paired_ratio, summarise, walls
from bench.trial import Trial

ABSENT: Final = "-"


def render(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table with aligned columns; the first is text, the others are figures."""
    lines = [list(header), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    lines.insert(1, rule)
    return "\n".join("| " + " | ".join(_aligned(line, widths)) + " |" for line in lines)


def render_engine(engine: str, contenders: Iterable[str], trials: Sequence[Trial]) -> str:
    """Up and down of every contender on one engine, seconds."""
    header = (
        engine, "up", "min", "p90", "/ floor", "/ scripts", "own CPU",
        "down", "min", "p90", "/ floor", "own CPU", "left", "runs",
    )  # fmt: skip
    rows: list[Sequence[str]] = []
    for contender in contenders:
        row = summarise(engine, contender, trials)

        def ratio(way: str, peer: str, own: str = contender) -> str:
            ours = walls(trials, engine, own, way)
            return _figure(paired_ratio(ours, walls(trials, engine, peer, way)))

        rows.append(
            (
                contender,
                *_spread(row.up),
                ratio("up", "floor"),
                ratio("up", "scripts"),
                _figure(row.up_cpu),
                *_spread(row.down),
                ratio("down", "floor"),
                _figure(row.down_cpu),
                str(row.left) if row.good else ABSENT,
                _runs(row),
            )
        )
    return render(header, rows)


def render_starts(starts: Sequence[StartCost]) -> str:
    """Milliseconds of each command, and how many times Python's own start that is."""
    python = next((each.wall_s for each in starts if each.command == PYTHON), None)
    rows = [
        (
            each.command,
            f"{each.wall_s * 1000:.0f}",
            f"{each.cpu_s * 1000:.0f}",
            ABSENT if python is None else f"{each.wall_s / python:.1f}",
        )
        for each in starts
    ]
    return render(("command", "ms", "CPU ms", "/ python"), rows)


def _aligned(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *others = zip(line, widths, strict=True)
    return [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]


def _spread(found: Spread | None) -> tuple[str, str, str]:
    if found is None:
        return (ABSENT, ABSENT, ABSENT)
    return (_figure(found.median), _figure(found.least), _figure(found.p90))


def _figure(value: float | None) -> str:
    return ABSENT if value is None else f"{value:.2f}"


def _runs(row: Row) -> str:
    return f"{row.good} of {row.good + row.failed}" if row.failed else str(row.good)
