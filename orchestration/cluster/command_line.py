"""Commands of other programs: bounded in time and output, and ended together with their children.

The one place of this package that starts processes from an event loop.
"""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from orchestration.cluster import command_guard
from orchestration.redact import Redactor, spelled_secrets

LONGEST_OUTPUT: Final = 1 << 18
"""Bytes of each stream that are kept: the last ones."""

LINES: Final = 12
"""How many last lines messages show."""

_GRACE_S: Final = 2.0
_SETTLE_S: Final = 0.5
"""How long output is awaited after the end: what the command left behind may hold the pipe."""


class Ending(Enum):
    """How a command ended."""

    EXITED = "exited"
    TIMED_OUT = "timed out"
    MISSING = "not installed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What came of a command. `shown`: the command, without secrets. `code`: as a shell gives it;
    126 also when the file is no program. `out`, `err`: the ends of both streams.
    """

    shown: str
    ending: Ending
    code: int
    out: str = field(default="", repr=False)
    err: str = field(default="", repr=False)

    @property
    def ok(self) -> bool:
        """Whether it ended by itself, with 0."""
        return self.ending is Ending.EXITED and self.code == 0

    @property
    def said(self) -> str:
        """Both streams, harmless on a terminal and without credentials."""
        return Redactor().clean("\n".join(each.strip() for each in (self.out, self.err) if each))

    def told(self, lines: int = LINES) -> str:
        """The last lines it said, standard error's last; how it ended when it said nothing."""
        shown = [line.rstrip() for line in self.said.splitlines() if line.strip()]
        if shown:
            return "\n    ".join(("", *shown[-lines:])) if len(shown) > 1 else shown[0]
        match self.ending:
            case Ending.MISSING:
                return "there is no such program on PATH"
            case Ending.TIMED_OUT:
                return "it was ended after its time was up, and had said nothing"
            case Ending.EXITED:
                return f"it ended with {self.code} and said nothing"


class Child:
    """A command that runs. `on_line` of `CommandLine.started` hears what it says."""

    def __init__(self, process: asyncio.subprocess.Process, out: _Stream, err: _Stream) -> None:
        self._process = process
        self._out = out
        self._err = err

    @property
    def pid(self) -> int:
        """The leader of its process group."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """As a shell gives it; None while it runs."""
        code = self._process.returncode
        return code if code is None or code >= 0 else 128 - code

    async def wait(self) -> int:
        """Its exit code, once it has ended and all that it said is there."""
        code = await self._process.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(_SETTLE_S):
                await self._out.over
                await self._err.over
        return code if code >= 0 else 128 - code

    async def end(self) -> None:
        """Terminate its process group, and kill what has not ended two seconds later."""
        if self._process.returncode is not None:
            return
        self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_GRACE_S):
                await self._process.wait()
        except TimeoutError:
            pass
        finally:
            # Its children may have outlived it; and whoever is cancelled twice waits no longer.
            self._signal(signal.SIGKILL)
        await self.wait()

    def ended(self, shown: str, ending: Ending, code: int) -> Ended:
        """What came of it."""
        return Ended(
            shown=shown, ending=ending, code=code, out=self._out.text(), err=self._err.text()
        )

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    """A command: its words, the first found on the PATH of `environ`, which is all it gets."""

    words: tuple[str, ...]
    environ: Mapping[str, str] = field(repr=False)

    @property
    def shown(self) -> str:
        """As somebody would type it, secrets left out."""
        return Redactor(spelled_secrets(self.words)).line(shlex.join(self.words))

    @property
    def program(self) -> str | None:
        """The file that would run, None when there is none."""
        return shutil.which(self.words[0], path=self.environ.get("PATH", os.defpath))

    async def run(self, *, timeout: float, on_line: Callable[[str], None] | None = None) -> Ended:
        """Run it to its end. After `timeout` seconds, and when cancelled, its group is ended."""
        ending, code = Ending.EXITED, 124
        try:
            async with self.started(on_line) as child:
                try:
                    async with asyncio.timeout(timeout):
                        code = await child.wait()
                except TimeoutError:
                    ending = Ending.TIMED_OUT
                    await child.end()
                return child.ended(self.shown, ending, code)
        except FileNotFoundError:
            return Ended(shown=self.shown, ending=Ending.MISSING, code=127)

    @asynccontextmanager
    async def started(self, on_line: Callable[[str], None] | None = None) -> AsyncIterator[Child]:
        """Start it, and end its group with the block, or with this process, however that ends.

        Raises FileNotFoundError when there is no such program.
        """
        program = self.program
        if program is None:
            raise FileNotFoundError(self.words[0])
        # Pipes of our own: when `Process.wait` returns depends on asyncio's only where it has some.
        (for_it, held), out, err = os.pipe(), _Stream(on_line), _Stream(on_line)
        try:
            out_fd, err_fd = await out.opened(), await err.opened()
            try:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-I", "-S", command_guard.__file__),
                    *(program, *self.words[1:]),
                    stdin=for_it,
                    stdout=out_fd,
                    stderr=err_fd,
                    env=dict(self.environ),
                    start_new_session=True,
                )
            finally:
                for each in (for_it, out_fd, err_fd):
                    os.close(each)
            child = Child(process, out, err)
            try:
                yield child
            finally:
                await child.end()
        finally:
            os.close(held)
            out.close()
            err.close()


class _Stream(asyncio.Protocol):
    """The reading end of a pipe. `over`: done when the other end is closed."""

    def __init__(self, on_line: Callable[[str], None] | None) -> None:
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._on_line = on_line
        self._kept = bytearray()
        self._line = bytearray()
        self._transport: asyncio.ReadTransport | None = None

    async def opened(self) -> int:
        """The descriptor to write to."""
        reading, writing = os.pipe()
        self._transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: self, os.fdopen(reading, "rb", buffering=0)
        )
        return writing

    def data_received(self, data: bytes) -> None:
        self._kept += data
        del self._kept[:-LONGEST_OUTPUT]
        if self._on_line is None:
            return
        *lines, rest = bytes(self._line + data).replace(b"\r", b"\n").split(b"\n")
        self._line = bytearray(rest[-LONGEST_OUTPUT:])
        for line in lines:
            if line.strip():
                self._on_line(line.decode(errors="replace"))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - as Protocol
        if not self.over.done():
            self.over.set_result(None)

    def text(self) -> str:
        """What is kept of it."""
        return self._kept.decode(errors="replace")

    def close(self) -> None:
        """Read no more."""
        if self._transport is not None:
            self._transport.close()
