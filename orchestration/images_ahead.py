"""Images are made ready while components start: begun at once, awaited only where needed (S4)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Final, Self
from uuid import UUID

from orchestration.background import TICK_S, Background, Job
from orchestration.errors import SilenceError, StackwrightError, StoppedError
from orchestration.events import BuildLine, Emit, Event
from orchestration.model import BuildOrder
from orchestration.patience import stop_if_asked
from orchestration.ports import Cancel, Clock, Engine
from orchestration.stack import Build, Component, Stack
from orchestration.steps import step
from orchestration.tags import image_tag

LEAVE_S: Final = 2.0
"""How long builds that nobody wants any more are awaited; the teardown waits for the rest."""

_AT_ONCE: Final = 8


class _Abandon:
    """A Cancel that also ends when its run no longer wants the images."""

    def __init__(self, cancel: Cancel) -> None:
        self._cancel = cancel
        self.abandoned = threading.Event()

    def requested(self) -> int | None:
        return 0 if self.abandoned.is_set() else self._cancel.requested()

    def urgency(self) -> int:
        return max(int(self.abandoned.is_set()), self._cancel.urgency())

    def pause(self, seconds: float) -> None:
        self.abandoned.wait(seconds)


class ImagesAhead:
    """The images of a stack, on their way. Leaving the context stops what is still being made.

    What does not hear of that goes on in `background`, and is silent. `deadline`: the moment of
    `clock.now()` by which every image must be there. `tags`: of the images that were built, by
    component.
    """

    def __init__(
        self,
        engine: Engine,
        stack: Stack,
        *,
        background: Background,
        deadline: float,
        labels: Mapping[str, str],
        new_uuid: Callable[[], UUID],
        clock: Clock,
        cancel: Cancel,
        emit: Emit,
    ) -> None:
        self._engine = engine
        self._stack = stack
        self._labels = labels
        self._new_uuid = new_uuid
        self._clock = clock
        self._cancel = cancel
        self._background = background
        self._deadline = deadline
        self._tell = emit
        self._left = False
        self._abandon = _Abandon(cancel)
        self._turn = threading.Semaphore(_AT_ONCE)
        self._said: dict[str, str] = {}
        self._made: dict[str, Job[str]] = {}
        self.tags: dict[str, str] = {}

    def __enter__(self) -> Self:
        begun: list[tuple[str | Build, Job[str]]] = []
        for component in self._stack.components:
            if component.source is None:
                continue
            same = next((made for source, made in begun if source == component.source), None)
            if same is None:
                same = self._begin(component)
                begun.append((component.source, same))
            self._made[component.name] = same
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._abandon.abandoned.set()
        unended = list(self._made.values())
        for _ in range(int(LEAVE_S / TICK_S)):
            unended = [job for job in unended if not job.wait(0.0)]
            if not unended or self._cancel.requested() is not None:
                break
            unended[0].wait(TICK_S)
        self._left = True

    def image(self, component: str, keep_watch: Callable[[], None]) -> str:
        """The id of the component's image, as soon as it is there.

        `keep_watch` is called on every tick and ends the wait by raising. Raises ImageError,
        BuildError, StoppedError, and SilenceError at the deadline.
        """

        def still() -> None:
            keep_watch()
            if self._clock.now() >= self._deadline:
                raise self._late(component)

        try:
            return self._made[component].result(still)
        except StoppedError:
            # The stop is the message, not what it interrupted.
            stop_if_asked(self._cancel)
            raise

    def _late(self, component: str) -> SilenceError:
        said = self._said.get(component)
        return SilenceError(
            f"the image of component {component} was not there by the run's deadline",
            why=f"its build is still at: {said}" if said else "the engine has said nothing of it",
            fix="build or pull it beforehand, raise the `deadline` of the stack, or see whether "
            "the engine still answers (`stackwright stack doctor`)",
        )

    def _begin(self, component: Component) -> Job[str]:
        def work() -> str:
            while not self._turn.acquire(timeout=TICK_S):
                if self._abandon.requested() is not None:
                    raise StoppedError("nobody wants the image any more", signal=0)
            try:
                return self._make(component)
            finally:
                self._turn.release()

        makes = f"build {component.name}" if isinstance(component.source, Build) else ""
        return self._background.begin(work, makes=makes)

    def _emit(self, event: Event) -> None:
        if not self._left:
            self._tell(event)

    def _make(self, component: Component) -> str:
        match component.source:
            case Build() as build:
                return self._build(component, build)
            case str() as reference:
                return self._engine.find_image(reference) or self._pull(component, reference)
            case None:
                raise StackwrightError(f"component {component.name} has no image")

    def _pull(self, component: Component, reference: str) -> str:
        with step("pull", component.name, reference, clock=self._clock, emit=self._emit):
            return self._engine.pull_image(reference, self._abandon)

    def _build(self, component: Component, build: Build) -> str:
        order = BuildOrder(
            context=build.context,
            containerfile=build.containerfile,
            tag=image_tag(component.name, self._stack.service, self._new_uuid()),
            args=build.args,
            target=build.target,
            labels=self._labels,
        )

        def tell(line: str) -> None:
            self._said[component.name] = line
            self._emit(BuildLine(component=component.name, line=line))

        with step("build", component.name, order.tag, clock=self._clock, emit=self._emit):
            made = self._engine.build_image(order, tell, self._abandon)
        self.tags[component.name] = order.tag
        return made
