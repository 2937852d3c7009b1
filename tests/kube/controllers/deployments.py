"""Deployments and ReplicaSets."""

from __future__ import annotations

from tests.kube.cluster_clock import stamp
from tests.kube.controllers.world import World, reference, template_hash, without_zeros
from tests.kube.json_values import Doc, Json, child, clone, docs, ensure, number, text, value
from tests.kube.pod_status import condition, is_over, is_ready
from tests.kube.status_error import StatusError


def reconcile(world: World) -> None:
    """One round over all Deployments and ReplicaSets."""
    for deployment in world.living("Deployment"):
        _roll(world, deployment)
    for replica_set in world.living("ReplicaSet"):
        _fill(world, replica_set)


def _roll(world: World, deployment: Doc) -> None:
    sets = world.owned("ReplicaSet", deployment)
    template = child(deployment, "spec", "template")
    wanted = number(deployment, "spec", "replicas", default=1)
    name = f"{text(deployment, 'metadata', 'name')}-{template_hash(template)}"
    newest = next((each for each in sets if text(each, "metadata", "name") == name), None)
    old = [each for each in sets if each is not newest]
    recreate = text(deployment, "spec", "strategy", "type") == "Recreate"
    if value(deployment, "spec", "paused") is not True:
        if recreate and any(number(each, "status", "replicas") for each in old):
            _scale(world, old, 0)
        elif newest is None:
            newest = _create(world, deployment, name, wanted, len(sets) + 1)
        else:
            if number(newest, "spec", "replicas") != wanted:
                _scale(world, [newest], wanted)
            _scale(world, old, max(0, wanted - number(newest, "status", "readyReplicas")))
    world.report("Deployment", deployment, _status(world, deployment, newest, name))


def _create(world: World, deployment: Doc, name: str, wanted: int, revision: int) -> Doc | None:
    digest = name.rpartition("-")[2]
    template = clone(child(deployment, "spec", "template"))
    ensure(template, "metadata", "labels")["pod-template-hash"] = digest
    selector = clone(child(deployment, "spec", "selector"))
    ensure(selector, "matchLabels")["pod-template-hash"] = digest
    owners: list[Json] = [reference(deployment)]
    labels: Doc = {**child(template, "metadata", "labels")}
    marks: Doc = {"deployment.kubernetes.io/revision": str(revision)}
    made: Doc = {
        "metadata": {
            "name": name,
            "namespace": text(deployment, "metadata", "namespace"),
            "labels": labels,
            "annotations": {**marks},
            "ownerReferences": owners,
        },
        "spec": {"replicas": wanted, "selector": selector, "template": template},
    }
    try:
        found = world.create("ReplicaSet", made)
    except StatusError:
        return None
    world.event(deployment, "ScalingReplicaSet", f"Scaled up replica set {name} from 0 to {wanted}")
    marked = clone(deployment)
    ensure(marked, "metadata", "annotations").update(marks)
    world.change("Deployment", marked)
    return found


def _scale(world: World, sets: list[Doc], wanted: int) -> None:
    for each in sets:
        if number(each, "spec", "replicas") > wanted or len(sets) == 1:
            changed = clone(each)
            ensure(changed, "spec")["replicas"] = wanted
            if changed != each:
                metadata = child(changed, "metadata")
                metadata["generation"] = number(metadata, "generation") + 1
                world.change("ReplicaSet", changed)


def _status(world: World, deployment: Doc, newest: Doc | None, name: str) -> Doc:
    now = world.now()
    pods = [
        pod
        for each in world.owned("ReplicaSet", deployment)
        for pod in world.owned("Pod", each)
        if not is_over(pod)
    ]
    updated = (
        [pod for pod in world.owned("Pod", newest) if not is_over(pod)]
        if newest is not None
        else []
    )
    wanted = number(deployment, "spec", "replicas", default=1)
    ready = sum(map(is_ready, pods))
    available = world.available(pods, number(deployment, "spec", "minReadySeconds"))
    counts = {
        "observedGeneration": number(deployment, "metadata", "generation"),
        "replicas": len(pods),
        "updatedReplicas": len(updated),
        "readyReplicas": ready,
        "availableReplicas": available,
        "unavailableReplicas": max(0, max(wanted, len(pods)) - available),
    }
    status = without_zeros(counts)
    enough = available >= wanted - wanted // 4
    conditions: list[Json] = [
        {
            **condition(
                deployment,
                now,
                "Available",
                enough,
                "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
                f"Deployment {'has' if enough else 'does not have'} minimum availability.",
            )
        }
    ]
    complete = len(updated) == len(pods) == available == wanted
    conditions.append(_progress(world, deployment, name, complete, (len(updated), ready)))
    for each in docs(newest, "status", "conditions"):
        if text(each, "type") == "ReplicaFailure":
            conditions.append({**each})
    dated: list[Json] = [_dated(deployment, each, now) for each in conditions]
    status["conditions"] = dated
    return status


def _progress(
    world: World, deployment: Doc, name: str, complete: bool, counts: tuple[int, int]
) -> Doc:
    uid, now = text(deployment, "metadata", "uid"), world.now()
    generation = number(deployment, "metadata", "generation")
    limit = number(deployment, "spec", "progressDeadlineSeconds", default=600)
    if complete:
        told = f'ReplicaSet "{name}" has successfully progressed.'
        return condition(deployment, now, "Progressing", True, "NewReplicaSetAvailable", told)
    age = now - world.first_seen(uid, f"{name} {generation} {counts}")
    if age >= limit:
        told = f'ReplicaSet "{name}" has timed out progressing.'
        return condition(deployment, now, "Progressing", False, "ProgressDeadlineExceeded", told)
    world.wake_in(limit - age)
    told = f'ReplicaSet "{name}" is progressing.'
    return condition(deployment, now, "Progressing", True, "ReplicaSetUpdated", told)


def _dated(doc: Doc, new: Json, now: float) -> Doc:
    """The condition with its lastUpdateTime, which moves when anything in it does."""
    found: Doc = {**new} if isinstance(new, dict) else {}
    for old in docs(doc, "status", "conditions"):
        if {**old, "lastUpdateTime": ""} == {**found, "lastUpdateTime": ""}:
            return old
    found["lastUpdateTime"] = stamp(now)
    return found


def _fill(world: World, replica_set: Doc) -> None:
    pods = [pod for pod in world.owned("Pod", replica_set) if not is_over(pod)]
    wanted = number(replica_set, "spec", "replicas", default=1)
    problem = ""
    for _ in range(wanted - len(pods)):
        try:
            world.create_pod(replica_set, child(replica_set, "spec", "template"))
        except StatusError as refused:
            problem = refused.message
            break
    for pod in sorted(pods, key=is_ready)[: max(0, len(pods) - wanted)]:
        world.delete("Pod", pod)
    pods = [pod for pod in world.owned("Pod", replica_set) if not is_over(pod)]
    counts = {
        "observedGeneration": number(replica_set, "metadata", "generation"),
        "replicas": len(pods),
        "fullyLabeledReplicas": len(pods),
        "readyReplicas": sum(map(is_ready, pods)),
        "availableReplicas": world.available(pods, number(replica_set, "spec", "minReadySeconds")),
    }
    status = without_zeros(counts, "replicas")
    if problem:
        conditions: list[Json] = [
            condition(replica_set, world.now(), "ReplicaFailure", True, "FailedCreate", problem)
        ]
        status["conditions"] = conditions
    world.report("ReplicaSet", replica_set, status)
