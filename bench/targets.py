"""The speed that was promised, and whether it was reached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bench.start_cost import HELP, StartCost
from bench.summary import paired_ratio, summarise, walls
from bench.trial import Trial

OURS: Final = ("stackwright", "stackwright CLI")
UP_TO_FLOOR: Final = 1.10
UP_TO_SCRIPTS: Final = 0.75
DOWN_TO_FLOOR: Final = 1.5
UP_CPU_S: Final = 0.3
HELP_S: Final = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One target. `figure` is None when it could not be measured."""

    what: str
    limit: float
    figure: float | None
    unit: str

    @property
    def met(self) -> bool:
        """Whether it was measured and reached."""
        return self.figure is not None and self.figure <= self.limit

    def describe(self) -> str:
        """`met     podman: stackwright up / floor up: 1.05 (at most 1.10)`."""
        if self.figure is None:
            return f"unknown {self.what}: not measured (at most {self.limit:g}{self.unit})"
        word = "met" if self.met else "missed"
        return f"{word:<7} {self.what}: {self.figure:.3f}{self.unit} (at most {self.limit:g})"


def judge(
    trials: Sequence[Trial], engines: Iterable[str], starts: Iterable[StartCost]
) -> tuple[Verdict, ...]:
    """Every target on every engine."""
    found: list[Verdict] = []
    for engine in engines:
        for own in OURS:
            for way, peer, limit in (
                ("up", "floor", UP_TO_FLOOR),
                ("up", "scripts", UP_TO_SCRIPTS),
                ("down", "floor", DOWN_TO_FLOOR),
            ):
                ratio = paired_ratio(
                    walls(trials, engine, own, way), walls(trials, engine, peer, way)
                )
                what = f"{engine}: {own} {way} / {peer} {way}"
                found.append(Verdict(what=what, limit=limit, figure=ratio, unit=""))
            spent = summarise(engine, own, trials).up_cpu
            what = f"{engine}: {own} own CPU of an up"
            found.append(Verdict(what=what, limit=UP_CPU_S, figure=spent, unit=" s"))
    started = next((each.wall_s for each in starts if each.command == HELP), None)
    found.append(Verdict(what=HELP, limit=HELP_S, figure=started, unit=" s"))
    return tuple(found)
