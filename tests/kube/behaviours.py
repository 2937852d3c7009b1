"""What the simulated kubelet makes of a pod. All times are in seconds of the cluster's clock."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Runs at once and is ready after `ready_s`; None: never."""

    ready_s: float | None = 0.0
    log: str = "started\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoImage:
    """The image cannot be pulled: ErrImagePull, and ImagePullBackOff after `backoff_s`."""

    message: str = "manifest unknown"
    backoff_s: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class BadConfig:
    """CreateContainerConfigError: what the container needs is not there."""

    message: str = 'secret "settings" not found'


@dataclass(frozen=True, slots=True, kw_only=True)
class Unschedulable:
    """No node takes the pod."""

    message: str = "0/1 nodes are available: 1 Insufficient cpu."


@dataclass(frozen=True, slots=True, kw_only=True)
class Crashes:
    """Runs for `runs_s`, ends with `exit_code`, and again after `backoff_s`, for ever.

    `recovers_after`: how many crashes it takes until it stays and is ready; None: never.
    """

    exit_code: int = 1
    runs_s: float = 0.1
    backoff_s: float = 10.0
    recovers_after: int | None = None
    log: str = "fatal: cannot go on\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """Ends by itself after `after_s`: with 0 it succeeds.

    `fails_first`: so many pods of a Job fail with 1 before one ends with `exit_code`.
    """

    after_s: float = 0.0
    exit_code: int = 0
    fails_first: int = 0
    log: str = "done\n"


Behaviour = Runs | NoImage | BadConfig | Unschedulable | Crashes | Ends
