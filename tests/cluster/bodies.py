"""Objects as the API server gives them, for the tests of readiness."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

NOW: Final = 1_800_000_000.0
"""Seconds since the epoch at which tests look."""

Body = dict[str, object]


def ago(seconds: float) -> str:
    """The time so long before `NOW`, as the API writes it."""
    return datetime.fromtimestamp(NOW - seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def condition(
    kind: str, status: str = "True", reason: str = "", message: str = "", since: float = 60
) -> Body:
    """An entry of `status.conditions` that is `since` seconds old."""
    return {
        "type": kind,
        "status": status,
        "reason": reason,
        "message": message,
        "lastTransitionTime": ago(since),
    }


def body(
    kind: str,
    api_version: str = "v1",
    *,
    spec: Mapping[str, object] | None = None,
    status: Mapping[str, object] | None = None,
    conditions: tuple[Body, ...] = (),
    generation: int = 2,
) -> Body:
    """An object that its controller has seen, unless `status` says otherwise."""
    listed = {"conditions": list(conditions)} if conditions else {}
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": "it", "generation": generation},
        "spec": dict(spec or {}),
        "status": {"observedGeneration": generation, **listed, **(status or {})},
    }


def pod(
    name: str = "api-7f",
    *,
    waiting: str = "",
    message: str = "",
    crashed: float | None = None,
    init: bool = False,
    scheduled: Body | None = None,
    phase: str = "Pending",
    written: float | None = None,
) -> Body:
    """A pod with one container. `crashed`: seconds since it last ended with 1; `written`: seconds
    since kubelet wrote its status."""
    last = {"terminated": {"exitCode": 1, "finishedAt": ago(crashed)}} if crashed else {}
    state = {"waiting": {"reason": waiting, "message": message}} if waiting else {"running": {}}
    container = {
        "name": "main",
        "ready": False,
        "restartCount": 2 if crashed else 0,
        "state": state,
        "lastState": last,
    }
    managed = [] if written is None else [{"subresource": "status", "time": ago(written)}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "uid": f"uid-{name}", "managedFields": managed},
        "status": {
            "phase": phase,
            "conditions": [scheduled] if scheduled else [],
            "initContainerStatuses" if init else "containerStatuses": [container],
        },
    }


def unschedulable(since: float, message: str = "0/1 nodes: Insufficient cpu.") -> Body:
    """The condition of a pod that no node takes."""
    return condition("PodScheduled", "False", "Unschedulable", message, since)


def deployment(
    *conditions: Body, wanted: int | None = 3, paused: bool = False, **status: object
) -> Body:
    """A Deployment that is done, but for what `status` says."""
    count = 1 if wanted is None else wanted
    words = ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")
    return body(
        "Deployment",
        "apps/v1",
        spec={"replicas": wanted, "paused": paused},
        status={**dict.fromkeys(words, count), **status},
        conditions=conditions or (condition("Available"),),
    )


def stateful_set(spec: Mapping[str, object] | None = None, **status: object) -> Body:
    """A StatefulSet of three that is done, but for what `status` says."""
    done = {
        "replicas": 3,
        "readyReplicas": 3,
        "updatedReplicas": 3,
        "currentRevision": "b",
        "updateRevision": "b",
    }
    whole = {"replicas": 3, **(spec or {})}
    return body("StatefulSet", "apps/v1", spec=whole, status={**done, **status})


def daemon_set(strategy: str = "RollingUpdate", **status: object) -> Body:
    """A DaemonSet on two nodes that is done, but for what `status` says."""
    done = {
        "desiredNumberScheduled": 2,
        "currentNumberScheduled": 2,
        "updatedNumberScheduled": 2,
        "numberAvailable": 2,
        "numberReady": 2,
    }
    spec = {"updateStrategy": {"type": strategy}}
    return body("DaemonSet", "apps/v1", spec=spec, status={**done, **status})


def job(*conditions: Body, spec: Mapping[str, object] | None = None, **status: object) -> Body:
    """A Job of one completion."""
    return {
        **body("Job", "batch/v1", spec={"completions": 1, **(spec or {})}, conditions=conditions),
        "status": {"conditions": list(conditions), **status},
    }
