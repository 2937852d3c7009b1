"""Jobs."""

from __future__ import annotations

from tests.kube.cluster_clock import stamp
from tests.kube.controllers.world import World, without_zeros
from tests.kube.json_values import Doc, Json, child, clone, docs, ensure, number, text, value
from tests.kube.pod_status import condition, is_over, is_ready
from tests.kube.status_error import StatusError


def reconcile(world: World) -> None:
    """One round over all Jobs."""
    for job in world.living("Job"):
        if _finished(job):
            _expire(world, job)
        else:
            _work(world, job)


def _finished(job: Doc) -> bool:
    return any(
        text(each, "type") in ("Complete", "Failed") and text(each, "status") == "True"
        for each in docs(job, "status", "conditions")
    )


def _expire(world: World, job: Doc) -> None:
    lifetime = value(job, "spec", "ttlSecondsAfterFinished")
    if isinstance(lifetime, int):
        age = world.now() - world.first_seen(text(job, "metadata", "uid"), "finished")
        if age >= lifetime:
            world.delete("Job", job)
        else:
            world.wake_in(lifetime - age)


def _work(world: World, job: Doc) -> None:
    if value(job, "spec", "suspend") is True:
        suspended = condition(job, world.now(), "Suspended", True, "JobSuspended", "Job suspended")
        world.report("Job", job, {"conditions": [suspended], "ready": 0, "terminating": 0})
        return
    uid, now = text(job, "metadata", "uid"), world.now()
    began = world.first_seen(uid, "began")
    pods = world.owned("Pod", job)
    succeeded = sum(text(pod, "status", "phase") == "Succeeded" for pod in pods)
    failed = sum(text(pod, "status", "phase") == "Failed" for pod in pods)
    restarts = sum(
        number(each, "restartCount")
        for pod in pods
        if text(pod, "spec", "restartPolicy") == "OnFailure"
        for each in docs(pod, "status", "containerStatuses")
    )
    active = [pod for pod in pods if not is_over(pod)]
    wanted = number(job, "spec", "completions", default=1)
    problem = _problem(world, job, failed + restarts, now - began)
    if problem or succeeded >= wanted:
        for pod in active:
            world.delete("Pod", pod)
        active = []
    else:
        limit = min(number(job, "spec", "parallelism", default=1), wanted - succeeded)
        if len(active) < limit and _may_try(world, uid, failed):
            for _ in range(limit - len(active)):
                _start(world, job)
            active = [pod for pod in world.owned("Pod", job) if not is_over(pod)]
    ready = sum(map(is_ready, active))
    counts = {"active": len(active), "ready": ready, "succeeded": succeeded, "failed": failed}
    status = without_zeros(counts, "ready")
    status |= {
        "startTime": text(job, "status", "startTime") or stamp(began),
        "uncountedTerminatedPods": {},
        "terminating": 0,
    }
    conditions: list[Json] = []
    if problem:
        conditions = _both(job, now, "FailureTarget", "Failed", *problem)
        world.event(job, *problem, warning=True)
    elif succeeded >= wanted:
        told = ("CompletionsReached", "Reached expected number of succeeded pods")
        conditions = _both(job, now, "SuccessCriteriaMet", "Complete", *told)
        status["completionTime"] = stamp(now)
        world.event(job, "Completed", "Job completed")
    if conditions:
        status["conditions"] = conditions
    world.report("Job", job, status)


def _both(job: Doc, now: float, first: str, second: str, *why: str) -> list[Json]:
    return [
        {**condition(job, now, kind, True, *why), "lastProbeTime": stamp(now)}
        for kind in (first, second)
    ]


def _problem(world: World, job: Doc, failures: int, age: float) -> tuple[str, str] | None:
    if failures > number(job, "spec", "backoffLimit", default=6):
        return ("BackoffLimitExceeded", "Job has reached the specified backoff limit")
    deadline = value(job, "spec", "activeDeadlineSeconds")
    if isinstance(deadline, int):
        if age >= deadline:
            return ("DeadlineExceeded", "Job was active longer than specified deadline")
        world.wake_in(deadline - age)
    return None


def _may_try(world: World, uid: str, failed: int) -> bool:
    """Whether the pause after the last failure is over."""
    if not failed:
        return True
    left = world.conduct.retry_s - (world.now() - world.first_seen(uid, f"failed {failed}"))
    if left > 0:
        world.wake_in(left)
    return left <= 0


def _start(world: World, job: Doc) -> None:
    template = clone(child(job, "spec", "template"))
    labels = ensure(template, "metadata", "labels")
    labels["batch.kubernetes.io/job-name"] = text(job, "metadata", "name")
    try:
        world.create_pod(job, template)
    except StatusError:
        return
