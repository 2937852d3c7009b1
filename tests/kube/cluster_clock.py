"""The time of the simulated cluster: real, or moved by hand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol


class ClusterClock(Protocol):
    """What controllers and kubelet go by."""

    def now(self) -> float:
        """Seconds since the epoch, as the cluster sees it."""
        ...

    def real_wait(self, seconds: float) -> float:
        """How long to really wait for so many seconds of the cluster's time, at the most."""
        ...

    def on_move(self, told: Callable[[], None]) -> None:
        """Have `told` called when time is moved by hand."""
        ...


@dataclass(slots=True)
class RealClock:
    """Real time."""

    def now(self) -> float:
        return time.time()

    def real_wait(self, seconds: float) -> float:
        return seconds

    def on_move(self, told: Callable[[], None]) -> None:
        pass


@dataclass(slots=True)
class SteeredClock:
    """Time that stands still until `advance`."""

    time: float = 1_800_000_000.0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _listeners: list[Callable[[], None]] = field(default_factory=list)

    def now(self) -> float:
        with self._lock:
            return self.time

    def advance(self, seconds: float) -> None:
        with self._lock:
            self.time += seconds
        for told in self._listeners:
            told()

    def real_wait(self, seconds: float) -> float:
        return 3600.0

    def on_move(self, told: Callable[[], None]) -> None:
        self._listeners.append(told)


def stamp(seconds: float) -> str:
    """RFC 3339 in UTC with whole seconds, as Kubernetes writes times."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
