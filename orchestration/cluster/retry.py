"""The one loop in which a request to the API server is tried again."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from orchestration.cluster.api import ApiError

ATTEMPTS: Final = 15
"""Pauses of 23 s on average, 46 s at most: a control plane of one node that is restarted is back by
then, and who has asked so often in vain is not helped by the sixteenth time."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """The request succeeded. `attempts`: how often it was sent."""

    answer: T
    attempts: int


@dataclass(frozen=True, slots=True)
class GaveUp:
    """The last of `attempts` failed with `error`."""

    error: ApiError
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Tries again only what is `retryable`, with exponential backoff and full jitter: each pause is
    anything between nothing and a limit that grows from `first_s` by `growth` to `longest_s`, so
    that many who were refused at once do not come back at once. A server that says when to come
    back (Retry-After) is not asked earlier.

    `clock`: monotonic seconds; `chance`: between 0 and 1.
    """

    attempts: int = ATTEMPTS
    first_s: float = 0.1
    growth: float = 2.0
    longest_s: float = 5.0
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], Awaitable[object]] = asyncio.sleep
    chance: Callable[[], float] = random.random

    async def __call__(
        self,
        request: Callable[[], Awaitable[T]],
        *,
        deadline: float = math.inf,
    ) -> Answered[T] | GaveUp:
        """Send `request` until it succeeds, fails for good, or has failed `attempts` times.

        `deadline`, by `clock`: what could be sent again only after it is given up at once. Raises
        nothing but what is no ApiError.
        """
        for attempt, limit in enumerate(self._limits(), start=1):
            try:
                return Answered(await request(), attempt)
            except ApiError as error:
                pause = max(limit * self.chance(), error.retry_after_s or 0.0)
                hopeless = not error.retryable or attempt >= self.attempts
                if hopeless or self.clock() + pause >= deadline:
                    return GaveUp(error, attempt)
            await self.pause(pause)
        raise AssertionError("the limits have no end")

    def _limits(self) -> Iterator[float]:
        limit = self.first_s
        while True:
            yield min(limit, self.longest_s)
            limit = min(limit * self.growth, self.longest_s)
