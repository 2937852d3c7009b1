"""Events as JSON lines, for programs. The schema is described in `docs/events.md`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import TextIO

from orchestration.event_record import Record, event_record, header, seconds
from orchestration.events import Event
from orchestration.progress.progress import Progress
from orchestration.progress.timings import Table
from orchestration.redact import Redactor


class JsonProgress(Progress):
    """One object a line, flushed at once. `wall`: seconds since the epoch."""

    def __init__(
        self,
        stream: TextIO,
        *,
        redact: Redactor | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(stream, redact=redact, clock=clock)
        self._wall = wall

    def _show(self, event: Event) -> None:
        self._write(event_record(event, at=self._wall(), redact=self._redact))

    def _show_timings(self, table: Table) -> None:
        self._write(
            {
                **header("timings", at=self._wall()),
                "total_s": seconds(table.total_s),
                "steps": [
                    {
                        "step": row.step,
                        "component": row.component,
                        "elapsed_s": seconds(row.elapsed_s),
                        "ok": row.ok,
                    }
                    for row in table.rows
                ],
            }
        )

    def _write(self, record: Record) -> None:
        self._sink.write(f"{json.dumps(record, separators=(',', ':'))}\n")
        self._sink.flush()
