"""How long a container of a pod may run before it is ready, or done: `stackwright.io/limit: "30"`.

No field of Kubernetes says that. `progressDeadlineSeconds` and `activeDeadlineSeconds` (of a Job
and of a pod alike) run while the image is being pulled; a startup probe counts from when the
container runs, but then has it begin anew.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from orchestration.cluster.fields import Fields

LIMIT: Final = "stackwright.io/limit"
"""The annotation of a pod: seconds for each of its containers to be ready, or, in a pod that never
restarts any, to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnTheClock:
    """A container whose limit is running out. `since`: seconds since the epoch; later than the last
    time at which it was ready."""

    since: float
    limit_s: float
    reason: str


def on_the_clock(pod: Fields, status: Fields) -> OnTheClock | None:
    """What is to be said of a container, by its `status`; None when no limit counts for it: it has
    none, has not begun, or is ready or done."""
    limit = _seconds(pod.text("metadata", "annotations", LIMIT))
    if limit is None:
        return None
    if pod.text("spec", "restartPolicy") == "Never":
        begun = status.time("state", "running", "startedAt")
        reason = f"has not ended, and has {limit:g} s for it"
    else:
        begun = None if status.get("ready") is True else _begun(pod, status)
        reason = f"is not ready, and its gate has {limit:g} s"
    if begun is None:
        return None
    return OnTheClock(since=begun, limit_s=limit, reason=reason)


def _seconds(written: str) -> float | None:
    try:
        found = float(written)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _begun(pod: Fields, status: Fields) -> float | None:
    """When the first run that the status knows began, or the pod ceased to be ready: a gate that
    was open before has its whole time again."""
    runs = (("lastState", "terminated"), ("state", "running"), ("state", "terminated"))
    known = (status.time(*each, "startedAt") for each in runs)
    began = next((each for each in known if each is not None), None)
    unready = pod.says("Ready", "False")
    shut = unready.since if unready is not None else None
    return began if began is None or shut is None else max(began, shut)
