"""What was observed of events, and of the pods that a quota may be waiting for."""

from __future__ import annotations

from typing import Final

import pytest

from orchestration.cluster.api import Body, ResourceKind
from orchestration.cluster.observed import Observed
from orchestration.model import Failed, NotYet
from tests.cluster.bodies import NOW, ago, condition, deployment, job, pod, unschedulable
from tests.cluster.observing import DEPLOYMENTS, JOBS, PODS, added, deleted, listing, ref, seen

EVENTS: Final = ResourceKind(api_version="v1", kind="Event", plural="events", namespaced=True)
QUOTA: Final = 'pods "migrate-bcdfg" is forbidden: exceeded quota: few'
MIGRATE: Final = seen(JOBS, job(), "migrate", creationTimestamp=ago(30))
REFUSED: Final = deployment(
    condition("Available"),
    condition("ReplicaFailure", "True", "FailedCreate", QUOTA, 12),
    readyReplicas=0,
)


def event(about: str, reason: str, name: str = "one") -> Body:
    """Of the object with that uid, repeated for a long time."""
    told: Body = {
        "reason": reason,
        "message": QUOTA,
        "involvedObject": {"uid": about},
        "firstTimestamp": ago(99),
        "lastTimestamp": ago(1),
    }
    return seen(EVENTS, told, name)


def observed(*jobs: Body, pods: tuple[Body, ...] = (), events: tuple[Body, ...] = ()) -> Observed:
    made = Observed()
    for kind, items in ((JOBS, jobs), (PODS, pods), (EVENTS, events)):
        made.listed(kind, "shop", listing(*items), begun=made.mark(), now=NOW)
    return made


def test_events_are_those_of_the_object_that_they_name() -> None:
    mine = observed(MIGRATE, events=(event("uid-migrate", "FailedCreate"),))
    assert isinstance(mine.verdict(ref(JOBS, "migrate"), NOW), Failed)
    foreign = observed(MIGRATE, events=(event("uid-other", "FailedCreate"),))
    assert isinstance(foreign.verdict(ref(JOBS, "migrate"), NOW), NotYet)


def test_an_event_that_is_gone_says_nothing_any_more() -> None:
    told = event("uid-migrate", "FailedCreate")
    found = observed(MIGRATE)
    found.changed(EVENTS, added(told), now=NOW)
    assert isinstance(found.verdict(ref(JOBS, "migrate"), NOW), Failed)
    found.changed(EVENTS, deleted(told), now=NOW)
    assert isinstance(found.verdict(ref(JOBS, "migrate"), NOW), NotYet)


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        ({"spec": {"restartPolicy": "Never"}, "status": {"phase": "Running"}}, NotYet),
        ({"spec": {"restartPolicy": "Never"}, "status": {"phase": "Succeeded"}}, Failed),
        ({"spec": {"restartPolicy": "Always"}, "status": {"phase": "Running"}}, Failed),
        ({"metadata": {"deletionTimestamp": ago(1)}}, NotYet),
    ],
    ids=["runs to its end", "has ended", "runs for ever", "is being deleted"],
)
def test_a_pod_that_ends_may_make_room_in_a_quota(other: Body, verdict: type) -> None:
    told = event("uid-migrate", "FailedCreate")
    found = observed(MIGRATE, pods=(seen(PODS, other, "seed"),), events=(told,))
    assert isinstance(found.verdict(ref(JOBS, "migrate"), NOW), verdict)


def test_a_pod_of_another_namespace_makes_no_room() -> None:
    other = seen(PODS, {"spec": {"restartPolicy": "Never"}}, "seed", namespace="elsewhere")
    found = observed(MIGRATE, events=(event("uid-migrate", "FailedCreate"),))
    found.changed(PODS, added(other), now=NOW)
    assert isinstance(found.verdict(ref(JOBS, "migrate"), NOW), Failed)


def test_a_node_that_is_being_added_for_a_pod_is_awaited() -> None:
    waiting = seen(PODS, pod(scheduled=unschedulable(90)), "api")
    without = observed(pods=(waiting,))
    assert isinstance(without.verdict(ref(PODS, "api"), NOW), Failed)
    coming = observed(pods=(waiting,), events=(event("uid-api", "TriggeredScaleUp"),))
    assert isinstance(coming.verdict(ref(PODS, "api"), NOW), NotYet)


def test_events_are_asked_for_only_where_they_may_say_why() -> None:
    young = seen(JOBS, job(), "seed", creationTimestamp=ago(2))
    stuck = seen(PODS, pod(scheduled=unschedulable(1)), "api")
    found = observed(MIGRATE, young, pods=(stuck, seen(PODS, pod(), "web")))
    asked = [
        found.asks_for_events(ref(kind, name), NOW)
        for kind, name in ((JOBS, "migrate"), (JOBS, "seed"), (PODS, "api"), (PODS, "web"))
    ]
    assert asked == [True, False, True, False]
    assert not found.asks_for_events(ref(JOBS, "none"), NOW)


def test_the_next_look_is_due_when_the_grace_of_a_refusal_ends() -> None:
    found = Observed()
    found.changed(DEPLOYMENTS, added(seen(DEPLOYMENTS, REFUSED, "api")), now=NOW)
    due = found.next_look_s(NOW)
    assert due == pytest.approx(3, abs=0.1)
    assert isinstance(found.verdict(ref(DEPLOYMENTS, "api"), NOW), NotYet)
    assert isinstance(found.verdict(ref(DEPLOYMENTS, "api"), NOW + (due or 0)), Failed)
    assert found.next_look_s(NOW + 9) is None
