"""How long each step took."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from orchestration.events import Event, RunReady, StepFailed, StepFinished

_SMALL: Final = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One finished step. `ok`: whether it ended well."""

    step: str
    component: str
    elapsed_s: float
    ok: bool = True

    @property
    def label(self) -> str:
        """`gate postgres`."""
        return f"{self.step} {self.component}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The steps of one phase (bringing up, or taking down) in the order in which they ended.

    `total_s` is time passed, so shares of steps that ran side by side may add up to more than 1.
    """

    rows: tuple[Timing, ...]
    total_s: float

    def share(self, row: Timing) -> float:
        """The part of the total, 0 to 1."""
        return min(row.elapsed_s / self.total_s, 1.0) if self.total_s > 0 else 0.0

    def folded(self) -> Table:
        """The same with all successful steps below 1 % of the total in one last row."""
        small = [row for row in self.rows if row.ok and self.share(row) < _SMALL]
        if len(small) < 2:
            return self
        rest = Timing(
            step=f"{len(small)} short steps",
            component="",
            elapsed_s=sum(row.elapsed_s for row in small),
        )
        kept = tuple(row for row in self.rows if row not in small)
        return Table(rows=(*kept, rest), total_s=self.total_s)


class Timings:
    """Collects the steps of a phase. `clock`: seconds on a clock that never goes back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._rows: list[Timing] = []
        self._begun: float | None = None

    def note(self, event: Event) -> None:
        """Take from an event what it says of time."""
        if self._begun is None:
            self._begun = self._clock()
        match event:
            case StepFinished() | StepFailed():
                timing = Timing(
                    step=event.step,
                    component=event.component,
                    elapsed_s=event.elapsed_s,
                    ok=isinstance(event, StepFinished),
                )
                self._rows.append(timing)
            case _:
                pass

    def take(self, ready: RunReady | None = None) -> Table:
        """The phase so far, which ends here: with `ready`, or by itself."""
        begun = self._clock() if self._begun is None else self._begun
        total = self._clock() - begun if ready is None else ready.elapsed_s
        table = Table(rows=tuple(self._rows), total_s=total)
        self._rows.clear()
        self._begun = None
        return table
