"""A `Cancel` for what takes no time and must be done."""

from __future__ import annotations

from threading import Event


class DeafCancel:
    """Nobody is heard."""

    def requested(self) -> int | None:
        """Never."""
        return None

    def urgency(self) -> int:
        """None."""
        return 0

    def pause(self, seconds: float) -> None:
        """Wait so long."""
        Event().wait(seconds)
