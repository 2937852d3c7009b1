"""Who answers for a run: one process, for ever. Standard library only; no I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_IN_NAMESPACE: Final = re.compile(r"(.*)/pid:\[([0-9]+)\]", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The process that answers for a run. `started`: its start, in clock ticks since boot; 0 where
    that is not told.

    Place, boot, pid and start together name one process for ever: a pid alone is reused.
    `namespace`: the number of its PID namespace; 0 where there are none, and in what earlier
    versions have written. The pid 0 is no process: nobody answers, wherever that is read.
    """

    host: str
    boot: str
    pid: int
    started: int
    uid: int
    namespace: int = 0

    @property
    def place(self) -> str:
        """Where the pid means something: `ci-1/pid:[4026531836]`, as Linux names a namespace."""
        return f"{self.host}/pid:[{self.namespace}]" if self.namespace else self.host

    def encode(self) -> str:
        """The owner as a label value.

        To earlier versions a place is a host that they do not know: they leave it alone.
        """
        return f"{self.place}/{self.boot}/{self.pid}/{self.started}/{self.uid}"

    @classmethod
    def decode(cls, text: str) -> Owner | None:
        """The owner in a label value, or None when it is not one of ours."""
        match text.rsplit("/", 4):
            case [place, boot, pid, started, uid] if all(
                each.isdecimal() for each in (pid, started, uid)
            ):
                found = _IN_NAMESPACE.fullmatch(place)
                return cls(
                    host=found[1] if found else place,
                    boot=boot,
                    pid=int(pid),
                    started=int(started),
                    uid=int(uid),
                    namespace=int(found[2]) if found else 0,
                )
            case _:
                return None
