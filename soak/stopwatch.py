"""The moment at which a run knows of a failure, before it collects any evidence."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from orchestration import startup
from orchestration.model import Evidence

_FIRST: Final = "collect"
"""Every failure of a component begins with this call; what is told of it comes after."""


@dataclass(slots=True)
class Stopwatch:
    """`noticed`: on the monotonic clock, None as long as nothing has failed."""

    noticed: float | None = None


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    """Watch the runs of this process for the length of the block."""
    watch = Stopwatch()
    collect: Callable[..., Evidence] = getattr(startup, _FIRST)

    def timed(*given: object, **named: object) -> Evidence:
        if watch.noticed is None:
            watch.noticed = time.monotonic()
        return collect(*given, **named)

    setattr(startup, _FIRST, timed)
    try:
        yield watch
    finally:
        setattr(startup, _FIRST, collect)
