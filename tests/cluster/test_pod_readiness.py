from __future__ import annotations

import pytest

from orchestration.cluster.readiness import judge
from orchestration.model import Failed, NotYet, Ready, Verdict
from tests.cluster.bodies import NOW, Body, body, condition, pod, unschedulable

ENDED: Body = {
    "name": "main",
    "state": {"terminated": {"exitCode": 137, "reason": "OOMKilled", "message": "bye"}},
}
NOT_READY = condition("Ready", "False", "ContainersNotReady", "unready: [main]")
CLAIMS = "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims."
YOUNG = "0/1 nodes are available: 1 had untolerated taint {node.kubernetes.io/not-ready: }."

TABLE: dict[str, tuple[Body, Verdict]] = {
    "running and ready": (
        body("Pod", status={"phase": "Running"}, conditions=(condition("Ready"),)),
        Ready("runs and is ready"),
    ),
    "running": (
        body("Pod", status={"phase": "Running"}, conditions=(NOT_READY,)),
        NotYet("Running: ContainersNotReady: unready: [main]"),
    ),
    "ready and not running": (
        body("Pod", status={"phase": "Pending"}, conditions=(condition("Ready"),)),
        NotYet("Pending"),
    ),
    "new": (body("Pod"), NotYet("no status yet")),
    "succeeded": (body("Pod", status={"phase": "Succeeded"}), Ready("has ended well")),
    "failed": (
        body("Pod", status={"phase": "Failed", "containerStatuses": [ENDED]}),
        Failed("has failed; container main: exit code 137 (killed: out of memory): bye"),
    ),
    "evicted": (
        body("Pod", status={"phase": "Failed", "reason": "Evicted", "message": "disk is full"}),
        Failed("has failed; Evicted: disk is full"),
    ),
    "crashed just now": (
        pod(waiting="CrashLoopBackOff", crashed=9),
        NotYet("pod api-7f: CrashLoopBackOff: exit code 1, restarted 2 times (for 9 s)"),
    ),
    "crashed": (
        pod(waiting="CrashLoopBackOff", crashed=11),
        Failed("pod api-7f: CrashLoopBackOff: exit code 1, restarted 2 times (for 11 s)"),
    ),
    "no image": (
        pod(waiting="ErrImageNeverPull", written=11),
        Failed("pod api-7f: ErrImageNeverPull (for 11 s)"),
    ),
    "being made": (pod(waiting="ContainerCreating", written=99), NotYet("Pending")),
    "unschedulable just now": (
        pod(scheduled=unschedulable(15)),
        NotYet("pod api-7f: Unschedulable: 0/1 nodes: Insufficient cpu. (for 15 s)"),
    ),
    "unschedulable": (
        pod(scheduled=unschedulable(16)),
        Failed("pod api-7f: Unschedulable: 0/1 nodes: Insufficient cpu. (for 16 s)"),
    ),
    "waiting for its claim": (
        pod(scheduled=unschedulable(99, CLAIMS)),
        NotYet(f"Pending: Unschedulable: {CLAIMS}"),
    ),
    "waiting for a node that joins": (
        pod(scheduled=unschedulable(99, YOUNG)),
        NotYet(f"Pending: Unschedulable: {YOUNG}"),
    ),
    "gated": (
        pod(scheduled=condition("PodScheduled", "False", "SchedulingGated", "by a gate", 99)),
        NotYet("Pending: SchedulingGated: by a gate"),
    ),
}


@pytest.mark.parametrize(("given", "verdict"), TABLE.values(), ids=list(TABLE))
def test_a_pod_is_judged_by_its_phase_and_its_containers(given: Body, verdict: Verdict) -> None:
    assert judge(given, (), NOW) == verdict


def test_the_container_is_named_where_there_are_several() -> None:
    given = pod(waiting="ErrImagePull", written=20)
    given["status"] = {
        "initContainerStatuses": [{"name": "first", "ready": True}],
        "containerStatuses": [{"name": "main", "state": {"waiting": {"reason": "ErrImagePull"}}}],
    }
    assert judge(given, (), NOW) == Failed("pod api-7f, container main: ErrImagePull (for 20 s)")


@pytest.mark.parametrize("reason", ["TriggeredScaleUp", "Nominated"])
def test_a_pod_for_which_a_node_is_being_added_is_awaited(reason: str) -> None:
    given = pod(scheduled=unschedulable(600))
    verdict = judge(given, (), NOW, events={"uid-api-7f": [{"reason": reason}]})
    assert verdict == NotYet("pod api-7f: Unschedulable: 0/1 nodes: Insufficient cpu. (for 600 s)")
    other = judge(given, (), NOW, events={"uid-api-7f": [{"reason": "NotTriggerScaleUp"}]})
    assert isinstance(other, Failed)
