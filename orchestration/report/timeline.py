"""The events of a run with the time of each, for the bundle of a failure."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

from orchestration.events import Event

KEPT: Final = 20_000
"""Events; the oldest go first. A build can write any number of lines."""


class Timeline:
    """An `Emit` that remembers. `wall`: seconds since the epoch."""

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._events: deque[tuple[float, Event]] = deque(maxlen=KEPT)

    def __call__(self, event: Event) -> None:
        """Remember one event. May be called from several threads."""
        self._events.append((self._wall(), event))

    def __iter__(self) -> Iterator[tuple[float, Event]]:
        """The events so far, each after its time."""
        return iter(tuple(self._events))
