"""Events drawn on a terminal. The one room that speaks rich; import it only to draw."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import IO, TextIO, assert_never, cast

from rich.cells import cell_len
from rich.console import Console, Group
from rich.live import Live
from rich.padding import Padding
from rich.text import Text

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
from orchestration.model import Endpoint
from orchestration.progress.marks import Marks, marks_for
from orchestration.progress.progress import Progress
from orchestration.progress.timings import Table
from orchestration.redact import Redactor

_FRAMES_PER_S = 10
_NARROW = 72
_BAR = 24
_STEP = 7
_LEAST_COMPONENT = 8
_MOST_COMPONENT = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class _Active:
    """A step under way. `what`: what it does or waits for. `said`: the last answer to that."""

    step: str
    component: str
    begun: float
    what: str
    said: str = ""


class LiveProgress(Progress):
    """Finished steps scroll up as lines; steps under way are redrawn below them.

    The cursor is hidden only while steps are under way, and comes back whatever happens. Colours
    are left out when NO_COLOR is set; on terminals narrower than 72 columns answers get a line of
    their own.
    """

    def __init__(
        self,
        stream: TextIO,
        environ: Mapping[str, str],
        *,
        redact: Redactor | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(stream, redact=redact, clock=clock)
        self._console = Console(
            file=cast("IO[str]", self._sink),
            force_terminal=True,
            force_interactive=True,
            no_color=bool(environ.get("NO_COLOR")),
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
            _environ=environ,
        )
        self._marks: Marks = marks_for(self._sink.encoding)
        self._live: Live | None = None
        # Replaced as a whole, never changed: rich's thread reads it without a lock, because it
        # holds a lock of its own that printing needs too.
        self._active: tuple[_Active, ...] = ()
        self._component_width = _LEAST_COMPONENT

    def _show(self, event: Event) -> None:
        match event:
            case RunStarted():
                widest = max((cell_len(each) for each in event.components), default=0)
                self._component_width = min(max(widest, _LEAST_COMPONENT), _MOST_COMPONENT)
                engine = f"{event.engine.name} {event.engine.version}"
                head = Text.assemble(("stack ", ""), (event.stack, "bold"), f" on {engine}")
                head.append(f", run {event.run}", "dim")
                self._print(head)
                self._note(event.note)
            case StepStarted():
                active = _Active(
                    step=event.step,
                    component=event.component,
                    begun=self._clock(),
                    what=self._redact.line(event.detail),
                )
                self._active = (*self._active, active)
                self._draw()
            case Waiting():
                probe, answer = self._redact.line(event.probe), self._redact.line(event.answer)
                self._said(("gate", "run"), event.component, probe, answer)
            case BuildLine():
                if said := self._redact.line(event.line):
                    self._said(("build",), event.component, "", said)
            case StepFinished():
                self._end(event)
                if event.step != "remove":  # told by Removed
                    line = self._line(self._marks.done, "green", event, event.elapsed_s)
                    self._print(line)
            case StepFailed():
                self._end(event)
                self._print(self._line(self._marks.failed, "red", event, event.elapsed_s))
                reason = Text(self._redact.line(event.reason), "red")
                self._console.print(Padding(reason, (0, 0, 0, 4)))
            case RunReady():
                self._rest()
                self._print(Text(f"ready in {event.elapsed_s:.2f}s", "bold green"))
                self._endpoints(event.endpoints)
            case Removed():
                text = f"{self._marks.done} removed {event.count} in {event.elapsed_s:.2f}s"
                self._print(Text(text))
                for each in event.left:
                    left = f"{self._marks.failed} left behind: {self._redact.line(each)}"
                    self._print(Text(left, "red"), wrap=True)
            case Notice():
                self._note(event.text)
            case never:
                assert_never(never)

    def _show_timings(self, table: Table) -> None:
        rows = table.folded().rows
        labels = max(cell_len(row.label) for row in rows)
        times = max(
            len(f"{each:.2f}") for each in (table.total_s, *(row.elapsed_s for row in rows))
        )
        room = self._console.width - labels - times - len("    s   100%  ")
        self._print(Text(""))
        for row in rows:
            line = Text(f"  {row.label:<{labels}}  {row.elapsed_s:{times}.2f}s")
            line.append(f"  {table.share(row):4.0%}  ", "dim")
            bar = self._marks.bar * round(min(_BAR, max(room, 0)) * table.share(row))
            line.append(bar, "cyan" if row.ok else "red")
            self._print(line)
        self._print(Text(f"  {'total':<{labels}}  {table.total_s:{times}.2f}s", "bold"))

    def _finish(self, table: Table) -> None:
        unfinished = self._active
        self._active = ()
        for each in unfinished:
            elapsed = self._clock() - each.begun
            self._print(self._line(self._marks.stopped, "yellow", each, elapsed, "not finished"))
        if len(table.rows) > 1:
            self._show_timings(table)

    def _release(self) -> None:
        if self._live is not None:
            live, self._live = self._live, None
            live.stop()

    def _draw(self) -> None:
        if self._live is None:
            self._live = Live(
                console=self._console,
                refresh_per_second=_FRAMES_PER_S,
                transient=True,
                # Results are printed on stdout by others, meanwhile or not.
                redirect_stdout=False,
                redirect_stderr=False,
                get_renderable=self._region,
            )
            self._live.start()

    def _rest(self) -> None:
        """Nothing is under way: erase the region and show the cursor, perhaps for hours."""
        if not self._active:
            self._release()

    def _region(self) -> Group:
        now = self._clock()
        frames = self._marks.spinner
        mark = frames[int(now * _FRAMES_PER_S) % len(frames)]
        narrow = self._console.width < _NARROW
        lines: list[Text] = []
        for each in self._active:
            line = self._line(mark, "cyan", each, now - each.begun)
            parts = [part for part in (each.what, each.said) if part]
            if narrow:
                lines += [line, *(self._clipped(Text(f"    {part}", "dim")) for part in parts)]
                continue
            room = self._console.width - line.cell_len - 2
            if len(parts) == 2 and cell_len(": ".join(parts)) > room:
                # The answer is the news; what was asked has been read before.
                parts[0] = self._cut(parts[0], max(room - cell_len(parts[1]) - 2, room // 3))
            line.append(f"  {': '.join(parts)}", "dim")
            lines.append(line)
        return Group(*lines)

    def _line(
        self,
        mark: str,
        style: str,
        what: _Active | StepFinished | StepFailed,
        elapsed: float,
        said: str = "",
    ) -> Text:
        line = Text.assemble((mark, style), f" {what.step:<{_STEP}} ")
        name = self._cut(what.component, self._component_width)
        line.append(name + " " * (self._component_width - cell_len(name)))
        line.append(f" {elapsed:7.2f}s")
        if said:
            line.append(f"  {said}", "dim")
        return self._clipped(line)

    def _cut(self, text: str, width: int) -> str:
        cut = Text(text)
        cut.truncate(width, overflow="ellipsis" if self._marks.unicode else "crop")
        return cut.plain

    def _clipped(self, line: Text) -> Text:
        line.no_wrap = True
        line.overflow = "ellipsis" if self._marks.unicode else "crop"
        return line

    def _endpoints(self, endpoints: tuple[Endpoint, ...]) -> None:
        names = [f"{each.component} {each.port_name}" for each in endpoints]
        width = max((cell_len(name) for name in names), default=0)
        widest = max((len(each.url) for each in endpoints), default=0)
        apart = 2 + width + 2 + widest > self._console.width
        for name, each in zip(names, endpoints, strict=True):
            url = self._redact.line(each.url)
            self._print(Text(f"  {name}" if apart else f"  {name:<{width}}  {url}"), wrap=True)
            if apart:
                self._print(Text(f"    {url}"), wrap=True)

    def _note(self, text: str) -> None:
        if said := self._redact.line(text):
            self._print(Text(f"{self._marks.note} {said}", "yellow"), wrap=True)

    def _said(self, steps: tuple[str, ...], component: str, what: str, said: str) -> None:
        self._active = tuple(
            replace(each, what=what, said=said)
            if each.step in steps and each.component == component
            else each
            for each in self._active
        )

    def _end(self, event: StepFinished | StepFailed) -> None:
        what = (event.step, event.component)
        self._active = tuple(each for each in self._active if (each.step, each.component) != what)
        if event.step == "remove":
            self._rest()

    def _print(self, text: Text, *, wrap: bool = False) -> None:
        self._console.print(text if wrap else self._clipped(text))
