"""Which pods show how a workload gets on: those of what was applied last.

Pods of older revisions may crash as they like, they are on their way out. While the newest
revision is known and nothing of it has been seen yet, there are no pods: lists of different kinds
arrive in any order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from orchestration.cluster.api import Body
from orchestration.cluster.fields import Fields
from orchestration.cluster.manifest import group_of

Owned = Callable[[str, str, str], Sequence[Body]]
"""The objects of a group and kind whose controller has this uid: `owned(uid, "apps",
"ReplicaSet")`."""

_REVISION: Final = "deployment.kubernetes.io/revision"
_TEMPLATE: Final = "deprecated.daemonset.template.generation"
_TEMPLATE_LABEL: Final = "pod-template-generation"
_HASH: Final = "controller-revision-hash"


def newest_pods(body: Body, owned: Owned) -> tuple[Body, ...]:
    """The pods of the newest ReplicaSet of a Deployment, of the newest revision of a StatefulSet
    or DaemonSet, all of a Job, ReplicaSet or
    ReplicationController, a Pod itself; of other kinds none."""
    fields = Fields(body)
    uid = fields.text("metadata", "uid")
    match group_of(fields.text("apiVersion")), fields.text("kind"):
        case "", "Pod":
            return (body,)
        case "apps", "Deployment":
            return _of_deployment(fields, owned)
        case "apps", "StatefulSet":
            return _of_stateful_set(fields, owned(uid, "", "Pod"))
        case "apps", "DaemonSet":
            return _of_daemon_set(fields, owned(uid, "", "Pod"))
        case ("apps", "ReplicaSet") | ("", "ReplicationController") | ("batch", "Job"):
            return tuple(owned(uid, "", "Pod"))
        case _:
            return ()


def _of_deployment(fields: Fields, owned: Owned) -> tuple[Body, ...]:
    sets = [Fields(each) for each in owned(fields.text("metadata", "uid"), "apps", "ReplicaSet")]
    if not sets:
        return ()
    newest = max(sets, key=lambda each: (_revision(each), each.time(*_CREATED) or 0.0))
    # The controller marks the Deployment after the ReplicaSet, before it says that it has seen it.
    if _revision(newest) < _revision(fields):
        return ()
    return tuple(owned(newest.text("metadata", "uid"), "", "Pod"))


_CREATED: Final = ("metadata", "creationTimestamp")


def _revision(fields: Fields) -> int:
    return _number(fields.text("metadata", "annotations", _REVISION))


def _of_stateful_set(fields: Fields, pods: Sequence[Body]) -> tuple[Body, ...]:
    wanted = fields.text("status", "updateRevision")
    return tuple(each for each in pods if not wanted or _hash(Fields(each)) in ("", wanted))


def _of_daemon_set(fields: Fields, pods: Sequence[Body]) -> tuple[Body, ...]:
    if not pods:
        return ()
    newest = max((Fields(each) for each in pods), key=_age)
    if _generation(newest) < _number(fields.text("metadata", "annotations", _TEMPLATE)):
        return ()
    return tuple(each for each in pods if _hash(Fields(each)) == _hash(newest))


def _age(pod: Fields) -> tuple[int, float]:
    return _generation(pod), pod.time(*_CREATED) or 0.0


def _generation(pod: Fields) -> int:
    return _number(pod.text("metadata", "labels", _TEMPLATE_LABEL))


def _hash(pod: Fields) -> str:
    return pod.text("metadata", "labels", _HASH)


def _number(written: str) -> int:
    """0 when it is none: no revision is."""
    return int(written) if written.isascii() and written.isdigit() and len(written) < 20 else 0
