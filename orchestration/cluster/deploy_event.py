"""What a deployment tells while it happens. Times are seconds since it began."""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.cluster.api import ApiError
from orchestration.cluster.manifest import Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """The server has said which of the kinds it serves. `kinds`: how many of those it named."""

    api_versions: tuple[str, ...]
    kinds: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The server accepted an object. `wave`: 0 for a deferred one; `created`: it was not there;
    `took_s`: from its first request on."""

    ref: Ref
    wave: int
    seconds: float
    took_s: float
    created: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An object was not applied, and will not be."""

    ref: Ref
    error: ApiError
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """What the server warned of when an object was applied, which is no failure; once each."""

    ref: Ref
    warning: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BecameReady:
    """An object serves. `answer`: by what that was seen."""

    ref: Ref
    answer: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StillWaiting:
    """What is not ready, each with its reason; told at most once a second."""

    waiting: tuple[tuple[Ref, str], ...]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectFailed:
    """Waiting longer for an object cannot help."""

    ref: Ref
    reason: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DeferredBegun:
    """What a deferred object waited for is ready, and it is applied now."""

    ref: Ref
    seconds: float


DeployEvent = (
    Discovered
    | Applied
    | Refused
    | Warned
    | BecameReady
    | StillWaiting
    | ObjectFailed
    | DeferredBegun
)
