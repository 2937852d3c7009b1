"""That a controller gets no pods: a quota, Pod Security or a webhook refuses them, time and again.

Deployments and ReplicaSets have a condition for it, `ReplicaFailure`. Of all others only the events
of the controller say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from orchestration.cluster.fields import Fields, told
from orchestration.cluster.look import Look

GRACE_S: Final = 15.0
"""What a controller may be refused: a service account may be made a moment later. Controllers try
again after pauses that double, the first of them a few milliseconds."""

FAILED: Final = "FailedCreate"
MADE: Final = "SuccessfulCreate"

_PASSING: Final = (
    # Its own pods may have to start first, and may be among those that are waited for.
    "failed calling webhook",
)
_QUOTA: Final = "exceeded quota"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """`lasted_s`: for how long it is known that every attempt was refused."""

    reason: str
    lasted_s: float
    passing: bool

    @property
    def final(self) -> bool:
        """Whether waiting has no sense any more."""
        return self.lasted_s > GRACE_S and not self.passing

    def describe(self) -> str:
        """`FailedCreate: pods "db-0" is forbidden: exceeded quota (for 16 s)`."""
        return self.reason + (f" (for {self.lasted_s:.0f} s)" if self.lasted_s >= 1 else "")


def refusal(look: Look) -> Refusal | None:
    """How a workload's pods are refused, None when they are not."""
    return _by_condition(look) or _by_events(look)


def grace_left_s(fields: Fields, now: float) -> float | None:
    """Seconds until a refusal becomes final though nothing happens."""
    found = fields.says("ReplicaFailure")
    if found is None or found.since is None or now - found.since > GRACE_S:
        return None
    return GRACE_S - (now - found.since)


def event_time(event: Fields) -> float:
    """When an event happened last."""
    return _time(event, ("series", "lastObservedTime"), ("lastTimestamp",), ("eventTime",))


def _by_condition(look: Look) -> Refusal | None:
    found = look.object.says("ReplicaFailure")
    if found is None:
        return None
    reason = found.told("its pods are refused")
    return Refusal(
        reason=reason,
        lasted_s=look.now - found.since if found.since is not None else 0.0,
        # The other one is that pods are not removed.
        passing=found.reason != FAILED or _passes(reason, look),
    )


def _by_events(look: Look) -> Refusal | None:
    """From the first to the last attempt since a pod was made. Between them nobody tried, so what
    was mended in the meantime would not be known."""
    events = look.events.get(look.object.text("metadata", "uid"), ())
    made = [event_time(each) for each in events if each.text("reason") == MADE]
    made += [each.time("metadata", "creationTimestamp") or 0.0 for each in look.pods]
    since = max(made, default=0.0)
    failed = [each for each in events if each.text("reason") == FAILED and event_time(each) > since]
    if not failed:
        return None
    last = max(failed, key=event_time)
    first = min(_time(each, ("firstTimestamp",), ("eventTime",)) for each in failed)
    reason = told(FAILED, last.text("message"))
    return Refusal(
        reason=reason,
        lasted_s=max(0.0, event_time(last) - max(first, since)),
        passing=_passes(reason, look),
    )


def _passes(reason: str, look: Look) -> bool:
    if any(words in reason for words in _PASSING):
        return True
    return _QUOTA in reason and look.room_may_come()


def _time(event: Fields, *paths: tuple[str, ...]) -> float:
    times = (event.time(*path) for path in (*paths, ("metadata", "creationTimestamp")))
    return next((each for each in times if each is not None), 0.0)
