"""A terminal: a process on one end, what a person would see on the other."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

ROOT: Final = Path(__file__).parents[2]
_PATIENCE_S: Final = 30.0
_UNFINISHED: Final = re.compile(
    rb"(?:\x1b(?:\[[?0-9;]*)?|[\xc0-\xff]|[\xe0-\xff][\x80-\xbf]|[\xf0-\xff][\x80-\xbf]{2})\Z"
)
_TOKEN: Final = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|([\s\S])")


class Screen:
    """Lines of `width` columns, and what the process switched on and off.

    Knows what the display uses: moving up, erasing a line, colours, the cursor. Anything else is
    an error, so that a test notices.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.lines: list[str] = [""]
        self.row = 0
        self.column = 0
        self._cursor = True
        self.coloured = False
        self.raw = ""

    def feed(self, text: str) -> None:
        """Take what the process wrote; an escape sequence must not be cut in two."""
        self.raw += text
        for match in _TOKEN.finditer(text):
            arguments, letter, char = match.groups()
            if char is None:
                self._control(arguments, letter)
            elif char == "\n":
                self.row += 1
                self.column = 0
            elif char == "\r":
                self.column = 0
            else:
                self._put(char)
            while len(self.lines) <= self.row:
                self.lines.append("")

    @property
    def text(self) -> str:
        """What is to be seen."""
        return "\n".join(line.rstrip() for line in self.lines).rstrip()

    def shows_cursor(self) -> bool:
        """Whether the cursor is to be seen."""
        return self._cursor

    def _control(self, arguments: str, letter: str) -> None:
        match letter, arguments:
            case "A", count:
                self.row = max(self.row - int(count or 1), 0)
            case "K", "2":
                self.lines[self.row] = ""
            case "m", style:
                colours = [
                    each for each in style.split(";") if each[:1] in ("3", "9") and each != "3"
                ]
                self.coloured = self.coloured or bool(colours)
            case "l" | "h", "?25":
                self._cursor = letter == "h"
            case _:
                raise AssertionError(f"unexpected escape sequence {arguments}{letter}")

    def _put(self, char: str) -> None:
        assert char.isprintable(), f"{char!r} reached the terminal"
        if self.column == self.width:
            self.row += 1
            self.column = 0
            self.lines.append("")
        line = self.lines[self.row].ljust(self.column)
        self.lines[self.row] = line[: self.column] + char + line[self.column + 1 :]
        self.column += 1


class Terminal:
    """Runs `python -m MODULE …` on a terminal of `width` columns."""

    def __init__(self, width: int, argv: list[str], environ: Mapping[str, str]) -> None:
        self.screen = Screen(width)
        self._main, self._side = pty.openpty()
        fcntl.ioctl(self._main, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
        settings = termios.tcgetattr(self._side)
        settings[3] &= ~termios.ECHO
        settings[1] &= ~termios.OPOST
        termios.tcsetattr(self._side, termios.TCSANOW, settings)
        self.before = termios.tcgetattr(self._side)
        self.process = subprocess.Popen(
            [sys.executable, "-m", *argv],
            cwd=ROOT,
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "TERM": "xterm-256color", **environ},
            stdin=self._side,
            stdout=self._side,
            stderr=self._side,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        self._pending = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self._main)
        os.close(self._side)

    @property
    def after(self) -> list[object]:
        """The terminal's settings now."""
        return list(termios.tcgetattr(self._side))

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._main, keys.encode())

    def see(self, *wanted: str) -> str:
        """Look until all of `wanted` are on the screen at once; the screen then."""
        return self._until(lambda: all(each in self.screen.text for each in wanted), str(wanted))

    def end(self) -> int:
        """Look until the process has ended and all is read; its exit code."""
        self._until(lambda: self.process.poll() is not None, "the end")
        while self._read(0.0):
            pass
        return self.process.wait()

    def _until(self, seen: Callable[[], bool], what: str) -> str:
        deadline = time.monotonic() + _PATIENCE_S
        while not seen():
            assert time.monotonic() < deadline, f"{what} never came:\n{self.screen.text}"
            self._read(0.1)
        return self.screen.text

    def _read(self, patience: float) -> bool:
        if not select.select([self._main], [], [], patience)[0]:
            return False
        self._pending += os.read(self._main, 65536)
        # What may be the beginning of a sequence or character waits for the rest of it.
        cut = _UNFINISHED.search(self._pending)
        end = cut.start() if cut is not None else len(self._pending)
        whole, rest = self._pending[:end], self._pending[end:]
        self._pending = rest
        self.screen.feed(whole.decode())
        return True
