"""Outcomes to figures: counts, percentiles, the table, and whether the promise was kept."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bench.table import ABSENT, render
from soak.outcome import OURS, Death, EngineName, Start

NOTICED_S: Final = 0.6
"""A component's death is known to the run after this long at the most, 99 times of 100."""

_HEADER: Final = (
    "way", "engine", "starts", "good", "false ready", "exit 137", "restarts", "other failures",
    "up p50", "up p99", "deaths", "noticed p50", "p99", "max",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One way on one engine. `killed`: starts in which a component ended with exit code 137."""

    way: str
    engine: EngineName
    starts: int
    good: int
    false_ready: int
    killed: int
    restarts: int
    failed: int
    up: Sequence[float]
    noticed: Sequence[float]


def percentile(values: Sequence[float], share: float) -> float | None:
    """The least value that `share` of all do not exceed (nearest rank: never interpolated)."""
    if not values:
        return None
    return sorted(values)[max(math.ceil(share * len(values)), 1) - 1]


def rows_of(starts: Iterable[Start], deaths: Iterable[Death]) -> list[Row]:
    """A row for each way on each engine, ours first, in the order in which they were played."""
    by_way: dict[tuple[str, EngineName], list[Start]] = {}
    for start in starts:
        by_way.setdefault((start.way, start.engine), []).append(start)
    noticed: dict[EngineName, list[float]] = {}
    for death in deaths:
        by_way.setdefault((OURS, death.engine), [])
        if death.noticed_s is not None:
            noticed.setdefault(death.engine, []).append(death.noticed_s)
    keys = sorted(by_way, key=lambda key: (key[0] != OURS, key[1], key[0]))
    return [_row(key, by_way[key], noticed.get(key[1], [])) for key in keys]


def render_rows(rows: Iterable[Row]) -> str:
    """The table, seconds."""
    return render(
        _HEADER,
        [
            (
                row.way,
                row.engine,
                *(
                    str(count)
                    for count in (
                        row.starts,
                        row.good,
                        row.false_ready,
                        row.killed,
                        row.restarts,
                        row.failed,
                    )
                ),
                *(_seconds(percentile(row.up, share)) for share in (0.5, 0.99)),
                str(len(row.noticed)) if row.noticed else ABSENT,
                *(_seconds(percentile(row.noticed, share)) for share in (0.5, 0.99, 1.0)),
            )
            for row in rows
        ],
    )


def reasons(starts: Iterable[Start], deaths: Iterable[Death]) -> list[str]:
    """Every distinct thing that went wrong, with its count, the most frequent first."""
    counted: Counter[str] = Counter()
    for start in starts:
        who = f"{start.way} on {start.engine}"
        counted.update(
            f"{who}: {what}"
            for what in (
                start.failure and f"did not come up: {start.failure}",
                start.false_ready and f"falsely ready: {start.false_ready}",
                start.left and f"left {', '.join(start.left)}",
            )
            if what
        )
    for death in deaths:
        who = f"{death.engine}, {death.victim} by {death.how}"
        counted.update(
            f"{who}: {what}"
            for what in (death.problem, death.left and f"left {', '.join(death.left)}")
            if what
        )
    return [f"{count} times {what}" for what, count in counted.most_common()]


def broken_promises(starts: Sequence[Start], deaths: Sequence[Death]) -> list[str]:
    """What of ours is below the promise; empty when all is kept."""
    found: list[str] = []
    for row in rows_of(starts, deaths):
        if row.way != OURS:
            continue
        if row.good < row.starts:
            found.append(f"{row.engine}: {row.good} of {row.starts} starts were good")
        slowest = percentile(row.noticed, 0.99)
        if slowest is not None and slowest > NOTICED_S:
            found.append(
                f"{row.engine}: a death was noticed after {slowest:.2f} s (p99; at most "
                f"{NOTICED_S:g})"
            )
    found += [
        f"{each.engine}: {each.victim} by {each.how}: {each.problem or ', '.join(each.left)}"
        for each in deaths
        if each.problem or each.left
    ]
    return found


def _row(key: tuple[str, EngineName], starts: Sequence[Start], noticed: Sequence[float]) -> Row:
    way, engine = key
    return Row(
        way=way,
        engine=engine,
        starts=len(starts),
        good=sum(each.good for each in starts),
        false_ready=sum(bool(each.false_ready) for each in starts),
        killed=sum(bool(each.killed) for each in starts),
        restarts=sum(each.restarts for each in starts),
        failed=sum(bool(each.failure or each.left) for each in starts),
        up=[each.up_s for each in starts if each.up_s is not None],
        noticed=noticed if way == OURS else (),
    )


def _seconds(value: float | None) -> str:
    return ABSENT if value is None else f"{value:.2f}"
