"""A component is ready when its log says so."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from orchestration.gates.accepted import check_pattern
from orchestration.gates.excerpt import excerpt, last_line
from orchestration.gates.url import write_url
from orchestration.model import NotYet, Pacing, Ready, Text, Verdict
from orchestration.ports import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class LogGate:
    """`pattern` is found at least `count` times in the whole log; ^ and $ match at lines.

    `port`: the port the component is reached at, if it has one. Raises ValueError for a bad
    pattern or count.
    """

    pattern: str
    count: int = 1
    port: str | None = None
    pacing: Pacing = field(default_factory=Pacing)

    def __post_init__(self) -> None:
        check_pattern("pattern", self.pattern)
        if self.count < 1:
            raise ValueError("count must be at least 1")

    @property
    def scheme(self) -> str:
        """`tcp`: it knows nothing of what the port speaks."""
        return "tcp"

    def describe(self) -> str:
        """`/ready to accept/ in the log`."""
        often = f" {self.count} times" if self.count > 1 else ""
        return f"/{excerpt(self.pattern, length=60)}/{often} in the log"

    def dsn(self, host: str, port: int) -> Text:
        """`tcp://host:port`."""
        return write_url(self.scheme, host, port)

    def look(self, target: Target) -> Verdict:
        """Read the log once."""
        log = target.logs()
        found = 0
        for match in re.finditer(self.pattern, log, re.MULTILINE):
            found += 1
            if found == self.count:
                return Ready(excerpt(match.group()), lasting=True)
        last = last_line(log)
        seen = f"found {found} of {self.count}, " if found else ""
        return NotYet(f'{seen}last line "{last}"' if last else "the log is empty")
