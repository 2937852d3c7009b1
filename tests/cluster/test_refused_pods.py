"""Workloads that get no pods: a quota, Pod Security or a webhook refuses them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from orchestration.cluster.readiness import judge
from orchestration.model import Failed, NotYet, Verdict
from tests.cluster.bodies import (
    NOW,
    Body,
    ago,
    condition,
    daemon_set,
    deployment,
    job,
    pod,
    stateful_set,
)

QUOTA = 'pods "db-0" is forbidden: exceeded quota: few, requested: pods=1'
RULE = 'pods "db-0" is forbidden: violates PodSecurity "restricted:latest"'
ACCOUNT = 'pods "db-0" is forbidden: error looking up service account shop/db: not found'
WEBHOOK = 'Internal error occurred: failed calling webhook "check.shop.test": no endpoints'

SILENT: dict[str, Body] = {
    "StatefulSet": stateful_set(readyReplicas=2),
    "DaemonSet": daemon_set(numberReady=1),
    "Job": job(),
}
"""What has no condition for it."""


def told(reason: str, first: float, last: float, message: str = "") -> Body:
    """An event, seconds ago."""
    times = {"firstTimestamp": ago(first), "lastTimestamp": ago(last)}
    return {"kind": "Event", "reason": reason, "message": message, **times}


def judged(
    body: Body,
    *events: Body,
    pods: Sequence[Body] = (),
    room: Callable[[], bool] = lambda: False,
) -> Verdict:
    metadata = body["metadata"]
    assert isinstance(metadata, dict)
    whole = {**body, "metadata": {**metadata, "uid": "its"}}
    return judge(whole, pods, NOW, events={"its": events}, room_may_come=room)


def refused(since: float, message: str, reason: str = "FailedCreate") -> Body:
    said = condition("ReplicaFailure", "True", reason, message, since)
    return deployment(condition("Available"), said, readyReplicas=1)


def test_a_deployment_may_be_refused_for_a_while() -> None:
    assert judged(refused(15, QUOTA)) == NotYet(f"1 of 3 ready; FailedCreate: {QUOTA} (for 15 s)")
    assert judged(refused(16, QUOTA)) == Failed(f"1 of 3 ready; FailedCreate: {QUOTA} (for 16 s)")


@pytest.mark.parametrize("kind", list(SILENT))
@pytest.mark.parametrize("message", [QUOTA, RULE, ACCOUNT])
def test_what_has_no_condition_for_it_is_judged_by_its_events(kind: str, message: str) -> None:
    early = judged(SILENT[kind], told("FailedCreate", 20, 5, message))
    late = judged(SILENT[kind], told("FailedCreate", 20, 4, message))
    assert isinstance(early, NotYet)
    assert early.reason.endswith(f"; FailedCreate: {message} (for 15 s)")
    assert isinstance(late, Failed)
    assert late.reason.endswith(f"; FailedCreate: {message} (for 16 s)")


def test_attempts_with_names_of_their_own_count_together() -> None:
    names = ("job-bcdfg", "job-hjklm", "job-npqrs")
    events = [
        told("FailedCreate", age, age, f'pods "{name}" is forbidden: exceeded quota')
        for age, name in zip((30, 20, 10), names, strict=True)
    ]
    verdict = judged(job(), *events)
    assert isinstance(verdict, Failed)
    assert "job-npqrs" in verdict.reason


def test_when_nobody_has_tried_again_nothing_is_known() -> None:
    verdict = judged(stateful_set(readyReplicas=0), told("FailedCreate", 300, 290, QUOTA))
    assert isinstance(verdict, NotYet)


def test_a_pod_that_could_be_made_after_all_begins_it_anew() -> None:
    """By its event, or by itself."""
    failed, made = told("FailedCreate", 60, 8, QUOTA), told("SuccessfulCreate", 20, 20)
    assert judged(SILENT["DaemonSet"], failed, made) == NotYet(
        f"1 of 2 ready; FailedCreate: {QUOTA} (for 12 s)"
    )
    young = pod()
    young["metadata"] = {"name": "db-0", "uid": "u", "creationTimestamp": ago(7)}
    assert judged(SILENT["DaemonSet"], failed, pods=[young]) == NotYet("1 of 2 ready")


@pytest.mark.parametrize("given", [refused(900, WEBHOOK), refused(900, "pod busy", "FailedDelete")])
def test_a_webhook_may_be_a_part_of_what_is_deployed_and_is_awaited(given: Body) -> None:
    """So is a pod that is not removed yet."""
    assert isinstance(judged(given), NotYet)
    by_event = judged(stateful_set(readyReplicas=0), told("FailedCreate", 900, 1, WEBHOOK))
    assert isinstance(by_event, NotYet)


def test_a_quota_may_have_room_when_other_pods_end() -> None:
    assert isinstance(judged(refused(99, QUOTA), room=lambda: True), NotYet)
    assert isinstance(judged(refused(99, RULE), room=lambda: True), Failed)


@pytest.mark.parametrize("event", [{}, {"reason": "FailedCreate"}, {"reason": 7, "message": {}}])
def test_an_event_that_says_nothing_fails_nothing(event: Body) -> None:
    assert isinstance(judged(SILENT["Job"], event), NotYet)
