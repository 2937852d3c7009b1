"""Which requests came, for tests that count them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A request and the code of its answer; 0 when none went out.

    `verb`: as in RBAC, "" for discovery. `resource`: `deployments.apps`, `pods/log`.
    """

    method: str
    path: str
    query: dict[str, str]
    verb: str
    resource: str
    agent: str
    code: int


@dataclass(slots=True)
class RequestLog:
    """Every request that was answered or dropped, in the order of their ends; watches count as
    soon as they begin. `most`: how many were under way at once at most, watches aside."""

    most: int = 0
    _under_way: int = 0
    _seen: list[Seen] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        with self._lock:
            self._under_way += 1
            self.most = max(self.most, self._under_way)

    def end(self) -> None:
        with self._lock:
            self._under_way -= 1

    def add(self, seen: Seen) -> None:
        with self._lock:
            self._seen.append(seen)

    def all(self) -> list[Seen]:
        with self._lock:
            return list(self._seen)

    def clear(self) -> None:
        with self._lock:
            self._seen.clear()

    def count(self, *, verb: str = "", resource: str = "", path: str = "") -> int:
        """How many requests there were of this verb, to this resource, to paths with `path`."""
        return sum(
            verb in ("", seen.verb) and resource in ("", seen.resource) and path in seen.path
            for seen in self.all()
        )
