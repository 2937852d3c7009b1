"""Time that stands still until somebody waits, or flies."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class FakeClock:
    """A clock that only moves when it is told to."""

    time: float = 1000.0

    def now(self) -> float:
        return self.time

    def wall(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self.time += seconds


@dataclass(frozen=True, slots=True)
class HurriedClock:
    """Real time, only so many times as fast: for what really waits, and for long."""

    speed: float

    def now(self) -> float:
        return time.monotonic() * self.speed

    def wall(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / self.speed)


@dataclass(slots=True)
class FakeCancel:
    """Pauses by moving `clock`. `signal`: what `requested` answers, once `after` pauses are over;
    it came `times` times.

    `pauses`: every pause that was asked for.
    """

    clock: FakeClock
    signal: int | None = None
    after: int = 0
    times: int = 1
    pauses: list[float] = field(default_factory=list)
    on_pause: Callable[[float], None] | None = None

    def requested(self) -> int | None:
        return self.signal if len(self.pauses) >= self.after else None

    def urgency(self) -> int:
        return 0 if self.requested() is None else self.times

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.clock.advance(seconds)
        if self.on_pause is not None:
            self.on_pause(seconds)
