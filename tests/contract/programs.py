"""What components of the contract do: as a command for real engines, in a word for the fake."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import Final

from orchestration.model import Executed
from tests.fakes import FakeProgram

SAY: Final = ("sh", "-c", "echo to output; echo to error >&2")
NOT_THERE: Final = ("no-such-command-anywhere",)
NOT_EXECUTABLE: Final = ("/etc/passwd",)
LATE: Final = ("sh", "-c", "echo early; sleep 30; echo late")


@dataclass(frozen=True, slots=True)
class Program:
    """A command, and how the fake plays it."""

    command: tuple[str, ...]
    fake: FakeProgram = field(default_factory=FakeProgram)

    @property
    def local(self) -> tuple[str, ...]:
        """The command where it runs without an image."""
        return tuple(sys.executable if word == "python3" else word for word in self.command)


def exiting(code: int) -> tuple[str, ...]:
    """A command that ends with `code`."""
    return ("sh", "-c", f"exit {code}")


def ends_with(code: int) -> Program:
    """Says `bye` and ends."""
    return Program(
        ("sh", "-c", f"echo bye; exit {code}"), FakeProgram(lines=("bye",), exit_code=code)
    )


LIVES: Final = Program(
    ("sleep", "600"),
    FakeProgram(
        answers={
            **{exiting(code): Executed(exit_code=code, output="") for code in (0, 1, 137)},
            SAY: Executed(exit_code=0, output="to output\nto error\n"),
            NOT_EXECUTABLE: Executed(exit_code=126, output="permission denied"),
            LATE: Executed(exit_code=124, output="early\n"),
        }
    ),
)
SPEAKS: Final = Program(
    ("sh", "-c", "echo first; echo to error >&2; sleep 0.2; echo last; sleep 600"),
    FakeProgram(lines=("first", "to error", "last")),
)
STAMMERS: Final = Program(
    ("sh", "-c", r"printf 'broken \377 text\n'; sleep 600"),
    FakeProgram(lines=("broken � text",)),
)
TICKS: Final = Program(
    ("sh", "-c", "n=0; while :; do n=$((n+1)); echo tick $n; sleep 0.05; done"),
    FakeProgram(ticks=True),
)
FADES: Final = Program(
    ("sh", "-c", "sleep 1; printf 'the end'"), FakeProgram(exit_code=0, exits_at=3)
)
CANNOT_RUN: Final = Program(NOT_THERE, FakeProgram(runnable=False))

_SERVER: Final = """\
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(sys.argv[2].encode())
    def log_message(self, *_):
        pass
http.server.HTTPServer(("", int(sys.argv[1])), Answer).serve_forever()
"""
_CLIENT: Final = """\
import sys, time, urllib.request
for _ in range(200):
    try:
        print(urllib.request.urlopen(sys.argv[1], timeout=5).read().decode())
        break
    except OSError:
        time.sleep(0.05)
else:
    raise SystemExit("nobody answers at " + sys.argv[1])
"""


def serves(port: int, text: str) -> Program:
    """Answers HTTP on `port` with `text`."""
    return Program(("python3", "-c", _SERVER, str(port), text))


def fetches(url: str) -> Program:
    """Prints what `url` answers as soon as it does, and ends."""
    return Program(("python3", "-c", _CLIENT, url))
