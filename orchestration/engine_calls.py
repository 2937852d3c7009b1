"""The engine as one operation of the runner calls it: for the run, for evidence, for removals."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

from orchestration.background import Background
from orchestration.events import Emit
from orchestration.patience import BriefPatience, RemovalPatience, RunPatience
from orchestration.ports import Cancel, Clock, Engine
from orchestration.prompt_engine import PromptEngine
from orchestration.teardown import tear_down


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineCalls:
    """Ways to one engine that differ in how long an answer is awaited.

    `running`: until a stop is requested or `deadline` on the clock. `witness`: for evidence, a few
    seconds. `engine`: as long as the engine's client does.
    """

    engine: Engine
    running: Engine
    witness: Engine
    background: Background
    clock: Clock
    cancel: Cancel
    deadline: float

    @classmethod
    @contextmanager
    def to(cls, engine: Engine, *, clock: Clock, cancel: Cancel, deadline: float) -> Iterator[Self]:
        """The ways to `engine`; threads that are idle end with the context."""
        with Background() as background:
            yield cls(
                engine=engine,
                running=PromptEngine(engine, background, RunPatience(clock, cancel, deadline)),
                witness=PromptEngine(engine, background, BriefPatience(clock, cancel)),
                background=background,
                clock=clock,
                cancel=cancel,
                deadline=deadline,
            )

    def tear_down(
        self, run: str, *, emit: Emit, limit: float, broken_off_at: int = 3, thorough: bool = False
    ) -> int:
        """As `tear_down`, with a RemovalPatience of `limit` and `broken_off_at`."""
        return tear_down(
            self.engine,
            run,
            background=self.background,
            patience=RemovalPatience(
                self.clock, self.cancel, limit=limit, broken_off_at=broken_off_at
            ),
            clock=self.clock,
            emit=emit,
            thorough=thorough,
        )
