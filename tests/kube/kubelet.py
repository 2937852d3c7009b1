"""What the simulated cluster needs of whatever runs its pods: a script, or a container engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tests.kube.json_values import Doc
from tests.kube.kubelet_view import KubeletView


@dataclass(frozen=True, slots=True, kw_only=True)
class PodOrder:
    """A pod to run. `workload`: what it belongs to in the end, `Deployment/api`; `Pod/name` for a
    bare pod. `attempt`: how many pods of a Job failed before it."""

    uid: str
    namespace: str
    name: str
    workload: str
    attempt: int
    doc: Doc


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A container that does not run: `ContainerCreating`, `ImagePullBackOff`, ..."""

    reason: str
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A container that runs, since `started` (seconds since the epoch)."""

    started: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminated:
    """A container that ended. `reason`: Completed, Error or OOMKilled."""

    exit_code: int
    reason: str
    started: float
    finished: float
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerLook:
    """One container as it is now. `last`: how its run before this one ended. `unhealthy`: what its
    probe said last, if it failed."""

    name: str
    state: Waiting | Running | Terminated
    ready: bool = False
    restarts: int = 0
    last: Terminated | None = None
    unhealthy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PodLook:
    """A pod as it is now.

    `phase`: Pending, Running, Succeeded or Failed. `init`: its init containers, in their order.
    `unschedulable`: why no node takes it, "" when one does. `again_s`: when to look again at the
    latest, in seconds; None when nothing will change by itself, or the kubelet nudges.
    """

    phase: str
    containers: tuple[ContainerLook, ...] = ()
    init: tuple[ContainerLook, ...] = ()
    ip: str = ""
    unschedulable: str = ""
    again_s: float | None = None


class Kubelet(Protocol):
    """Runs pods. All methods but `close` return at once; they are called from one thread, `logs`
    from any."""

    def attach(self, view: KubeletView) -> None:
        """Be told what cluster it is of, before anything else is asked of it."""
        ...

    def start(self, order: PodOrder) -> None:
        """Begin to run a pod. Called once for each uid."""
        ...

    def look(self, uid: str) -> PodLook:
        """How a pod is that was started."""
        ...

    def stop(self, uid: str) -> bool:
        """End a pod; whether it has ended. Called again until it has."""
        ...

    def logs(self, uid: str, container: str, *, previous: bool) -> str:
        """What a container wrote, in this run or in the one before."""
        ...

    def close(self) -> None:
        """End everything that still runs."""
        ...
