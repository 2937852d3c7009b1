"""Whether an object of the cluster is what its manifest asks for. Pure: one look, one verdict.

The rules are kstatus's (sigs.k8s.io/cli-utils) where it is right, and closed where it has gaps: a
Job is ready when it is done and not when it has begun, and what cannot get ahead any more is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from orchestration.cluster.fields import Fields
from orchestration.cluster.job_readiness import job
from orchestration.cluster.look import Look, Rule
from orchestration.cluster.manifest import group_of
from orchestration.cluster.pod_readiness import pod
from orchestration.cluster.service_readiness import service
from orchestration.cluster.workloads import daemon_set, deployment, replica_set, stateful_set
from orchestration.model import Failed, NotYet, Ready, Verdict

NOTHING_SEEN: Final[Mapping[str, float]] = {}
NO_EVENTS: Final[Mapping[str, Sequence[Mapping[str, object]]]] = {}


def judge(
    body: Mapping[str, object],
    pods: Sequence[Mapping[str, object]],
    now: float,
    *,
    first_seen: Mapping[str, float] = NOTHING_SEEN,
    endpoints: int | None = None,
    events: Mapping[str, Sequence[Mapping[str, object]]] = NO_EVENTS,
    room_may_come: Callable[[], bool] = lambda: False,
) -> Verdict:
    """What is to be said of an object as the API server gives it. Never raises, whatever is in it.

    `pods`: those of the newest ReplicaSet or controller revision of a workload, of a Job all.
    `now`: seconds since the epoch by the cluster's clock, because it is compared with times in the
    objects. `first_seen`: what `troubles.first_seen` made of the looks before; without it only
    troubles whose beginning the pods themselves show can outlast their grace. `endpoints`: how
    many ready ones a Service has, None when none is asked for. `events`, `room_may_come`: see
    `Look`.
    """
    look = Look(
        object=Fields(body),
        pods=tuple(Fields(each) for each in pods),
        now=now,
        first_seen=first_seen,
        endpoints=endpoints,
        events={uid: tuple(map(Fields, each)) for uid, each in events.items()},
        room_may_come=room_may_come,
    )
    kind = _KINDS.get((group_of(look.object.text("apiVersion")), look.object.text("kind")), _OTHER)
    return _shared(look.object, counted=kind.counted) or kind.rule(look)


def _shared(fields: Fields, *, counted: bool) -> Verdict | None:
    """What holds for every kind, None when the kind's own rule is to decide.

    A status of an older generation says nothing of this one, not even that it failed.
    """
    if fields.get("metadata", "deletionTimestamp") is not None:
        return NotYet("is being deleted")
    generation = fields.count("metadata", "generation")
    observed = fields.count("status", "observedGeneration")
    if generation is not None and observed is None and counted:
        return NotYet("its controller has not looked at it yet")
    if generation is not None and observed is not None and observed < generation:
        return NotYet(f"its controller is at generation {observed} of {generation}")
    stalled = fields.says("Stalled")
    if stalled is not None:
        return Failed(f"is stalled: {stalled.told('no reason given')}")
    reconciling = fields.says("Reconciling")
    if reconciling is not None:
        return NotYet(f"is being reconciled: {reconciling.told('no reason given')}")
    return None


def _by_conditions(look: Look) -> Verdict:
    """An unknown kind: its Ready condition, else Available; what has neither is ready."""
    for name in ("Ready", "Available"):
        found = look.object.condition(name)
        if found is None:
            continue
        observed = found.fields.count("observedGeneration")
        generation = look.object.count("metadata", "generation")
        if observed is not None and generation is not None and observed < generation:
            return NotYet(f"its condition {name} is of generation {observed} of {generation}")
        if found.status == "True":
            return Ready(name)
        return NotYet(f"is not {name}: {found.told('no reason given')}")
    return Ready("exists")


def _definition(look: Look) -> Verdict:
    refused = look.object.says("NamesAccepted", "False")
    if refused is not None:
        return Failed(f"its names are not accepted: {refused.told('no reason given')}")
    if look.object.says("Established") is not None:
        return Ready("Established")
    established = look.object.condition("Established")
    return NotYet(f"is not Established: {established.told('') if established else 'no status yet'}")


def _api_service(look: Look) -> Verdict:
    """The server says Available of every one, a moment after it was made or when its backend
    answers: until then its kinds are not served."""
    if look.object.says("Available") is not None:
        return Ready("Available")
    available = look.object.condition("Available")
    return NotYet(f"is not Available: {available.told('') if available else 'no status yet'}")


def _claim(look: Look) -> Verdict:
    phase = look.object.text("status", "phase")
    if phase == "Lost":
        return Failed("has lost its volume")
    # Most storage classes bind a claim when a pod that uses it is scheduled, so it cannot be
    # awaited before; what cannot be bound is told by that pod, which stays unschedulable.
    return Ready("Bound" if phase == "Bound" else "is bound when a pod uses it")


def _namespace(look: Look) -> Verdict:
    phase = look.object.text("status", "phase")
    return NotYet("is being deleted") if phase == "Terminating" else Ready(phase or "exists")


@dataclass(frozen=True, slots=True)
class _Kind:
    """`counted`: its controller always writes observedGeneration, so that none means no look."""

    rule: Rule
    counted: bool = False


_OTHER: Final = _Kind(_by_conditions)
_KINDS: Final[Mapping[tuple[str, str], _Kind]] = {
    ("apps", "Deployment"): _Kind(deployment, counted=True),
    ("apps", "ReplicaSet"): _Kind(replica_set, counted=True),
    ("", "ReplicationController"): _Kind(replica_set, counted=True),
    ("apps", "StatefulSet"): _Kind(stateful_set, counted=True),
    ("apps", "DaemonSet"): _Kind(daemon_set, counted=True),
    ("batch", "Job"): _Kind(job),
    ("", "Pod"): _Kind(pod),
    ("", "Service"): _Kind(service),
    ("", "PersistentVolumeClaim"): _Kind(_claim),
    ("", "Namespace"): _Kind(_namespace),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): _Kind(_definition),
    ("apiregistration.k8s.io", "APIService"): _Kind(_api_service),
}
