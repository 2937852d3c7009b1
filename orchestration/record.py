"""What is remembered of a run, so that another process can find, share, judge and remove it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from orchestration.model import Endpoint, HostPort, Instance, Lifetime, Secret
from orchestration.owner import Owner

PLATFORM_KEY: Final = "e2e/"
"""Before the names of platforms in the keys of run records: they are no stacks."""


class Phase(StrEnum):
    """Where a run stands. A `wreck` failed and was kept on request."""

    STARTING = "starting"
    UP = "up"
    STOPPING = "stopping"
    WRECK = "wreck"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Somebody who uses a run. The last one out takes it down.

    `lifetime` SESSION: `owner` is the process, and the hold ends with it; `use` tells several uses
    in one process apart. KEPT: somebody wants it up until they say otherwise; `owner` is the leader
    of their terminal or job, which only tells one such hold from another, so that asking twice from
    one place is one hold.
    """

    owner: Owner
    lifetime: Lifetime
    use: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterPlace:
    """Where a run on Kubernetes lives, so that another process finds it again.

    `kubeconfig`: the file, "" for the usual ones; `kind`: the name of the cluster that was made for
    the run, "" for one that was there; `published`: its node ports, and the ports of this machine
    behind them. `builder`, `builder_url`: the engine that built its images, "" when none were.
    """

    kubeconfig: str
    context: str
    namespace: str
    kind: str = ""
    published: tuple[tuple[int, int], ...] = ()
    builder: str = ""
    builder_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run of one stack, or of one E2E platform.

    `owner`: the process that answers for it, `starter`: the one that brings it up or takes it down;
    under xdist they are controller and worker. `holds`: who uses it, none twice.
    `ports`: leased: no other run on this machine starts on them.
    `key`: what two runs must not both hold: the project and stack, and for a session its id.
    `generated`: the password made for this run; a later process needs it to ask the gates again.
    `inputs`: what the run was made from, name → digest; a difference forbids reuse and is told.
    `created`: seconds since the epoch. `cluster`: where it is when its engine is `kubernetes`, None
    for what runs on this machine. `outside`: what is applied outside of its namespace there, as
    `apiVersion/Kind@namespace=name,name`, written down before the first of it is: the namespace,
    which says the same, may be deleted by somebody else.
    """

    run: str
    key: str
    stack: str
    service: str
    config: str
    engine: str
    url: str
    owner: Owner
    starter: Owner
    lifetime: Lifetime
    phase: Phase
    created: float
    generated: Secret
    holds: tuple[Hold, ...] = ()
    ports: tuple[HostPort, ...] = ()
    inputs: Mapping[str, str] = field(default_factory=dict)
    instances: Mapping[str, Instance] = field(default_factory=dict)
    endpoints: tuple[Endpoint, ...] = ()
    cluster: ClusterPlace | None = None
    outside: tuple[str, ...] = ()

    @property
    def command(self) -> str:
        """Whose commands are for it: `e2e` for a platform, `stack` for a stack, wherever it is."""
        named = self.key.removeprefix(f"{self.config}#")
        return "e2e" if named.startswith(PLATFORM_KEY) else "stack"

    @property
    def place(self) -> ClusterPlace:
        """Where on a cluster it is. Raises ValueError for what runs on this machine."""
        if self.cluster is None:
            raise ValueError(f"run {self.run} is on no cluster")
        return self.cluster

    @property
    def noun(self) -> str:
        """What it is a run of."""
        return "platform" if self.command == "e2e" else "stack"
