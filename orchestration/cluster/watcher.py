"""Keeps all objects of one kind known: one list, then a watch that goes on for ever."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from orchestration.cluster.api import ApiError, ChangeKind, ResourceKind
from orchestration.cluster.fields import Fields
from orchestration.cluster.observed import Observed
from orchestration.cluster.reader import Reader

STEADY_S: Final = 15.0
"""A watch that lasted so long was no failure, though it told nothing: longer than connecting may
take (5 s), shorter than what proxies grant a silent connection (30 s and more)."""
STRIKES: Final = 3
"""How often in a row a refusal is taken for a passing one: rights that were just given take a
moment to reach every API server. 0.15 s on average, 0.3 s at most."""
UNSERVED_STRIKES: Final = 8
"""The same for a kind that is not served: it was discovered, so some API server serves it, and the
others will within seconds. 6 s on average, 12 s at most."""
SHAKY: Final = 3
"""From so many failures in a row on, a watch is told to be interrupted."""

_HOPELESS: Final = frozenset({400, 401, 403, 404, 405, 406})
_HOPELESS_REASONS: Final = frozenset({"Unauthorized", "Untrusted"})
_FORBIDDEN: Final = 403
_UNSERVED: Final = 404
_EXPIRED: Final = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Exponential, with full jitter: anything between nothing and a limit that grows from `first_s`
    by `growth` to `longest_s` with each failure in a row. `chance`: between 0 and 1; `sleep`: waits
    so many seconds."""

    first_s: float = 0.1
    growth: float = 2.0
    longest_s: float = 5.0
    chance: Callable[[], float] = random.random
    sleep: Callable[[float], Awaitable[object]] = asyncio.sleep

    def pause(self, failures: int, retry_after_s: float | None) -> float:
        """Seconds to wait after so many failures, and no less than the server asks for."""
        limit = min(self.first_s * self.growth ** min(max(failures - 1, 0), 30), self.longest_s)
        return (retry_after_s or 0.0) + limit * self.chance()


@dataclass(slots=True, kw_only=True)
class Watcher:
    """Tells `observed` of every object of a kind, in a namespace or (None) in all.

    `told`: called after each change, and when it gives up. `fault`: why it gave up, None while it
    has not: only what does not get better ends it, all else is tried again for ever.
    """

    reader: Reader
    observed: Observed
    kind: ResourceKind
    namespace: str | None
    told: Callable[[], None]
    backoff: Backoff
    fault: ApiError | None = None
    _version: str = ""
    _from: str = ""
    _failures: int = 0
    _error: ApiError | None = None
    _tries_since: float | None = None

    async def run(self) -> None:
        """Until it gives up or is cancelled. Raises what is a mistake of ours only."""
        loop = asyncio.get_running_loop()
        strikes = 0
        while True:
            self._tries_since = loop.time()
            error = None
            self._from = ""
            try:
                await self._follow()
            except ApiError as failure:
                error = failure
            # A list alone is no success: a server may take back its version at once, each time.
            moved = self._from != "" and self._version != self._from
            lasted = loop.time() - self._tries_since >= STEADY_S
            self._tries_since = None
            self._failures = 0 if moved or lasted else self._failures + 1
            self._error = error or (self._error if self._failures else None)
            if error is not None and error.code == _EXPIRED:
                self._version = ""
            strikes = strikes + 1 if error is not None and _hopeless(error) else 0
            if error is not None and strikes >= _most(error):
                self.fault = error
                self.told()
                return
            asked = error.retry_after_s if error is not None else None
            await self.backoff.sleep(self.backoff.pause(self._failures, asked))

    def interruption(self) -> ApiError | None:
        """Why nothing is known of what happens now; None while all is well, as far as one knows."""
        since = self._tries_since
        well = since is not None and asyncio.get_running_loop().time() - since >= STEADY_S
        return None if well or self._failures < SHAKY else self._error

    async def _follow(self) -> None:
        if not self._version:
            begun = self.observed.mark()
            listing = await self.reader.list(self.kind, self.namespace)
            now = self.reader.now()
            self.observed.listed(self.kind, self.namespace, listing, begun=begun, now=now)
            self._version = listing.resource_version
            self.told()
        self._from = self._version
        events = self.reader.watch(self.kind, self.namespace, resource_version=self._version)
        async with aclosing(events):
            async for change in events:
                version = Fields(change.body).text("metadata", "resourceVersion")
                self._version = version or self._version
                if change.kind is not ChangeKind.BOOKMARK:
                    self.observed.changed(self.kind, change, now=self.reader.now())
                    self.told()


def _most(error: ApiError) -> int:
    return UNSERVED_STRIKES if error.code == _UNSERVED else STRIKES


def _hopeless(error: ApiError) -> bool:
    if error.code == _FORBIDDEN and error.retryable:
        return False  # in a namespace that was just made
    return error.code in _HOPELESS or error.reason in _HOPELESS_REASONS
