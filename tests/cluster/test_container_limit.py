"""How long a component of a stack may take, from when its container runs."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from orchestration.cluster.readiness import judge
from orchestration.cluster.troubles import first_seen
from orchestration.model import Failed, NotYet, Ready, Verdict
from tests.cluster.bodies import NOW, Body, ago, condition, deployment, job

UNREADY = deployment(condition("Available"), wanted=1, readyReplicas=0)
HEAD = "0 of 1 ready; pod web-7f: is not ready, and its gate has 30 s"
RUNNING_JOB = job(active=1)


def web(
    ran: float | None,
    *,
    limit: str = "30",
    ready: bool = False,
    unready_for: float = 500,
    ended: tuple[float, float] | None = None,
    restart: str = "Always",
) -> Body:
    """A pod of a stack. `ran`: seconds since its container began, None: its image is being pulled.
    `ended`: seconds since the run before that began and ended."""
    waiting = {"waiting": {"reason": "ContainerCreating"}}
    state = waiting if ran is None else {"running": {"startedAt": ago(ran)}}
    last: Mapping[str, object] = {}
    if ended is not None:
        began, over = ended
        last = {"terminated": {"exitCode": 3, "startedAt": ago(began), "finishedAt": ago(over)}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "web-7f",
            "uid": "uid-web",
            "annotations": {"stackwright.io/limit": limit},
        },
        "spec": {"restartPolicy": restart},
        "status": {
            "phase": "Running",
            "conditions": [condition("Ready", "True" if ready else "False", since=unready_for)],
            "containerStatuses": [
                {
                    "name": "web",
                    "ready": ready,
                    "restartCount": 1 if ended else 0,
                    "state": state,
                    "lastState": last,
                }
            ],
        },
    }


CASES: dict[str, tuple[Body, Verdict]] = {
    "an image that takes minutes": (web(None), NotYet("0 of 1 ready")),
    "begun": (web(3), NotYet(f"{HEAD} (for 3 s)")),
    "in its grace": (web(40), NotYet(f"{HEAD} (for 40 s)")),
    "a gate that never opens": (web(41), Failed(f"{HEAD} (for 41 s)")),
    "ended by its probe and begun again": (
        web(2, ended=(44, 3)),
        Failed(f"{HEAD}: exit code 3, restarted 1 times (for 44 s)"),
    ),
    "between two runs": (
        web(None, ended=(44, 3)),
        Failed(f"{HEAD}: exit code 3, restarted 1 times (for 44 s)"),
    ),
    "ready until it crashed": (
        web(2, ended=(99, 3), unready_for=3),
        NotYet(f"{HEAD}: exit code 3, restarted 1 times (for 3 s)"),
    ),
    "ready, and its Deployment does not know yet": (web(99, ready=True), NotYet("0 of 1 ready")),
    "no limit": (web(99, limit=""), NotYet("0 of 1 ready")),
    "a limit that is none": (web(99, limit="nan"), NotYet("0 of 1 ready")),
}


@pytest.mark.parametrize(("pod", "verdict"), CASES.values(), ids=list(CASES))
def test_a_gate_has_its_time_from_when_the_container_runs(pod: Body, verdict: Verdict) -> None:
    assert judge(UNREADY, [pod], NOW) == verdict


@pytest.mark.parametrize(
    ("ran", "failed"), [(None, False), (3, False), (40, False), (41, True)], ids=str
)
def test_a_one_shot_has_its_time_from_when_the_container_runs(
    ran: float | None, failed: bool
) -> None:
    """Its container is ready for as long as it runs: it has no probe."""
    verdict = judge(RUNNING_JOB, [web(ran, ready=True, restart="Never")], NOW)
    assert isinstance(verdict, Failed if failed else NotYet)
    if failed:
        assert verdict == Failed(
            "0 of 1 succeeded, 1 active; pod web-7f: has not ended, and has 30 s for it (for 41 s)"
        )


def test_a_job_that_is_done_is_not_failed_by_its_limit() -> None:
    late = web(99, restart="Never")
    assert judge(job(condition("Complete"), succeeded=1), [late], NOW) == Ready("1 of 1 succeeded")


def test_the_time_of_a_gate_goes_on_while_its_container_begins_anew() -> None:
    seen = first_seen({}, [web(1)], NOW)
    seen = first_seen(seen, [web(None, ended=(21, 1))], NOW + 20)
    seen = first_seen(seen, [web(-21, ended=(1, -20))], NOW + 21)
    assert list(seen.values()) == [NOW]
    verdict = judge(UNREADY, [web(-21, ended=(1, -20))], NOW + 41, first_seen=seen)
    assert isinstance(verdict, Failed)
