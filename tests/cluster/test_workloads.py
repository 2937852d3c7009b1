from __future__ import annotations

import pytest

from orchestration.cluster.readiness import judge
from orchestration.model import Failed, NotYet, Ready, Verdict
from tests.cluster.bodies import (
    NOW,
    Body,
    body,
    condition,
    daemon_set,
    deployment,
    pod,
    stateful_set,
    unschedulable,
)

PARTITION: Body = {"updateStrategy": {"rollingUpdate": {"partition": 2}}}
ON_DELETE: Body = {"updateStrategy": {"type": "OnDelete"}}
LATE = condition("Progressing", "False", "ProgressDeadlineExceeded", "it has timed out")

DEPLOYMENTS: dict[str, tuple[Body, Verdict]] = {
    "done": (deployment(), Ready("3 of 3 ready")),
    "one by default": (deployment(wanted=None), Ready("1 of 1 ready")),
    "none wanted": (deployment(wanted=0), Ready("0 of 0 ready")),
    "new": (
        body("Deployment", "apps/v1", spec={"replicas": 2}),
        NotYet("0 of 2 ready, 0 updated, 0 available"),
    ),
    "not updated": (
        deployment(updatedReplicas=1),
        NotYet("3 of 3 ready, 1 updated, 2 old still to go"),
    ),
    "old ones left": (
        deployment(replicas=4, updatedReplicas=3),
        NotYet("3 of 3 ready, 1 old still to go, 1 surplus still to go"),
    ),
    "scaled down": (
        deployment(wanted=1, replicas=3, updatedReplicas=3, readyReplicas=3),
        NotYet("3 of 1 ready, 2 surplus still to go"),
    ),
    "not ready": (
        deployment(readyReplicas=2, availableReplicas=2),
        NotYet("2 of 3 ready, 2 available"),
    ),
    "ready and not available for long enough": (
        deployment(availableReplicas=1),
        NotYet("3 of 3 ready, 1 available"),
    ),
    "not Available": (
        deployment(condition("Available", "False", "MinimumReplicasUnavailable")),
        NotYet("3 of 3 ready, not Available (MinimumReplicasUnavailable)"),
    ),
    "no condition": (
        deployment(condition("Other")),
        NotYet("3 of 3 ready, not Available (the condition is not there yet)"),
    ),
    "paused": (
        deployment(paused=True, updatedReplicas=0),
        NotYet("3 of 3 ready, 0 updated, 3 old still to go, it is paused"),
    ),
    "paused when all is done": (deployment(paused=True), Ready("3 of 3 ready")),
    "too late": (
        deployment(condition("Available"), LATE, readyReplicas=1),
        Failed("1 of 3 ready; ProgressDeadlineExceeded: it has timed out"),
    ),
    "progressing": (
        deployment(
            condition("Available"),
            condition("Progressing", "True", "ReplicaSetUpdated"),
            readyReplicas=1,
        ),
        NotYet("1 of 3 ready"),
    ),
}

SETS: dict[str, tuple[Body, Verdict]] = {
    "done": (stateful_set(), Ready("3 of 3 ready")),
    "not ready": (stateful_set(readyReplicas=2), NotYet("2 of 3 ready")),
    "ready and not for long enough": (
        stateful_set({"minReadySeconds": 5}, availableReplicas=1),
        NotYet("3 of 3 ready, 1 available"),
    ),
    "ready for long enough": (
        stateful_set({"minReadySeconds": 5}, availableReplicas=3),
        Ready("3 of 3 ready"),
    ),
    "surplus": (stateful_set(replicas=4), NotYet("3 of 3 ready, 1 surplus still to go")),
    "an old revision": (
        stateful_set(currentRevision="a", updatedReplicas=1),
        NotYet("3 of 3 ready, its new revision is not current yet (1 updated)"),
    ),
    "partition updated": (
        stateful_set(PARTITION, currentRevision="a", updatedReplicas=1),
        Ready("3 of 3 ready"),
    ),
    "partition not updated": (
        stateful_set(PARTITION, currentRevision="a", updatedReplicas=0),
        NotYet("3 of 3 ready, 0 of 1 above the partition updated"),
    ),
    "partition above all": (
        stateful_set(
            {"updateStrategy": {"rollingUpdate": {"partition": 9}}},
            currentRevision="a",
            updatedReplicas=0,
        ),
        Ready("3 of 3 ready"),
    ),
    "partition updated and not ready": (
        stateful_set(PARTITION, updatedReplicas=1, readyReplicas=2),
        NotYet("2 of 3 ready"),
    ),
    "on delete": (
        stateful_set(ON_DELETE, currentRevision="a", updatedReplicas=0),
        Ready("3 of 3 ready"),
    ),
    "on delete and not ready": (
        stateful_set(ON_DELETE, readyReplicas=0),
        NotYet("0 of 3 ready"),
    ),
}

DAEMONS: dict[str, tuple[Body, Verdict]] = {
    "done": (daemon_set(), Ready("2 of 2 ready")),
    "no node wants it": (
        daemon_set(desiredNumberScheduled=0, numberReady=0, numberAvailable=0),
        Ready("0 of 0 ready"),
    ),
    "not counted": (
        daemon_set(desiredNumberScheduled=None),
        NotYet("nobody has counted its nodes yet"),
    ),
    "not scheduled": (
        daemon_set(currentNumberScheduled=1),
        NotYet("2 of 2 ready, 1 scheduled"),
    ),
    "not updated": (daemon_set(updatedNumberScheduled=0), NotYet("2 of 2 ready, 0 updated")),
    "not available": (daemon_set(numberAvailable=1), NotYet("2 of 2 ready, 1 available")),
    "not ready": (daemon_set(numberReady=1), NotYet("1 of 2 ready")),
    "on delete": (daemon_set("OnDelete", updatedNumberScheduled=0), Ready("2 of 2 ready")),
}

REPLICA_SETS: dict[str, tuple[Body, Verdict]] = {
    "done": (
        body(
            "ReplicaSet",
            "apps/v1",
            status={"replicas": 1, "readyReplicas": 1, "availableReplicas": 1},
        ),
        Ready("1 of 1 ready"),
    ),
    "new": (body("ReplicaSet", "apps/v1"), NotYet("0 of 1 ready, 0 available")),
    "surplus": (
        body(
            "ReplicaSet",
            "apps/v1",
            status={"replicas": 2, "readyReplicas": 1, "availableReplicas": 1},
        ),
        NotYet("1 of 1 ready, 1 surplus still to go"),
    ),
}

CONTROLLERS: dict[str, tuple[Body, Verdict]] = {
    "not looked at": (
        body("ReplicationController", status={"observedGeneration": None}),
        NotYet("its controller has not looked at it yet"),
    ),
    "not ready": (
        body("ReplicationController", status={"replicas": 1}),
        NotYet("0 of 1 ready, 0 available"),
    ),
    "done": (
        body(
            "ReplicationController",
            status={"replicas": 1, "readyReplicas": 1, "availableReplicas": 1},
        ),
        Ready("1 of 1 ready"),
    ),
}

TABLE = {
    f"{kind}: {name}": case
    for kind, cases in {
        "Deployment": DEPLOYMENTS,
        "StatefulSet": SETS,
        "DaemonSet": DAEMONS,
        "ReplicaSet": REPLICA_SETS,
        "ReplicationController": CONTROLLERS,
    }.items()
    for name, case in cases.items()
}


@pytest.mark.parametrize(("given", "verdict"), TABLE.values(), ids=list(TABLE))
def test_a_workload_is_judged_by_its_counts_and_conditions(given: Body, verdict: Verdict) -> None:
    assert judge(given, (), NOW) == verdict


UNREADY = {
    "Deployment": deployment(readyReplicas=2, availableReplicas=2),
    "StatefulSet": stateful_set(readyReplicas=2),
    "DaemonSet": daemon_set(numberReady=1),
}
REASONS = (
    "CrashLoopBackOff",
    "ImagePullBackOff",
    "ErrImagePull",
    "CreateContainerConfigError",
    "InvalidImageName",
)


def stuck(reason: str, since: float, *, init: bool = False) -> Body:
    if reason == "CrashLoopBackOff":
        return pod(waiting=reason, crashed=since, init=init)
    return pod(waiting=reason, message="manifest unknown", written=since, init=init)


@pytest.mark.parametrize("kind", list(UNREADY))
@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("init", [False, True], ids=["container", "init container"])
def test_a_pod_that_cannot_start_fails_its_workload_after_the_grace(
    kind: str, reason: str, init: bool
) -> None:
    early = judge(UNREADY[kind], [stuck(reason, 10, init=init)], NOW)
    late = judge(UNREADY[kind], [stuck(reason, 11, init=init)], NOW)
    assert isinstance(early, NotYet)
    assert isinstance(late, Failed)
    assert f"pod api-7f: {reason}: " in late.reason
    assert late.reason.endswith("(for 11 s)")


def test_a_failure_says_what_a_user_needs() -> None:
    verdict = judge(UNREADY["Deployment"], [stuck("ImagePullBackOff", 12)], NOW)
    assert verdict == Failed(
        "2 of 3 ready, 2 available; pod api-7f: ImagePullBackOff: manifest unknown (for 12 s)"
    )


def test_a_crash_is_told_with_its_end() -> None:
    verdict = judge(UNREADY["StatefulSet"], [stuck("CrashLoopBackOff", 12)], NOW)
    assert verdict == Failed(
        "2 of 3 ready; pod api-7f: CrashLoopBackOff: exit code 1, restarted 2 times (for 12 s)"
    )


def test_a_pod_that_no_node_takes_fails_its_workload_after_the_grace() -> None:
    early = pod(scheduled=unschedulable(15))
    late = pod(scheduled=unschedulable(16))
    assert isinstance(judge(UNREADY["Deployment"], [early], NOW), NotYet)
    assert judge(UNREADY["Deployment"], [late], NOW) == Failed(
        "2 of 3 ready, 2 available; pod api-7f: Unschedulable: 0/1 nodes: Insufficient cpu. "
        "(for 16 s)"
    )


def test_the_trouble_that_counts_is_told_first_and_the_others_are_counted() -> None:
    pods = [
        stuck("ErrImagePull", 2),
        pod("api-8a", waiting="InvalidImageName", written=20),
        pod("api-9b", waiting="InvalidImageName", written=20),
    ]
    verdict = judge(UNREADY["StatefulSet"], pods, NOW)
    assert verdict == Failed("2 of 3 ready; pod api-8a: InvalidImageName (for 20 s) (and 2 more)")


def test_a_workload_that_is_ready_is_not_failed_by_a_pod() -> None:
    assert judge(stateful_set(), [stuck("ErrImagePull", 99)], NOW) == Ready("3 of 3 ready")


def test_pods_that_are_deleted_or_over_fail_nothing() -> None:
    gone = stuck("ErrImagePull", 99)
    gone["metadata"] = {"name": "gone", "deletionTimestamp": "2026-01-01T00:00:00Z"}
    over = pod("over", waiting="ErrImagePull", written=99, phase="Failed")
    assert judge(UNREADY["StatefulSet"], [gone, over], NOW) == NotYet("2 of 3 ready")


def test_a_status_of_an_older_generation_fails_nothing() -> None:
    stale = deployment(condition("Available"), LATE, readyReplicas=0, observedGeneration=1)
    verdict = judge(stale, [stuck("ErrImagePull", 99)], NOW)
    assert verdict == NotYet("its controller is at generation 1 of 2")


def test_what_is_late_is_told_with_its_pod() -> None:
    verdict = judge(
        deployment(condition("Available"), LATE, readyReplicas=1), [stuck("ErrImagePull", 1)], NOW
    )
    assert verdict == Failed(
        "1 of 3 ready; ProgressDeadlineExceeded: it has timed out; "
        "pod api-7f: ErrImagePull: manifest unknown (for 1 s)"
    )
