"""What goes wrong on purpose: slow, busy and broken answers, for chosen requests."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from enum import Enum

from tests.kube.request import Request


class Breakage(Enum):
    """Ways to fail without an answer."""

    RESET = "the connection is reset"
    HANG = "no answer comes"
    CUT = "the answer ends in the middle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """The requests that are meant: all that fit what is given. `path`, `query`: regular
    expressions, searched. `verb`: as in RBAC, `list`, `patch`, ..."""

    method: str = ""
    path: str = ""
    verb: str = ""
    query: str = ""

    def fits(self, request: Request, verb: str) -> bool:
        asked = "&".join(f"{key}={each}" for key, each in request.query.items())
        return (
            self.method in ("", request.method)
            and self.verb in ("", verb)
            and re.search(self.path, request.path) is not None
            and re.search(self.query, asked) is not None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuses:
    """An error answer: 429 or 503 with `retry_after` seconds, 500, ...

    `plain`: as text, like a proxy that stands before the server.
    """

    code: int
    retry_after: int = 0
    message: str = "the server is currently unable to handle the request"
    plain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Delays:
    """The right answer, `seconds` later."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Warns:
    """The right answer, with a `Warning` header of each of these values."""

    headers: tuple[str, ...]


Effect = Refuses | Delays | Warns | Breakage


@dataclass(slots=True)
class _Fault:
    which: Which
    effect: Effect
    left: int | None


@dataclass(slots=True)
class Faults:
    """The faults that are set; the first that fits a request strikes. `struck`: how often one
    did."""

    struck: int = 0
    _set: list[_Fault] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, which: Which, effect: Effect, *, times: int | None = 1) -> None:
        """Have `effect` on the next `times` requests that fit; None: on all of them."""
        with self._lock:
            self._set.append(_Fault(which, effect, times))

    def clear(self) -> None:
        with self._lock:
            self._set.clear()

    def strike(self, request: Request, verb: str) -> Effect | None:
        """What shall happen to this request."""
        with self._lock:
            for fault in self._set:
                if fault.left != 0 and fault.which.fits(request, verb):
                    if fault.left is not None:
                        fault.left -= 1
                    self.struck += 1
                    return fault.effect
        return None
