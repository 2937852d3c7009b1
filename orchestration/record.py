"""What is remembered of a run, so that another process can find, share, judge and remove it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from orchestration.model import Endpoint, Instance, Lifetime, Owner, Secret


class Phase(StrEnum):
    """Where a run stands. A `wreck` failed and was kept on request."""

    STARTING = "starting"
    UP = "up"
    STOPPING = "stopping"
    WRECK = "wreck"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run of one stack.

    `key`: what two runs must not both hold: the project and stack, and for a session its id.
    `generated`: the password made for this run; a later process needs it to ask the gates again.
    `inputs`: what the run was made from, name → digest; a difference forbids reuse and is told.
    `created`: seconds since the epoch.
    """

    run: str
    key: str
    stack: str
    service: str
    config: str
    engine: str
    url: str
    owner: Owner
    lifetime: Lifetime
    phase: Phase
    created: float
    generated: Secret
    inputs: Mapping[str, str] = field(default_factory=dict)
    instances: Mapping[str, Instance] = field(default_factory=dict)
    endpoints: tuple[Endpoint, ...] = ()
