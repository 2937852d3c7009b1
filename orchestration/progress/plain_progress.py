"""Events as plain lines, for CI and pipes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final, TextIO, assert_never

from orchestration.columns import columns
from orchestration.events import (
    BuildLine,
    Event,
    Notice,
    Removed,
    RunReady,
    RunStarted,
    StepFailed,
    StepFinished,
    StepStarted,
    Waiting,
)
from orchestration.progress.progress import Progress
from orchestration.progress.timings import Table
from orchestration.redact import Redactor

_REPEAT_S: Final = 5.0
_LONG: Final = ("build", "pull", "run")
_TOLD_BY_REMOVED: Final = "remove"
_BAR: Final = 20


class PlainProgress(Progress):
    """One line for every event that matters, after the seconds since the first one.

    The same answer of a gate, and the output of a build, is shown at most every five seconds.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        redact: Redactor | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(stream, redact=redact, clock=clock)
        self._begun: float | None = None
        self._told: dict[tuple[str, str], float] = {}
        self._running: dict[tuple[str, str], float] = {}

    def _show(self, event: Event) -> None:
        match event:
            case RunStarted():
                engine = f"{event.engine.name} {event.engine.version}"
                subject = f"{event.stack}, run {event.run}, on {engine}"
                self._say("stack", subject, event.engine.rule)
                if event.note:
                    self._say("note", detail=event.note)
            case StepStarted():
                self._running[event.step, event.component] = self._clock()
                if event.step in _LONG:
                    self._say("begin", _label(event), event.detail)
            case Waiting():
                if self._due(event.component, event.answer):
                    self._say("wait", event.component, f"{event.probe}: {event.answer}")
            case BuildLine():
                if event.line.strip() and self._due(event.component, "build"):
                    self._say("build", event.component, event.line)
            case StepFinished():
                self._ended(event)
                if event.step != _TOLD_BY_REMOVED:
                    self._say("done", f"{_label(event)} {event.elapsed_s:.2f}s", event.detail)
            case StepFailed():
                self._ended(event)
                self._say("FAIL", f"{_label(event)} {event.elapsed_s:.2f}s", event.reason)
            case RunReady():
                self._say("ready", f"in {event.elapsed_s:.2f}s")
                self._table(
                    [
                        (each.component, each.port_name, self._redact.line(each.url))
                        for each in event.endpoints
                    ]
                )
            case Removed():
                self._say("done", f"removed {event.count} in {event.elapsed_s:.2f}s")
                for each in event.left:
                    self._say("LEFT", detail=each)
            case Notice():
                self._say("note", detail=event.text)
            case never:
                assert_never(never)

    def _show_timings(self, table: Table) -> None:
        short = table.folded()
        rows = [
            (
                row.label,
                f"{row.elapsed_s:7.2f}s",
                f"{table.share(row):4.0%}",
                ("#" * round(_BAR * table.share(row))) + ("" if row.ok else " failed"),
            )
            for row in short.rows
        ]
        self._say("time", "by step, and its share")
        self._table([*rows, ("total", f"{table.total_s:7.2f}s")])

    def _finish(self, table: Table) -> None:
        for step, component in self._running:
            self._say("stop", f"{step} {component}".rstrip(), "not finished")
        self._running.clear()
        if len(table.rows) > 1:
            self._show_timings(table)

    def _ended(self, event: StepFinished | StepFailed) -> None:
        self._running.pop((event.step, event.component), None)
        self._told = {key: at for key, at in self._told.items() if key[0] != event.component}

    def _due(self, component: str, what: str) -> bool:
        now = self._clock()
        last = self._told.get((component, what))
        if last is not None and now - last < _REPEAT_S:
            return False
        self._told[component, what] = now
        return True

    def _say(self, mark: str, subject: str = "", detail: str = "") -> None:
        said = ": ".join(part for part in (subject, self._redact.line(detail)) if part)
        self._line(f"{mark:<5} {said}")

    def _table(self, rows: Sequence[tuple[str, ...]]) -> None:
        for line in columns(rows, indent="  "):
            self._line(line)

    def _line(self, text: str) -> None:
        now = self._clock()
        if self._begun is None:
            self._begun = now
        self._sink.write(f"[{now - self._begun:6.2f}s] {text}\n")
        self._sink.flush()


def _label(event: StepStarted | StepFinished | StepFailed) -> str:
    return f"{event.step} {event.component}".rstrip()
