"""A component is ready when a command run inside it exits with 0."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Final

from orchestration.gates.excerpt import excerpt, last_line
from orchestration.gates.url import write_url
from orchestration.model import Failed, NotYet, Pacing, Ready, Text, Verdict, explain_exit
from orchestration.ports import Target
from orchestration.redact import spelled_secrets

EXEC_SECONDS: Final = 5.0
"""What one run of the command may take."""

EXEC_PACING: Final = Pacing(interval=0.15, growth=1.5, longest=1.0, successes=1)
"""Slower than for other gates: a command inside a container costs 110 ms, half a core's worth of
work when polled as often as a port."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecGate:
    """`command` exits with 0. `port`: the port the component is reached at, if it has one.

    Raises ValueError for an empty command.
    """

    command: tuple[str, ...]
    port: str | None = None
    pacing: Pacing = EXEC_PACING

    def __post_init__(self) -> None:
        if not self.command:
            raise ValueError("command is empty")

    @property
    def scheme(self) -> str:
        """`tcp`: it knows nothing of what the port speaks."""
        return "tcp"

    def describe(self) -> str:
        """`command pg_isready -h 127.0.0.1`."""
        hide = spelled_secrets(self.command)
        return f"command {excerpt(shlex.join(self.command), length=60, hide=hide)}"

    def dsn(self, host: str, port: int) -> Text:
        """`tcp://host:port`."""
        return write_url(self.scheme, host, port)

    def look(self, target: Target) -> Verdict:
        """Run it once. 126 and 127 are Failed: a command that cannot be run never will be."""
        done = target.execute(self.command, timeout=EXEC_SECONDS)
        said = last_line(done.output)
        answer = f": {said}" if said else ""
        match done.exit_code:
            case 0:
                # What it found, such as a file, may be there still when the component is not.
                return Ready(said or "exit 0", lasting=True)
            case 126 | 127:
                return Failed(f"exit {explain_exit(done.exit_code)}{answer}")
            case 124:
                return NotYet(f"no exit within {EXEC_SECONDS:g} s{answer}")
            case code:
                return NotYet(f"exit {code}{answer}")
