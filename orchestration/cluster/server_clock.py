"""The time of the cluster, from the Date headers of its answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from math import inf


@dataclass(slots=True)
class ServerClock:
    """Seconds since the epoch as the server counts them; this machine's until its first answer.

    A Date header is cut to whole seconds, and was written between the request and its answer. Each
    answer so bounds by how much the clocks differ; the bounds of all of them are laid over each
    other, and the middle is taken. One answer leaves an error of half a second and half of its
    round trip at most; several at different fractions of a second leave about half of the
    shortest round trip. Never goes back once a header was seen.
    """

    wall: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    _least: float = field(default=-inf, init=False)
    _most: float = field(default=inf, init=False)
    _last: float = field(default=-inf, init=False)

    def saw(self, date: str, sent: float, received: float) -> None:
        """Take a Date header of an answer; `sent`, `received`: by `monotonic`. Nonsense is left."""
        try:
            told = parsedate_to_datetime(date).timestamp()
        except (TypeError, ValueError, OverflowError):
            return
        least, most = told - received, told + 1.0 - sent
        if least > self._most or most < self._least:
            # The server's clock was set, or this machine slept.
            self._least, self._most = least, most
        self._least = max(self._least, least)
        self._most = min(self._most, most)

    def now(self) -> float:
        """What time it is there."""
        if self._least == -inf:
            return self.wall()
        self._last = max(self._last, self.monotonic() + (self._least + self._most) / 2)
        return self._last
