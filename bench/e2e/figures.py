"""What was measured, beside what, and the bounds that were promised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bench.e2e import scenes
from bench.e2e.scenes import Scene
from bench.summary import Spread, paired_ratio, spread
from bench.table import ABSENT, render

Rounds = Sequence[Mapping[str, float]]
"""What each round has measured, by `trial/figure`."""

LATENCY_S: Final = 0.2
"""Before each answer. The bounds are those of issue 5, which are made for it."""
FASTER: Final = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One row. `key`: what was measured. `floor`: the least there can be; `peer`: what was measured
    in the same round. `bound`: the most that `key` may be; `times`: the least that it must be, as a
    multiple of `peer`. `unit`: "" for a number of requests.
    """

    what: str
    key: str
    unit: str = "s"
    floor: float | None = None
    peer: str = ""
    beside: str = ""
    bound: float | None = None
    times: float | None = None

    def spread(self, rounds: Rounds) -> Spread | None:
        """None when it was never measured."""
        return spread(list(_values(rounds, self.key).values()))

    def ratio(self, rounds: Rounds) -> float | None:
        """To the peer within each round, or to the floor; the median."""
        ours = _values(rounds, self.key)
        if self.floor is not None:
            return paired_ratio(ours, dict.fromkeys(ours, self.floor))
        return paired_ratio(ours, _values(rounds, self.peer)) if self.peer else None

    def met(self, rounds: Rounds) -> bool | None:
        """Whether the median keeps the bound; None where there is none, or no figure."""
        found, ratio = self.spread(rounds), self.ratio(rounds)
        if self.bound is not None and found is not None:
            return found.median <= self.bound
        if self.times is not None and ratio is not None:
            return ratio >= self.times
        return None


def figures(delayed: Scene) -> tuple[Figure, ...]:
    """All rows. `delayed`: what was awaited; its pods are ready after DELAYS."""
    longest = max(scenes.DELAYS)
    return (
        _deployed("8 objects in one wave", "one wave", scenes.one_wave(), 0.5),
        _deployed("8 objects in three waves", "three waves", scenes.three_waves(), 1.0),
        _deployed("50 objects in three waves", "fifty", scenes.fifty(), 1.5),
        Figure(
            what=f"8 objects ready after 1 to {longest:g} s",
            key="ready/waited",
            floor=longest + delayed.trips * LATENCY_S,
            beside=f"{delayed.trips} answers, longest delay",
            bound=longest + 0.5 + 3 * LATENCY_S,
        ),
        Figure(
            what="the same with connecting",
            key="ready/ready",
            floor=longest + (delayed.trips + 1) * LATENCY_S,
            beside=f"{delayed.trips + 1} answers, longest delay",
        ),
        Figure(
            what="the same: kubectl apply, wait, in turn",
            key="kubectl in turn/seconds",
            peer="ready/ready",
            beside="the row above",
            times=FASTER,
        ),
        _requests("requests of these 8 objects", "ready", delayed),
        _requests("requests of the 50 objects", "fifty", scenes.fifty()),
        Figure(
            what="4 failures: last reply to report",
            key="failures/told",
            floor=LATENCY_S,
            beside="1 answer: logs and events",
            bound=1.0,
        ),
        Figure(what="failed Job: event to end of wait", key="job/ended", bound=0.5),
        Figure(what="failed Job: event to report", key="job/told"),
        Figure(
            what="`stackwright e2e up`, 8 objects",
            key="command/seconds",
            floor=3 * LATENCY_S,
            beside="3 answers",
        ),
        Figure(
            what="the same: kubectl apply -f, kubectl wait",
            key="kubectl at once/seconds",
            peer="command/seconds",
            beside="the row above",
        ),
    )


def render_figures(rows: Sequence[Figure], rounds: Rounds) -> str:
    """A Markdown table."""
    header = ("", "median", "min", "p90", "beside", "ratio", "bound", "")
    return render(header, [_row(each, rounds) for each in rows if each.spread(rounds)])


def describe(rows: Sequence[Figure], rounds: Rounds) -> list[dict[str, object]]:
    """The same as JSON values."""
    return [
        {
            "what": each.what,
            "unit": each.unit,
            "median": found.median if (found := each.spread(rounds)) else None,
            "floor": each.floor,
            "ratio": each.ratio(rounds),
            "bound": each.bound,
            "at_least_times": each.times,
            "met": each.met(rounds),
        }
        for each in rows
    ]


def _deployed(what: str, trial: str, scene: Scene, bound: float) -> Figure:
    return Figure(
        what=f"{what}: deployed",
        key=f"{trial}/deployed",
        floor=scene.trips * LATENCY_S,
        beside=f"{scene.trips} answers",
        bound=bound,
    )


def _requests(what: str, trial: str, scene: Scene) -> Figure:
    return Figure(what=what, key=f"{trial}/requests", unit="", bound=scene.requests)


def _values(rounds: Rounds, key: str) -> dict[int, float]:
    return {number: each[key] for number, each in enumerate(rounds) if key in each}


def _row(figure: Figure, rounds: Rounds) -> tuple[str, ...]:
    found, ratio, met = figure.spread(rounds), figure.ratio(rounds), figure.met(rounds)
    told = [] if found is None else [found.median, found.least, found.p90]
    beside = figure.beside
    if figure.floor is not None:
        beside = f"{_shown(figure.floor, figure.unit)} ({beside})"
    return (
        figure.what,
        *(_shown(each, figure.unit) for each in told),
        beside or ABSENT,
        ABSENT if ratio is None else f"{ratio:.2f}",
        _bound(figure),
        "" if met is None else "ok" if met else "over",
    )


def _bound(figure: Figure) -> str:
    if figure.bound is not None:
        return f"<= {_shown(figure.bound, figure.unit)}"
    return ABSENT if figure.times is None else f"ratio >= {figure.times:g}"


def _shown(value: float, unit: str) -> str:
    return f"{value:.2f} {unit}" if unit else f"{value:.0f}"
