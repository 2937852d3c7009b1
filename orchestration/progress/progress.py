"""What all renderers of events share: one at a time, never in the run's way, timings at the end."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import suppress
from threading import RLock
from types import TracebackType
from typing import Self, TextIO

from orchestration.events import Event, RunReady
from orchestration.progress.sink import Sink
from orchestration.progress.timings import Table, Timings
from orchestration.redact import Redactor


class Progress(ABC):
    """An `Emit` that shows events, to be used as a context manager.

    May be called from several threads. Raises nothing: when the stream is gone nothing more is
    shown, and a defect of the display is told once, on the stream. `clock`: seconds on a clock that
    never goes back.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        redact: Redactor | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sink = Sink(stream)
        self._redact = redact if redact is not None else Redactor()
        self._clock = clock
        self._timings = Timings(clock)
        # A signal handler may emit while the thread it interrupted is emitting.
        self._lock = RLock()
        self._silent = False

    def __call__(self, event: Event) -> None:
        """Show one event."""
        self._guarded(lambda: self._handle(event))

    def __enter__(self) -> Self:
        self._silent = False
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._guarded(lambda: self._finish(self._timings.take()))
        finally:
            self._guarded(self._release, always=True)
            # Whoever still emits (a build that was abandoned) must not take the terminal again.
            self._silent = True

    @abstractmethod
    def _show(self, event: Event) -> None:
        """Render one event."""

    @abstractmethod
    def _show_timings(self, table: Table) -> None:
        """Render the timings of a phase that has steps."""

    def _finish(self, table: Table) -> None:
        """Render the end: `table` has the steps since the last timings were shown."""
        if table.rows:
            self._show_timings(table)

    def _release(self) -> None:  # noqa: B027 - most renderers hold nothing
        """Give the terminal back as it was."""

    def _handle(self, event: Event) -> None:
        self._timings.note(event)
        self._show(event)
        if isinstance(event, RunReady):
            table = self._timings.take(event)
            if table.rows:
                self._show_timings(table)

    def _guarded(self, action: Callable[[], None], *, always: bool = False) -> None:
        with self._lock:
            if self._silent and not always:
                return
            try:
                action()
            except Exception as error:  # noqa: BLE001 - a defect here must not end a run
                self._silent = True
                with suppress(Exception):
                    self._sink.write(f"(no more progress is shown: {error!r})\n")
                    self._sink.flush()
