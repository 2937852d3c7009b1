"""What is known of a cluster, however it was learned."""

from __future__ import annotations

from typing import Final

import pytest

from orchestration.cluster.api import Body, Change, ChangeKind, ResourceKind
from orchestration.cluster.observed import Observed
from orchestration.model import Failed, NotYet, Ready
from tests.cluster.bodies import NOW, ago, body, condition, deployment, job, pod, unschedulable
from tests.cluster.observing import (
    DEPLOYMENTS,
    JOBS,
    MAPS,
    PODS,
    REPLICA_SETS,
    SERVICES,
    SLICES,
    added,
    deleted,
    listing,
    modified,
    ref,
    seen,
)

API: Final = ref(DEPLOYMENTS, "api")
DELETED: Final = Failed("was deleted by somebody else")


def lists(observed: Observed, kind: ResourceKind, *items: Body, namespace: str = "shop") -> None:
    begun = observed.mark()
    observed.listed(kind, namespace, listing(*items), begun=begun, now=NOW)


def sees(observed: Observed, kind: ResourceKind, *changes: Change, now: float = NOW) -> None:
    for each in changes:
        observed.changed(kind, each, now=now)


def running(name: str = "api", *, uid: str = "", generation: int = 2) -> Body:
    """A Deployment that is ready at its generation 2."""
    return seen(DEPLOYMENTS, deployment(), name, uid=uid, generation=generation)


def started(name: str = "api", *, uid: str = "") -> Body:
    """A Deployment at its generation 2 that nobody has looked at."""
    return {**seen(DEPLOYMENTS, body("Deployment"), name, uid=uid, generation=2), "status": {}}


def test_a_list_brings_objects_and_a_watch_their_changes() -> None:
    observed = Observed()
    lists(observed, DEPLOYMENTS, running())
    assert observed.body(API) == running()
    sees(observed, DEPLOYMENTS, modified(started()))
    assert observed.body(API) == started()
    sees(observed, DEPLOYMENTS, deleted(started()))
    assert observed.body(API) is None


def test_an_object_is_the_same_in_every_version_of_its_group() -> None:
    observed = Observed()
    lists(observed, DEPLOYMENTS, running())
    assert observed.verdict(ref(DEPLOYMENTS, "api", version="apps/v1beta2"), NOW) == Ready(
        "3 of 3 ready"
    )
    assert observed.body(ref(DEPLOYMENTS, "api", version="extensions/v1beta1")) is None


def test_items_of_a_list_that_do_not_say_what_they_are_are_judged_as_what_was_listed() -> None:
    observed = Observed()
    bare = {key: each for key, each in started().items() if key not in ("apiVersion", "kind")}
    lists(observed, DEPLOYMENTS, bare)
    assert isinstance(observed.verdict(API, NOW), NotYet)


def test_a_list_replaces_its_namespace_only() -> None:
    observed = Observed()
    lists(observed, DEPLOYMENTS, running())
    lists(observed, DEPLOYMENTS, namespace="other")
    assert observed.body(API) == running()
    lists(observed, DEPLOYMENTS)
    assert observed.body(API) is None


def test_before_its_first_list_an_object_was_not_looked_at() -> None:
    observed = Observed()
    assert observed.verdict(API, NOW) == NotYet("has not been looked at yet")
    lists(observed, DEPLOYMENTS)
    assert observed.verdict(API, NOW) == NotYet("does not exist yet")


def test_what_was_applied_is_there_before_any_list() -> None:
    observed = Observed()
    observed.applied(API, started())
    assert observed.body(API) == started()
    assert observed.verdict(API, NOW) == NotYet("its controller has not looked at it yet")


def test_what_was_applied_while_a_list_was_under_way_is_not_hidden_by_it() -> None:
    observed = Observed()
    begun = observed.mark()
    observed.applied(API, started())
    observed.listed(DEPLOYMENTS, "shop", listing(), begun=begun, now=NOW)
    assert observed.body(API) == started()
    sees(observed, DEPLOYMENTS, added(running()))
    assert observed.verdict(API, NOW) == Ready("3 of 3 ready")


def test_an_old_generation_does_not_hide_what_was_applied() -> None:
    observed = Observed()
    lists(observed, DEPLOYMENTS, running())
    newer = seen(DEPLOYMENTS, deployment(), "api", generation=3)
    observed.applied(API, newer)
    assert observed.verdict(API, NOW) == NotYet("its controller is at generation 2 of 3")
    sees(observed, DEPLOYMENTS, modified(running()))
    assert observed.body(API) == newer
    last = seen(DEPLOYMENTS, deployment(observedGeneration=3), "api", generation=3)
    sees(observed, DEPLOYMENTS, modified(last))
    assert observed.verdict(API, NOW) == Ready("3 of 3 ready")


def test_an_answer_that_comes_after_the_watch_does_not_bring_back_an_older_state() -> None:
    observed = Observed()
    lists(observed, DEPLOYMENTS, running())
    observed.applied(API, started())
    assert observed.verdict(API, NOW) == Ready("3 of 3 ready")


def test_what_was_applied_in_the_place_of_another_is_not_taken_for_it() -> None:
    observed = Observed()
    lists(observed, DEPLOYMENTS, running(uid="old"))
    observed.applied(API, started(uid="new"))
    assert observed.body(API) == started(uid="new")
    sees(observed, DEPLOYMENTS, deleted(running(uid="old")))
    assert observed.body(API) == started(uid="new")


@pytest.mark.parametrize("noticed", ["by the watch", "by a list", "before the answer"])
def test_what_was_applied_and_is_gone_was_deleted_by_somebody_else(noticed: str) -> None:
    observed = Observed()
    lists(observed, DEPLOYMENTS)
    if noticed == "before the answer":
        sees(observed, DEPLOYMENTS, added(started()), deleted(started()))
    observed.applied(API, started())
    if noticed == "by the watch":
        sees(observed, DEPLOYMENTS, added(started()), deleted(started()))
    elif noticed == "by a list":
        lists(observed, DEPLOYMENTS)
    assert observed.verdict(API, NOW) == DELETED
    assert observed.body(API) is None


def test_what_somebody_else_put_in_the_place_of_what_was_applied_is_not_ours() -> None:
    observed = Observed()
    observed.applied(API, started())
    lists(observed, DEPLOYMENTS, running(uid="theirs"))
    assert observed.verdict(API, NOW) == Failed("was deleted by somebody else, and made anew")
    assert observed.body(API) == running(uid="theirs")


def test_what_we_delete_ourselves_is_no_failure_and_can_be_applied_again() -> None:
    observed = Observed()
    observed.applied(API, started())
    observed.forget(API)
    lists(observed, DEPLOYMENTS, started())
    sees(observed, DEPLOYMENTS, deleted(started()))
    assert observed.verdict(API, NOW) == NotYet("does not exist yet")
    observed.applied(API, running(uid="second"))
    assert observed.verdict(API, NOW) == Ready("3 of 3 ready")


def test_nothing_that_is_told_late_brings_back_what_is_gone() -> None:
    observed = Observed()
    lists(observed, DEPLOYMENTS, running())
    sees(observed, DEPLOYMENTS, deleted(running()), modified(running()), added(running()))
    assert observed.body(API) is None


def test_the_late_end_of_an_object_does_not_take_its_successor_away() -> None:
    observed = Observed()
    lists(observed, DEPLOYMENTS, running(uid="second"))
    sees(observed, DEPLOYMENTS, deleted(running(uid="first")))
    assert observed.body(API) == running(uid="second")


def done(*, leaving: bool = False) -> Body:
    left = ago(0) if leaving else None
    complete = job(condition("Complete"), succeeded=1)
    return seen(JOBS, complete, "migrate", deletionTimestamp=left)


MIGRATE: Final = ref(JOBS, "migrate")


def test_a_job_that_its_time_to_live_removes_has_ended_all_the_same() -> None:
    observed = Observed()
    observed.applied(MIGRATE, seen(JOBS, job(), "migrate"))
    lists(observed, JOBS, done(leaving=True))
    assert observed.verdict(MIGRATE, NOW) == Ready("1 of 1 succeeded")
    sees(observed, JOBS, deleted(done(leaving=True)))
    assert observed.verdict(MIGRATE, NOW) == Ready("1 of 1 succeeded")


def test_a_job_that_was_done_and_is_missing_in_a_list_has_ended_all_the_same() -> None:
    observed = Observed()
    observed.applied(MIGRATE, seen(JOBS, job(), "migrate"))
    lists(observed, JOBS, done())
    # Its removal fell into a gap of the watch.
    lists(observed, JOBS)
    assert observed.verdict(MIGRATE, NOW) == Ready("1 of 1 succeeded")


def test_a_job_that_is_removed_before_its_end_is_a_failure() -> None:
    observed = Observed()
    observed.applied(MIGRATE, seen(JOBS, job(), "migrate"))
    leaving = seen(JOBS, job(active=1), "migrate", deletionTimestamp=ago(0))
    lists(observed, JOBS, leaving)
    assert observed.verdict(MIGRATE, NOW) == NotYet("is being deleted")
    sees(observed, JOBS, deleted(leaving))
    assert observed.verdict(MIGRATE, NOW) == DELETED


def unready(generation: int = 2) -> Body:
    return seen(
        DEPLOYMENTS,
        deployment(condition("Available", "False"), readyReplicas=0, availableReplicas=0),
        "api",
        generation=generation,
    )


def replicas(name: str, revision: int) -> Body:
    marks = {"deployment.kubernetes.io/revision": str(revision)}
    return seen(REPLICA_SETS, body("ReplicaSet"), name, owner="uid-api", annotations=marks)


def stuck(name: str = "api-1-x", owner: str = "uid-api-1") -> Body:
    trouble = pod(name, waiting="ImagePullBackOff", message="manifest unknown")
    return seen(PODS, trouble, name, owner=owner)


def watched() -> Observed:
    """An unready Deployment with a pod that was seen to be stuck at `NOW`."""
    observed = Observed()
    lists(observed, DEPLOYMENTS, unready())
    lists(observed, REPLICA_SETS, replicas("api-1", 1))
    lists(observed, PODS, stuck())
    return observed


def test_a_trouble_counts_from_when_it_was_first_seen() -> None:
    observed = watched()
    assert isinstance(observed.verdict(API, NOW + 9.9), NotYet)
    failed = observed.verdict(API, NOW + 10.1)
    assert isinstance(failed, Failed)
    assert failed.reason == (
        "0 of 3 ready, 0 available; pod api-1-x: ImagePullBackOff: manifest unknown (for 10 s)"
    )


def test_a_trouble_that_is_over_begins_anew() -> None:
    observed = watched()
    sees(observed, PODS, modified(seen(PODS, pod(), "api-1-x", owner="uid-api-1")), now=NOW + 5)
    sees(observed, PODS, modified(stuck()), now=NOW + 6)
    assert isinstance(observed.verdict(API, NOW + 12), NotYet)
    assert isinstance(observed.verdict(API, NOW + 17), Failed)


def test_a_list_in_between_forgets_no_trouble() -> None:
    observed = watched()
    begun = observed.mark()
    observed.listed(PODS, "shop", listing(stuck()), begun=begun, now=NOW + 8)
    assert isinstance(observed.verdict(API, NOW + 10.1), Failed)


def test_the_next_look_is_due_when_the_first_grace_ends() -> None:
    observed = watched()
    late = seen(PODS, pod("late", scheduled=unschedulable(0)), "late")
    sees(observed, PODS, added(late), now=NOW)
    due = observed.next_look_s(NOW + 4) or 0
    assert due == pytest.approx(6, abs=0.1)
    assert isinstance(observed.verdict(API, NOW + 4 + due), Failed)
    later = observed.next_look_s(NOW + 11) or 0
    assert later == pytest.approx(4, abs=0.1)
    assert isinstance(observed.verdict(ref(PODS, "late"), NOW + 11 + later), Failed)
    assert observed.next_look_s(NOW + 16) is None


def test_no_look_is_due_when_nothing_is_in_trouble() -> None:
    observed = watched()
    sees(observed, PODS, deleted(stuck()))
    assert observed.next_look_s(NOW) is None


def test_the_pods_of_an_older_revision_do_not_count() -> None:
    observed = watched()
    sees(observed, REPLICA_SETS, added(replicas("api-2", 2)))
    assert observed.pods_of(API) == ()
    assert isinstance(observed.verdict(API, NOW + 60), NotYet)
    fresh = stuck("api-2-x", "uid-api-2")
    sees(observed, PODS, added(fresh), now=NOW + 60)
    assert observed.pods_of(API) == (fresh,)
    assert isinstance(observed.verdict(API, NOW + 61), NotYet)
    assert isinstance(observed.verdict(API, NOW + 71), Failed)


def test_a_pod_that_another_owner_takes_over_leaves_the_first() -> None:
    observed = watched()
    sees(observed, PODS, modified(stuck(owner="somebody")))
    assert observed.pods_of(API) == ()


SERVICE: Final = ref(SERVICES, "api")


def endpoints(name: str, service: str, *ready: bool, namespace: str = "shop") -> Body:
    found = [
        {"addresses": [f"10.0.0.{number}"], "conditions": {"ready": each}}
        for number, each in enumerate(ready)
    ]
    labels = {"kubernetes.io/service-name": service}
    return seen(SLICES, {"endpoints": found}, name, labels=labels, namespace=namespace)


def test_ready_endpoints_are_counted_when_they_are_asked_for() -> None:
    observed = Observed()
    service = seen(SERVICES, body("Service", spec={"selector": {"app": "api"}}), "api")
    lists(observed, SERVICES, service)
    assert observed.verdict(SERVICE, NOW) == Ready("exists")
    assert observed.verdict(SERVICE, NOW, endpoints=True) == NotYet(
        "its endpoints have not been looked at yet"
    )
    lists(observed, SLICES, endpoints("a", "api", False), endpoints("b", "other", True))
    other = endpoints("api", "api", True, namespace="other")
    lists(observed, SLICES, other, namespace="other")
    assert isinstance(observed.verdict(SERVICE, NOW, endpoints=True), NotYet)
    sees(observed, SLICES, modified(endpoints("a", "api", False, True)))
    assert observed.verdict(SERVICE, NOW, endpoints=True) == Ready("1 ready endpoint")


def test_a_bookmark_is_no_object() -> None:
    observed = Observed()
    lists(observed, MAPS)
    mark = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"resourceVersion": "9"}}
    sees(observed, MAPS, Change(kind=ChangeKind.BOOKMARK, body=mark))
    assert observed.body(ref(MAPS, "", namespace="")) is None


@pytest.mark.parametrize("metadata", [None, 3, [], {"uid": 1, "ownerReferences": [1, {}]}])
def test_nonsense_does_no_harm(metadata: object) -> None:
    observed = Observed()
    nonsense: Body = {"metadata": metadata, "status": 1}
    sees(observed, PODS, added(nonsense), modified(nonsense), deleted(nonsense), added(nonsense))
    lists(observed, PODS, nonsense, namespace="")
    lists(observed, PODS, namespace="")
    assert observed.next_look_s(NOW) is None
