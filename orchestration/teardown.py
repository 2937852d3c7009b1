"""Remove everything of a run, and make sure of it."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import Final

from orchestration.background import TICK_S, Background, Job
from orchestration.errors import SilenceError, StackwrightError, TeardownError
from orchestration.events import Emit, Removed
from orchestration.model import Kind, Label, Resource
from orchestration.patience import WATCHDOG, RemovalPatience
from orchestration.ports import Clock, Engine

ATTEMPTS: Final = 4
"""An engine may still be busy with what was being created when the run stopped."""

_AT_ONCE: Final = 8
_PAUSE_S: Final = 0.2


def tear_down(
    engine: Engine,
    run: str,
    *,
    background: Background,
    patience: RemovalPatience,
    clock: Clock,
    emit: Emit,
    thorough: bool = False,
) -> int:
    """Remove all that carries the label of `run`; the number of things removed.

    By label, not from memory: whatever was in the making when the run ended is found too, once
    `background` has nothing in the making any more. `thorough`: look once more after a pause,
    because the engine may still be at work on a call that has ended.
    Components go in reverse order of creation, all at once and without a stop grace: nothing in a
    test stack outlives its run. Networks, volumes and images follow; a removal that hangs does not
    keep them for long. Raises TeardownError naming what is left, at the latest when `patience`
    ends, and StoppedError when the user does not even want to wait for that.
    """
    removal = _Removal(engine, run, background, patience, clock)
    started = clock.now()
    problem: TeardownError | None = None
    try:
        removal.run_its_course(looks=2 if thorough else 1)
    except SilenceError as silence:
        problem = removal.unanswered(silence)
    emit(
        Removed(
            count=len(removal.gone),
            left=tuple(each.describe() for each in removal.left),
            elapsed_s=clock.now() - started,
        )
    )
    if problem is None and removal.left:
        problem = removal.left_behind()
    if problem is not None:
        raise problem
    return len(removal.gone)


class _Removal:
    def __init__(
        self,
        engine: Engine,
        run: str,
        background: Background,
        patience: RemovalPatience,
        clock: Clock,
    ) -> None:
        self.gone: set[str] = set()
        self._engine = engine
        self._run = run
        self._background = background
        self._patience = patience
        self._clock = clock
        self._listed: tuple[Resource, ...] | None = None
        self._problems: dict[str, str] = {}

    @property
    def left(self) -> tuple[Resource, ...]:
        """What was listed last and has not gone since."""
        return tuple(each for each in self._listed or () if each.id not in self.gone)

    def run_its_course(self, *, looks: int) -> None:
        """Remove until nothing is listed `looks` times, or removals have failed often enough."""
        attempts = ATTEMPTS
        while looks and attempts:
            if self._list():
                attempts -= 1
                self._remove_all()
                pause = bool(self._problems)
            elif self._background.making():
                while not self._background.settled(TICK_S):
                    self._patience.still()
                pause = False
            else:
                looks -= 1
                pause = bool(looks)
            # What was removed is looked for at once; what was not, or may still come, later.
            if pause and not self._patience.hurried:
                self._clock.sleep(_PAUSE_S)
        if looks:
            self._list()

    def left_behind(self) -> TeardownError:
        """For what the engine lists in spite of all."""
        return TeardownError(
            f"{len(self.left)} of run {self._run} could not be removed: {self._names()}",
            why=self._reasons() or "the engine accepted the removal, and still lists them",
            fix="`stackwright stack clean` tries again; remove them by hand if it fails too",
        )

    def unanswered(self, silence: SilenceError) -> TeardownError:
        """For when time was up before the engine had done what was asked of it."""
        making = ", ".join(self._background.making())
        if self.left:
            what = f"{len(self.left)} of run {self._run} could not be removed: {self._names()}"
        elif self._listed is None:
            what = f"what there is of run {self._run} could not even be listed"
        elif making:
            what = f"run {self._run} may still leave something behind: the engine is at {making}"
        else:
            what = f"it could not be verified that all of run {self._run} was removed"
        return TeardownError(
            what,
            why="; ".join(
                filter(None, (f"the engine does not answer: {silence.what}", self._reasons()))
            ),
            fix=WATCHDOG,
        )

    def _list(self) -> tuple[Resource, ...]:
        job = self._background.begin(lambda: self._engine.list_resources({Label.RUN: self._run}))
        found = job.result(self._patience.begin("list", 0.0))
        self._listed = found
        # The engine is the one who knows: what it still lists has not gone.
        self.gone.difference_update(each.id for each in found)
        return found

    def _remove_all(self) -> None:
        """Kind by kind, each kind concurrently; all the rest at once when one takes too long."""
        self._problems.clear()
        found = self.left
        begun = self._clock.now()
        queues: list[deque[Resource]] = []
        jobs: list[Job[None]] = []
        try:
            for kind in Kind:
                todo = deque(each for each in reversed(found) if each.kind is kind)
                queues.append(todo)
                jobs += [
                    self._background.begin(partial(self._work_off, todo))
                    for _ in range(min(len(todo), _AT_ONCE))
                ]
                self._give_a_turn(jobs, begun)
            for job in jobs:
                job.result(self._patience.still)
        finally:
            for todo in queues:
                todo.clear()

    def _give_a_turn(self, jobs: list[Job[None]], begun: float) -> None:
        for job in jobs:
            while not job.wait(TICK_S):
                if self._patience.turn_is_over(begun):
                    return

    def _work_off(self, todo: deque[Resource]) -> None:
        while True:
            try:
                resource = todo.popleft()
            except IndexError:
                return
            name = resource.describe()
            self._problems[name] = "its removal has not been answered"
            try:
                self._engine.remove(resource)
            except StackwrightError as error:
                self._problems[name] = error.why or error.what
            else:
                self.gone.add(resource.id)
                self._problems.pop(name, None)

    def _names(self) -> str:
        return ", ".join(each.describe() for each in self.left)

    def _reasons(self) -> str:
        return "; ".join(f"{name}: {why}" for name, why in tuple(self._problems.items()))
