"""StatefulSets and DaemonSets."""

from __future__ import annotations

from tests.kube.controllers.world import NODE, World, template_hash, without_zeros
from tests.kube.json_values import Doc, child, clone, docs, ensure, number, text
from tests.kube.pod_status import is_over, is_ready
from tests.kube.status_error import StatusError

_REVISION = "controller-revision-hash"


def reconcile(world: World) -> None:
    """One round over all StatefulSets and DaemonSets."""
    for stateful_set in world.living("StatefulSet"):
        _order(world, stateful_set)
    for daemon_set in world.living("DaemonSet"):
        _spread(world, daemon_set)


def _order(world: World, owner: Doc) -> None:
    name = text(owner, "metadata", "name")
    template = child(owner, "spec", "template")
    update = f"{name}-{template_hash(template)}"
    current = text(owner, "status", "currentRevision") or update
    wanted = number(owner, "spec", "replicas", default=1)
    pods = {_ordinal(pod): pod for pod in world.owned("Pod", owner, leaving=True)}
    parallel = text(owner, "spec", "podManagementPolicy") == "Parallel"
    _replace_failed(world, pods)
    for ordinal in range(wanted):
        pod = pods.get(ordinal)
        if pod is None:
            _create(world, owner, ordinal, update)
        if not parallel and (pod is None or not is_ready(pod)):
            break
    for ordinal in sorted((each for each in pods if each >= wanted), reverse=True):
        if not text(pods[ordinal], "metadata", "deletionTimestamp"):
            world.delete("Pod", pods[ordinal])
        if not parallel:
            break
    _update(world, owner, pods, update)
    world.report("StatefulSet", owner, _status(world, owner, current, update))


def _ordinal(pod: Doc) -> int:
    return int(text(pod, "metadata", "name").rpartition("-")[2])


def _replace_failed(world: World, pods: dict[int, Doc]) -> None:
    for pod in pods.values():
        if is_over(pod) and not text(pod, "metadata", "deletionTimestamp"):
            world.delete("Pod", pod)


def _create(world: World, owner: Doc, ordinal: int, revision: str) -> None:
    name = f"{text(owner, 'metadata', 'name')}-{ordinal}"
    template = clone(child(owner, "spec", "template"))
    spec = ensure(template, "spec")
    spec["hostname"] = name
    spec["subdomain"] = text(owner, "spec", "serviceName")
    volumes = docs(spec, "volumes")
    for each in docs(owner, "spec", "volumeClaimTemplates"):
        volume = text(each, "metadata", "name")
        claim = f"{volume}-{name}"
        volumes.append({"name": volume, "persistentVolumeClaim": {"claimName": claim}})
        wanted = clone(each)
        ensure(wanted, "metadata")["name"] = claim
        ensure(wanted, "metadata")["namespace"] = text(owner, "metadata", "namespace")
        wanted.pop("status", None)
        try:
            world.create("PersistentVolumeClaim", wanted)
        except StatusError as problem:
            if problem.reason != "AlreadyExists":
                world.event(owner, "FailedCreate", problem.message, warning=True)
    if volumes:
        spec["volumes"] = [*volumes]
    labels: Doc = {
        _REVISION: revision,
        "statefulset.kubernetes.io/pod-name": name,
        "apps.kubernetes.io/pod-index": str(ordinal),
    }
    try:
        world.create_pod(owner, template, name, labels)
    except StatusError:
        return


def _update(world: World, owner: Doc, pods: dict[int, Doc], revision: str) -> None:
    """Replace one pod of an older revision, from the last on, when all others are ready."""
    if text(owner, "spec", "updateStrategy", "type") != "RollingUpdate":
        return
    partition = number(owner, "spec", "updateStrategy", "rollingUpdate", "partition")
    for ordinal in sorted(pods, reverse=True):
        pod = pods[ordinal]
        if ordinal < partition:
            return
        if text(pod, "metadata", "labels", _REVISION) != revision:
            if not text(pod, "metadata", "deletionTimestamp"):
                world.delete("Pod", pod)
            return
        if not is_ready(pod):
            return


def _status(world: World, owner: Doc, current: str, update: str) -> Doc:
    pods = [pod for pod in world.owned("Pod", owner) if not is_over(pod)]
    wanted = number(owner, "spec", "replicas", default=1)
    updated = sum(text(pod, "metadata", "labels", _REVISION) == update for pod in pods)
    ready = sum(map(is_ready, pods))
    if updated == len(pods) == ready == wanted:
        current = update
    counts = {
        "observedGeneration": number(owner, "metadata", "generation"),
        "replicas": len(pods),
        "readyReplicas": ready,
        "availableReplicas": world.available(pods, number(owner, "spec", "minReadySeconds")),
        "currentReplicas": sum(
            text(pod, "metadata", "labels", _REVISION) == current for pod in pods
        ),
        "updatedReplicas": updated,
        "collisionCount": 0,
    }
    kept = ("replicas", "availableReplicas", "collisionCount")
    status = without_zeros(counts, *kept)
    return {**status, "currentRevision": current, "updateRevision": update}


def _spread(world: World, owner: Doc) -> None:
    template = child(owner, "spec", "template")
    revision = template_hash(template)
    pods = world.owned("Pod", owner, leaving=True)
    if not pods:
        placed = clone(template)
        ensure(placed, "spec")["nodeName"] = NODE
        try:
            world.create_pod(owner, placed, labels={_REVISION: revision})
        except StatusError:
            pods = []
    rolling = text(owner, "spec", "updateStrategy", "type") == "RollingUpdate"
    for pod in pods:
        old = text(pod, "metadata", "labels", _REVISION) != revision
        if ((rolling and old) or is_over(pod)) and not text(pod, "metadata", "deletionTimestamp"):
            world.delete("Pod", pod)
    living = world.owned("Pod", owner)
    ready = sum(map(is_ready, living))
    available = world.available(living, number(owner, "spec", "minReadySeconds"))
    counts = {
        "observedGeneration": number(owner, "metadata", "generation"),
        "currentNumberScheduled": min(1, len(living)),
        "desiredNumberScheduled": 1,
        "numberMisscheduled": 0,
        "numberReady": ready,
        "numberAvailable": available,
        "numberUnavailable": 1 - min(1, available),
        "updatedNumberScheduled": sum(
            text(pod, "metadata", "labels", _REVISION) == revision for pod in living
        ),
    }
    kept = ("currentNumberScheduled", "numberMisscheduled", "numberReady")
    world.report("DaemonSet", owner, without_zeros(counts, *kept))
