"""The clock of this machine."""

from __future__ import annotations

import time


class SystemClock:
    """`Clock` on the system's monotonic and wall clocks."""

    def now(self) -> float:
        """Seconds on the monotonic clock."""
        return time.monotonic()

    def wall(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait so long."""
        time.sleep(seconds)
