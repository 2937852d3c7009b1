"""Whether a Job is done. A Job that has started is not: kstatus says so, and it is wrong for us."""

from __future__ import annotations

from orchestration.cluster.look import Look
from orchestration.cluster.refused_pods import refusal
from orchestration.cluster.troubles import terminal, troubles
from orchestration.model import Failed, NotYet, Ready, Verdict


def job(look: Look) -> Verdict:
    """Ready when Complete. Failed when Failed, or about to be (`FailureTarget`: only its pods are
    still being ended), or when a pod cannot start, or is refused: neither counts on a Job's
    backoff limit, so that Job would never end. What crashes is for the Job itself to count."""
    for kind in ("Failed", "FailureTarget"):
        failed = look.object.says(kind)
        if failed is not None:
            return Failed(failed.told("has failed"))
    done = look.object.count("status", "succeeded") or 0
    wanted = look.object.count("spec", "completions")
    progress = f"{done} succeeded" if wanted is None else f"{done} of {wanted} succeeded"
    if look.object.says("Complete") is not None:
        return Ready(progress)
    if look.object.get("spec", "suspend") is True or look.object.says("Suspended") is not None:
        return NotYet(f"is suspended, {progress}: set spec.suspend to false to run it")
    active = look.object.count("status", "active") or 0
    missed = look.object.count("status", "failed") or 0
    parts = [progress, f"{active} active", *([f"{missed} failed"] if missed else [])]
    progress = ", ".join(parts)
    found = troubles(look.pods, look.events)
    lasting = terminal((each for each in found if each.sort != "crash"), look.now, look.first_seen)
    if lasting is not None:
        return Failed(f"{progress}; {lasting.describe(look.now, look.first_seen)}")
    refused = refusal(look)
    told = [refused.describe()] if refused is not None else []
    told += [each.describe(look.now, look.first_seen) for each in found[:1]]
    reason = "; ".join((progress, *told))
    return Failed(reason) if refused is not None and refused.final else NotYet(reason)
