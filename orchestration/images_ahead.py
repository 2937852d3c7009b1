"""Images are made ready while components start: begun at once, awaited only where needed (S4)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotDone
from types import TracebackType
from typing import Self
from uuid import UUID

from orchestration.errors import StackwrightError
from orchestration.events import BuildLine, Emit
from orchestration.model import BuildOrder
from orchestration.ports import Cancel, Clock, Engine
from orchestration.stack import Build, Component, Stack
from orchestration.steps import step
from orchestration.tags import image_tag


class _Abandon:
    """A Cancel that also ends when its run no longer wants the images."""

    def __init__(self, cancel: Cancel) -> None:
        self._cancel = cancel
        self.abandoned = threading.Event()

    def requested(self) -> int | None:
        return 0 if self.abandoned.is_set() else self._cancel.requested()

    def pause(self, seconds: float) -> None:
        self.abandoned.wait(seconds)


class ImagesAhead:
    """The images of a stack, on their way. Leaving the context stops what is still being made."""

    def __init__(
        self,
        engine: Engine,
        stack: Stack,
        *,
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
        self._emit = emit
        self._abandon = _Abandon(cancel)
        self._made: dict[str, Future[str]] = {}

    def __enter__(self) -> Self:
        self._pool = ThreadPoolExecutor(max_workers=8, thread_name_prefix="image")
        begun: list[tuple[str | Build, Future[str]]] = []
        for component in self._stack.components:
            if component.source is None:
                continue
            same = next((made for source, made in begun if source == component.source), None)
            if same is None:
                same = self._pool.submit(self._make, component)
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
        self._pool.shutdown(wait=True, cancel_futures=True)

    def image(self, component: str) -> str | None:
        """The id of the component's image, as soon as it is there; None when a stop was requested.

        Raises ImageError or BuildError.
        """
        while self._cancel.requested() is None:
            try:
                return self._made[component].result(timeout=0.1)
            except NotDone:
                continue
        return None

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
            self._emit(BuildLine(component=component.name, line=line))

        with step("build", component.name, order.tag, clock=self._clock, emit=self._emit):
            return self._engine.build_image(order, tell, self._abandon)
