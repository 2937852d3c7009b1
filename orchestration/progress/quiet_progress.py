"""No progress at all."""

from __future__ import annotations

from orchestration.events import Event
from orchestration.progress.progress import Progress
from orchestration.progress.timings import Table


class QuietProgress(Progress):
    """Shows nothing; results and errors are others' business."""

    def _show(self, event: Event) -> None:
        """Nothing."""

    def _show_timings(self, table: Table) -> None:
        """Nothing."""
