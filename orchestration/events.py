"""What a run tells while it happens: one frozen event a fact, rendered by `progress`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from orchestration.model import ClusterInfo, Endpoint, EngineInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """A run was claimed. `note`: what the user should know of the engine, "" when nothing."""

    run: str
    stack: str
    engine: EngineInfo | ClusterInfo
    components: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStarted:
    """A step begins: `sweep`, `network`, `image`, `build`, `start`, `gate`, `run`, `remove`; on
    Kubernetes also `cluster`, `load`, `apply`, `ready`."""

    step: str
    component: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A gate looked and was not content. `elapsed_s` counts from the start of its step."""

    component: str
    probe: str
    answer: str
    elapsed_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildLine:
    """A line of a build's output."""

    component: str
    line: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFinished:
    """A step ended well."""

    step: str
    component: str = ""
    detail: str = ""
    elapsed_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFailed:
    """A step ended badly; the error that follows has the whole story."""

    step: str
    component: str = ""
    reason: str
    elapsed_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunReady:
    """All gates are open."""

    run: str
    endpoints: tuple[Endpoint, ...]
    elapsed_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """A teardown is over. `left`: what could not be removed."""

    count: int
    left: tuple[str, ...]
    elapsed_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something the user should read once."""

    text: str


Event = (
    RunStarted
    | StepStarted
    | Waiting
    | BuildLine
    | StepFinished
    | StepFailed
    | RunReady
    | Removed
    | Notice
)
Emit = Callable[[Event], None]
