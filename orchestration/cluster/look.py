"""What is known of an object when it is judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from orchestration.cluster.fields import Fields
from orchestration.model import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at an object.

    `pods`: those of the newest revision of a workload. `now`: seconds since the epoch by the
    cluster's clock. `first_seen`: as of `troubles.first_seen`. `endpoints`: how many ready ones a
    Service has, None when that does not matter. `events`: of the object and of its pods, by their
    uid. `room_may_come`: whether pods beside it end by themselves, and what they take of a quota.
    """

    object: Fields
    pods: tuple[Fields, ...] = ()
    now: float
    first_seen: Mapping[str, float] = field(default_factory=dict)
    endpoints: int | None = None
    events: Mapping[str, Sequence[Fields]] = field(default_factory=dict)
    room_may_come: Callable[[], bool] = lambda: False


Rule = Callable[[Look], Verdict]
"""How a kind is judged. The conditions that all kinds share were looked at before."""
