"""A cluster that answers lists and watches as a test has written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field

from orchestration.cluster.api import ApiError, Change, ChangeKind, Listing, ResourceKind
from tests.cluster.bodies import NOW


def api_error(code: int, reason: str = "", *, retry_after_s: float | None = None) -> ApiError:
    return ApiError(
        verb="watch",
        path="/api/v1/pods",
        code=code,
        reason=reason,
        message="as the test wants it",
        retry_after_s=retry_after_s,
        retryable=code >= 429 or code == 0,
    )


def bookmark(version: int) -> Change:
    body = {"kind": "Pod", "apiVersion": "v1", "metadata": {"resourceVersion": str(version)}}
    return Change(kind=ChangeKind.BOOKMARK, body=body)


@dataclass(frozen=True, slots=True)
class Hangs:
    """Nothing comes any more, and the connection stays."""


Piece = Change | ApiError | Hangs | Callable[[], None]


@dataclass(slots=True)
class FakeReader:
    """`lists`: the answers of lists, one after the other; the last one for ever. `watches`: what
    each watch tells, before the server ends it; after the last, watches hang.

    `asked`: "list", and the version of each watch. `open`: how many watches are.
    """

    lists: list[Listing | ApiError]
    watches: list[list[Piece]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    open: int = 0

    def now(self) -> float:
        return NOW

    async def list(self, kind: ResourceKind, namespace: str | None = None) -> Listing:
        self.asked.append("list")
        answer = self.lists.pop(0) if len(self.lists) > 1 else self.lists[0]
        await asyncio.sleep(0)
        if isinstance(answer, ApiError):
            raise answer
        return answer

    async def watch(
        self, kind: ResourceKind, namespace: str | None = None, *, resource_version: str
    ) -> AsyncGenerator[Change, None]:
        self.asked.append(resource_version)
        self.open += 1
        try:
            for piece in self.watches.pop(0) if self.watches else [Hangs()]:
                match piece:
                    case Change():
                        yield piece
                    case ApiError():
                        raise piece
                    case Hangs():
                        await asyncio.Event().wait()
                    case call:
                        call()
        finally:
            self.open -= 1
