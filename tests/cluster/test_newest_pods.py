"""Which pods show how a workload gets on."""

from __future__ import annotations

from collections.abc import Mapping

from orchestration.cluster.api import Body
from orchestration.cluster.newest_pods import newest_pods

OLD = "2026-01-01T00:00:00Z"
NEW = "2026-01-02T00:00:00Z"


def thing(
    kind: str,
    name: str,
    *,
    owner: str = "",
    created: str = OLD,
    labels: Mapping[str, str] | None = None,
    marks: Mapping[str, str] | None = None,
    status: Mapping[str, object] | None = None,
) -> Body:
    groups = {"Pod": "v1", "ReplicationController": "v1", "Job": "batch/v1"}
    group = groups.get(kind, "apps/v1")
    return {
        "apiVersion": group,
        "kind": kind,
        "metadata": {
            "name": name,
            "uid": f"uid-{name}",
            "creationTimestamp": created,
            "labels": dict(labels or {}),
            "annotations": dict(marks or {}),
            "ownerReferences": [{"uid": f"uid-{owner}", "controller": True}] if owner else [],
        },
        "status": dict(status or {}),
    }


def found(body: Body, *others: Body) -> list[object]:
    """The names of the newest pods of `body` among `others`."""

    def owned(uid: str, group: str, kind: str) -> list[Body]:
        return [each for each in others if each["kind"] == kind and _owner(each) == uid]

    return [_metadata(each)["name"] for each in newest_pods(body, owned)]


def _metadata(body: Body) -> Mapping[str, object]:
    metadata = body["metadata"]
    assert isinstance(metadata, Mapping)
    return metadata


def _owner(body: Body) -> object:
    references = _metadata(body)["ownerReferences"]
    assert isinstance(references, list)
    return references[0]["uid"] if references else None


def replica_set(name: str, revision: str) -> Body:
    marks = {"deployment.kubernetes.io/revision": revision}
    return thing("ReplicaSet", name, owner="api", marks=marks)


def deployment(revision: str = "") -> Body:
    marks = {"deployment.kubernetes.io/revision": revision} if revision else {}
    return thing("Deployment", "api", marks=marks)


SETS = (
    replica_set("api-9", "9"),
    replica_set("api-10", "10"),
    thing("Pod", "old", owner="api-9"),
    thing("Pod", "new", owner="api-10"),
)


def test_a_deployment_has_the_pods_of_the_highest_revision() -> None:
    assert found(deployment("10"), *SETS) == ["new"]


def test_revisions_are_compared_as_numbers_and_none_is_the_lowest() -> None:
    odd = thing("ReplicaSet", "api-x", owner="api", created=NEW)
    assert found(deployment(), *SETS, odd, thing("Pod", "odd", owner="api-x")) == ["new"]


def test_a_revision_that_the_deployment_knows_and_nobody_has_seen_has_no_pods() -> None:
    assert found(deployment("11"), *SETS) == []


def test_a_revision_that_somebody_wrote_into_the_manifest_changes_nothing() -> None:
    assert found(deployment("1"), *SETS) == ["new"]
    assert found(deployment("not a number"), *SETS) == ["new"]


def test_a_deployment_without_replica_sets_has_no_pods() -> None:
    assert found(deployment(), thing("Pod", "stray", owner="else")) == []


def revised(name: str, owner: str, digest: str, created: str = OLD, generation: str = "") -> Body:
    labels = {"controller-revision-hash": digest} if digest else {}
    if generation:
        labels["pod-template-generation"] = generation
    return thing("Pod", name, owner=owner, created=created, labels=labels)


def test_a_stateful_set_has_the_pods_of_its_update_revision() -> None:
    pods = (revised("db-0", "db", "a"), revised("db-1", "db", "b"), revised("db-2", "db", ""))
    assert found(thing("StatefulSet", "db", status={"updateRevision": "b"}), *pods) == [
        "db-1",
        "db-2",
    ]


def test_a_stateful_set_without_an_update_revision_has_all_its_pods() -> None:
    pods = (revised("db-0", "db", "a"), revised("db-1", "db", "b"))
    assert found(thing("StatefulSet", "db"), *pods) == ["db-0", "db-1"]


def test_a_daemon_set_has_the_pods_of_the_revision_created_last() -> None:
    pods = (revised("a", "agent", "x"), revised("b", "agent", "y", NEW), revised("c", "agent", "y"))
    assert found(thing("DaemonSet", "agent"), *pods) == ["b", "c"]


def test_a_daemon_set_goes_by_the_generation_of_the_template_before_it_goes_by_age() -> None:
    pods = (revised("a", "agent", "x", OLD, "10"), revised("b", "agent", "y", NEW, "9"))
    assert found(thing("DaemonSet", "agent"), *pods) == ["a"]


def test_a_daemon_set_whose_newest_template_has_no_pods_yet_has_none() -> None:
    marks = {"deprecated.daemonset.template.generation": "2"}
    pods = (revised("a", "agent", "x", OLD, "1"),)
    assert found(thing("DaemonSet", "agent", marks=marks), *pods) == []


def test_a_job_and_a_replica_set_have_all_their_pods() -> None:
    for kind in ("Job", "ReplicaSet", "ReplicationController"):
        pods = (thing("Pod", "a", owner="it"), thing("Pod", "b", owner="it"))
        assert found(thing(kind, "it"), *pods, thing("Pod", "c", owner="other")) == ["a", "b"]


def test_a_pod_is_its_own() -> None:
    assert found(thing("Pod", "one")) == ["one"]


def test_other_kinds_have_none() -> None:
    assert found(thing("Service", "api"), thing("Pod", "a", owner="api")) == []


def test_what_is_in_an_object_by_accident_does_no_harm() -> None:
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": 3}
    sets = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"annotations": []}}
    assert newest_pods(body, lambda uid, group, kind: [sets] if kind == "ReplicaSet" else []) == ()
