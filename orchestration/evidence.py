"""What is known when a component fails, collected while it can still be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
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
    known: Evidence,
    *,
    started: Mapping[str, Instance],
    launches: Mapping[str, Launch],
) -> Evidence:
    """All the evidence for a failure of which `known` is known already.

    The logs are those of the component and of what it depends on. An engine that has stopped
    answering leaves them out, and so does whoever asks for a stop meanwhile; neither hides the
    failure itself.
    """
    component, state = known.component, known.state
    logs: dict[str, str] = {}
    for name in (component, *reversed(stack.dependencies(component))):
        if name in started:
            logs[name] = _log(engine, started[name])
    if state is None and component in started:
        state = _state(engine, started[component])
    launch = launches.get(component)
    return replace(
        known,
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
