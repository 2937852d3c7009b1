from __future__ import annotations

import pytest

from orchestration.cluster.readiness import judge
from orchestration.model import Failed, NotYet, Ready, Verdict
from tests.cluster.bodies import NOW, Body, condition, job, pod, unschedulable

MISSED = "it has reached the specified backoff limit"

TABLE: dict[str, tuple[Body, Verdict]] = {
    "new": (job(), NotYet("0 of 1 succeeded, 0 active")),
    "started": (job(active=1), NotYet("0 of 1 succeeded, 1 active")),
    "trying again": (job(active=1, failed=2), NotYet("0 of 1 succeeded, 1 active, 2 failed")),
    "any number": (
        job(spec={"completions": None}, active=2, succeeded=3),
        NotYet("3 succeeded, 2 active"),
    ),
    "done": (job(condition("Complete"), succeeded=1), Ready("1 of 1 succeeded")),
    "about to be done": (
        job(condition("SuccessCriteriaMet"), succeeded=1),
        NotYet("1 of 1 succeeded, 0 active"),
    ),
    "failed": (
        job(condition("Failed", "True", "BackoffLimitExceeded", MISSED), failed=7),
        Failed(f"BackoffLimitExceeded: {MISSED}"),
    ),
    "not failed": (
        job(condition("Failed", "False"), active=1),
        NotYet("0 of 1 succeeded, 1 active"),
    ),
    "about to fail": (
        job(condition("FailureTarget", "True", "DeadlineExceeded"), active=1),
        Failed("DeadlineExceeded"),
    ),
    "suspended": (
        job(spec={"suspend": True}),
        NotYet("is suspended, 0 of 1 succeeded: set spec.suspend to false to run it"),
    ),
    "suspended by its condition": (
        job(condition("Suspended", "True", "JobSuspended")),
        NotYet("is suspended, 0 of 1 succeeded: set spec.suspend to false to run it"),
    ),
    "resumed": (
        job(condition("Suspended", "False", "JobResumed"), active=1),
        NotYet("0 of 1 succeeded, 1 active"),
    ),
}


@pytest.mark.parametrize(("given", "verdict"), TABLE.values(), ids=list(TABLE))
def test_a_job_is_ready_when_it_is_done(given: Body, verdict: Verdict) -> None:
    assert judge(given, (), NOW) == verdict


def test_a_job_whose_image_cannot_be_pulled_would_never_end() -> None:
    early = judge(job(active=1), [pod(waiting="ErrImagePull", written=10)], NOW)
    late = judge(job(active=1), [pod(waiting="ErrImagePull", written=11)], NOW)
    assert early == NotYet("0 of 1 succeeded, 1 active; pod api-7f: ErrImagePull (for 10 s)")
    assert late == Failed("0 of 1 succeeded, 1 active; pod api-7f: ErrImagePull (for 11 s)")


def test_a_job_that_no_node_takes_fails() -> None:
    verdict = judge(job(active=1), [pod(scheduled=unschedulable(16))], NOW)
    assert isinstance(verdict, Failed)


def test_the_job_itself_counts_what_crashes() -> None:
    verdict = judge(job(active=1), [pod(waiting="CrashLoopBackOff", crashed=99)], NOW)
    assert verdict == NotYet(
        "0 of 1 succeeded, 1 active; "
        "pod api-7f: CrashLoopBackOff: exit code 1, restarted 2 times (for 99 s)"
    )
