"""What is known when a component fails, collected while it can still be asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from orchestration.errors import StackwrightError
from orchestration.model import Evidence, Instance, Launch, State
from orchestration.ports import Engine
from orchestration.reproduce import reproduce
from orchestration.stack import Stack

LOG_LINES: Final = 40


def collect(
    engine: Engine,
    stack: Stack,
    component: str,
    step: str,
    *,
    elapsed_s: float,
    started: Mapping[str, Instance],
    launch: Launch | None = None,
    probe: str = "",
    answers: tuple[str, ...] = (),
    state: State | None = None,
) -> Evidence:
    """The evidence for a failed `step` of `component`.

    The logs are those of the component and of what it depends on. An engine that has stopped
    answering leaves them out, and so does whoever asks for a stop meanwhile; neither hides the
    failure itself.
    """
    logs: dict[str, str] = {}
    for name in (component, *reversed(stack.dependencies(component))):
        if name in started:
            logs[name] = _log(engine, started[name])
    if state is None and component in started:
        state = _state(engine, started[component])
    return Evidence(
        component=component,
        step=step,
        elapsed_s=elapsed_s,
        probe=probe,
        answers=answers,
        state=state,
        logs=logs,
        ports={name: instance.ports for name, instance in started.items()},
        reproduce=reproduce(launch, engine.info.name) if launch is not None else "",
    )


def _log(engine: Engine, instance: Instance) -> str:
    try:
        return engine.logs(instance.id, tail=LOG_LINES)
    except StackwrightError as error:
        return f"(no log: {error.what})"


def _state(engine: Engine, instance: Instance) -> State | None:
    try:
        return engine.look(instance.id)
    except StackwrightError:
        return None
