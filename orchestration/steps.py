"""One step of a run: told when it begins, when it ends, and how."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from orchestration.errors import StackwrightError
from orchestration.events import Emit, StepFailed, StepFinished, StepStarted
from orchestration.ports import Clock


@contextmanager
def step(
    name: str, component: str = "", detail: str = "", *, clock: Clock, emit: Emit
) -> Iterator[None]:
    """Emit StepStarted, then StepFinished, or StepFailed when a StackwrightError passes by."""
    started = clock.now()
    emit(StepStarted(step=name, component=component, detail=detail))
    try:
        yield
    except StackwrightError as error:
        elapsed = clock.now() - started
        emit(StepFailed(step=name, component=component, reason=error.what, elapsed_s=elapsed))
        raise
    elapsed = clock.now() - started
    emit(StepFinished(step=name, component=component, detail=detail, elapsed_s=elapsed))
