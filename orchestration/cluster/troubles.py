"""What keeps the pods of a workload from ever being ready, and how long it may before it counts.

An image may be pushed a moment later, and a program may be waiting for its database: a trouble is a
failure only when it has outlasted its grace. The reasons are those of kubelet, in its packages
`images`, `kuberuntime` and `container`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final, Literal

from orchestration.cluster.container_limit import on_the_clock
from orchestration.cluster.fields import Fields, told
from orchestration.model import explain_exit

CONTAINER_GRACE_S: Final = 10.0
UNSCHEDULABLE_GRACE_S: Final = 15.0

CRASHING: Final = "CrashLoopBackOff"
BLOCKED: Final = frozenset(
    {
        *("ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull"),
        *("ImageInspectError", "RegistryUnavailable", "SignatureValidationFailed"),
        *("CreateContainerConfigError", "CreateContainerError", "CreatePodSandboxError"),
        *("RunContainerError", "PreStartHookError"),
    }
)
"""Why a container waits, where waiting helps only if somebody changes something."""

_PASSING: Final = (
    # A provisioner may take longer than the grace.
    "unbound immediate PersistentVolumeClaims",
    # So does the network of a node that has just joined.
    "node.kubernetes.io/not-ready",
)
"""Words of the scheduler for what ends by itself."""

NODE_COMES: Final = frozenset({"TriggeredScaleUp", "Nominated"})
"""Events of a pod for which a node is being added: by cluster-autoscaler, by Karpenter. It takes
minutes."""
NO_EVENTS: Final[Mapping[str, Sequence[Fields]]] = {}

Sort = Literal["crash", "blocked", "unschedulable", "late"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One pod or container that does not get ahead.

    `key` names it across looks, whatever kubelet calls the trouble in between (`ErrImagePull` and
    `ImagePullBackOff` take turns). `since`: the earliest time at which the object itself shows that
    it had the trouble, None when it does not show it.
    """

    key: str
    sort: Sort
    pod: str
    reason: str
    since: float | None
    grace_s: float

    def lasted(self, now: float, first_seen: Mapping[str, float]) -> float:
        """Seconds that it is known to have lasted."""
        starts = [each for each in (self.since, first_seen.get(self.key)) if each is not None]
        return max(0.0, now - min(starts)) if starts else 0.0

    def describe(self, now: float, first_seen: Mapping[str, float]) -> str:
        """`pod api-7f: ImagePullBackOff: manifest unknown (for 12 s)`."""
        lasted = self.lasted(now, first_seen)
        return f"pod {self.pod}: {self.reason}" + (f" (for {lasted:.0f} s)" if lasted >= 1 else "")


def troubles(
    pods: Iterable[Fields], events: Mapping[str, Sequence[Fields]] = NO_EVENTS
) -> tuple[Trouble, ...]:
    """All troubles of `pods`, in their order. `events`: those of a pod, by its uid."""
    return tuple(
        each for pod in pods for each in _of_pod(pod, events.get(pod.text("metadata", "uid"), ()))
    )


def first_seen(
    before: Mapping[str, float], pods: Sequence[Mapping[str, object]], now: float
) -> Mapping[str, float]:
    """When each trouble of `pods` was first seen, given what was known at the look before.

    Whoever watches keeps this from look to look and hands it to `judge`, because a pod says that
    its image cannot be pulled, and not since when. What crashed stays known while it is started
    again, until it is ready.
    """
    looked = [Fields(pod) for pod in pods]
    present = {each.key for each in troubles(looked)}
    held = {key for pod in looked for key in _restarted(pod)} & before.keys()
    return {key: before.get(key, now) for key in present | held}


def terminal(
    found: Iterable[Trouble], now: float, first_seen: Mapping[str, float]
) -> Trouble | None:
    """The first that has outlasted its grace."""
    return next((each for each in found if each.lasted(now, first_seen) > each.grace_s), None)


def _of_pod(pod: Fields, events: Sequence[Fields]) -> Iterator[Trouble]:
    if pod.get("metadata", "deletionTimestamp") is not None:
        return
    if pod.text("status", "phase") in ("Succeeded", "Failed"):
        return
    name = pod.text("metadata", "name") or "?"
    scheduled = pod.says("PodScheduled", "False")
    if scheduled is not None and scheduled.reason == "Unschedulable":
        reason = scheduled.told("Unschedulable")
        if not any(words in reason for words in _PASSING):
            yield Trouble(
                key=f"{_identity(pod)}/unschedulable",
                sort="unschedulable",
                pod=name,
                reason=reason,
                since=scheduled.since,
                grace_s=inf if _node_comes(events) else UNSCHEDULABLE_GRACE_S,
            )
    for status in _containers(pod):
        found = _of_container(pod, name, status)
        if found is not None:
            yield found
    for status in pod.tables("status", "containerStatuses"):
        late = _late(pod, name, status)
        if late is not None:
            yield late


def _node_comes(events: Sequence[Fields]) -> bool:
    return any(each.text("reason") in NODE_COMES for each in events)


def _late(pod: Fields, name: str, status: Fields) -> Trouble | None:
    """Told from when the container begins, and a failure when its limit is over and a grace, in
    which kubelet may still see and report what came in time."""
    found = on_the_clock(pod, status)
    if found is None:
        return None
    last = status.table("lastState", "terminated")
    return Trouble(
        key=f"{_identity(pod)}/{status.text('name')}/late",
        sort="late",
        pod=_shown(pod, name, status),
        reason=told(found.reason, _ending(status, last)),
        since=found.since,
        grace_s=found.limit_s + CONTAINER_GRACE_S,
    )


def _of_container(pod: Fields, name: str, status: Fields) -> Trouble | None:
    waiting = status.table("state", "waiting")
    reason = waiting.text("reason")
    key = f"{_identity(pod)}/{status.text('name')}"
    shown = _shown(pod, name, status)
    if reason == CRASHING:
        last = status.table("lastState", "terminated")
        return Trouble(
            key=f"{key}/crash",
            sort="crash",
            pod=shown,
            reason=told(CRASHING, _ending(status, last)),
            since=last.time("finishedAt"),
            grace_s=CONTAINER_GRACE_S,
        )
    if reason in BLOCKED:
        return Trouble(
            key=f"{key}/blocked",
            sort="blocked",
            pod=shown,
            reason=told(reason, waiting.text("message")),
            since=_written(pod),
            grace_s=CONTAINER_GRACE_S,
        )
    return None


def _ending(status: Fields, last: Fields) -> str:
    """`exit code 1, restarted 3 times: no route to host`."""
    parts = []
    code = last.count("exitCode")
    if code is not None:
        oom = last.text("reason") == "OOMKilled"
        parts.append(f"exit code {explain_exit(code, oom=oom)}")
    restarts = status.count("restartCount")
    if restarts:
        parts.append(f"restarted {restarts} times")
    return told(", ".join(parts), last.text("message"))


def _restarted(pod: Fields) -> Iterator[str]:
    """The keys of the crashes that containers may be recovering from."""
    for status in _containers(pod):
        if status.get("ready") is not True and status.count("restartCount"):
            yield f"{_identity(pod)}/{status.text('name')}/crash"


def _containers(pod: Fields) -> tuple[Fields, ...]:
    return (
        *pod.tables("status", "initContainerStatuses"),
        *pod.tables("status", "containerStatuses"),
    )


def _shown(pod: Fields, name: str, status: Fields) -> str:
    """The pod, and which of its containers when it has several."""
    several = len(_containers(pod)) > 1
    return f"{name}, container {status.text('name')}" if several else name


def _identity(pod: Fields) -> str:
    return pod.text("metadata", "uid") or pod.text("metadata", "name")


def _written(pod: Fields) -> float | None:
    """When kubelet last wrote the status: it has been as it is since then."""
    times = [
        each.time("time")
        for each in pod.tables("metadata", "managedFields")
        if each.text("subresource") == "status"
    ]
    return max((each for each in times if each is not None), default=None)
