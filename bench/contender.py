"""A way to bring the stack up and down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from bench.stack_under_test import EngineUnderTest, StackUnderTest

TakeDown = Callable[[], None]


class Contender(Protocol):
    """One row of the table."""

    @property
    def name(self) -> str:
        """The row's name."""
        ...

    @property
    def note(self) -> str:
        """What a reader must know of how it is measured."""
        ...

    def obstacle(self, engine: EngineUnderTest) -> str | None:
        """Why it cannot run with this engine and what to do about it; None when it can."""
        ...

    def up(self, stack: StackUnderTest) -> TakeDown:
        """Bring the stack up and return when DataStorage answers; what is returned takes it down.

        Raises whatever went wrong. What it leaves then is removed by the caller.
        """
        ...
