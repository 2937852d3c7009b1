"""Numbers to figures: median, least, 90th percentile, and ratios within rounds."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.trial import Trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Seconds. `p90`: nine in ten were not slower (interpolated)."""

    median: float
    least: float
    p90: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One contender on one engine. `left`: the most that a down of it left behind."""

    engine: str
    contender: str
    good: int
    failed: int
    up: Spread | None
    down: Spread | None
    up_cpu: float | None
    down_cpu: float | None
    left: int
    failure: str


def spread(values: Sequence[float]) -> Spread | None:
    """None for no values."""
    if not values:
        return None
    deciles = (
        statistics.quantiles(values, n=10, method="inclusive") if len(values) > 1 else [values[0]]
    )
    return Spread(median=statistics.median(values), least=min(values), p90=deciles[-1])


def summarise(engine: str, contender: str, trials: Iterable[Trial]) -> Row:
    """The row of one contender on one engine; failed trials count as failures only."""
    own = [each for each in trials if (each.engine, each.contender) == (engine, contender)]
    good = [each for each in own if not each.failure]
    ups = [each.up for each in good if each.up is not None]
    downs = [each.down for each in good if each.down is not None]
    return Row(
        engine=engine,
        contender=contender,
        good=len(good),
        failed=len(own) - len(good),
        up=spread([each.wall_s for each in ups]),
        down=spread([each.wall_s for each in downs]),
        up_cpu=_median([each.cpu_s for each in ups]),
        down_cpu=_median([each.cpu_s for each in downs]),
        left=max((each.left for each in good), default=0),
        failure=next((each.failure for each in own if each.failure), ""),
    )


def paired_ratio(ours: Mapping[int, float], theirs: Mapping[int, float]) -> float | None:
    """The median of `ours / theirs` over the rounds in which both have a figure.

    Within a round both ran minutes apart at the most: a machine that slows down or is shared moves
    both. None when no round has both.
    """
    return _median([ours[each] / theirs[each] for each in ours if theirs.get(each)])


def walls(trials: Iterable[Trial], engine: str, contender: str, way: str) -> dict[int, float]:
    """Seconds by round of the good trials; `way` is `up` or `down`."""
    found: dict[int, float] = {}
    for each in trials:
        if (each.engine, each.contender) == (engine, contender) and not each.failure:
            cost = each.up if way == "up" else each.down
            if cost is not None:
                found[each.round] = cost.wall_s
    return found


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None
