"""Find and remove what dead runs left behind, and never anything else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orchestration.model import Label, Lifetime, Resource
from orchestration.owner import Owner
from orchestration.ports import Engine, Owners, Runs
from orchestration.record import Phase, RunRecord
from orchestration.sharing import abandoned, not_told, untold


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A run that nobody answers for any more. `why`: how that is known."""

    run: str
    stack: str
    resources: tuple[Resource, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a look at an engine came to: runs provably dead, and runs left alone with the reason."""

    dead: tuple[Leftover, ...]
    spared: tuple[Leftover, ...]


def judge(engine: Engine, runs: Runs, owners: Owners) -> Judgement:
    """Sort every run that the engine holds something of into dead and spared."""
    dead: list[Leftover] = []
    spared: list[Leftover] = []
    for run, resources in _by_run(engine.list_resources({Label.RUN: ""})).items():
        labels = resources[0].labels
        reason = _alive_because(labels, runs.get(run), runs.identity, owners)
        owner = labels.get(Label.OWNER, "")
        leftover = Leftover(
            run=run,
            stack=labels.get(Label.STACK, "?"),
            resources=resources,
            why=reason or f"its owner {owner} is dead",
        )
        (spared if reason else dead).append(leftover)
    return Judgement(dead=tuple(dead), spared=tuple(spared))


def stale_records(runs: Runs, owners: Owners, held: Iterable[str]) -> tuple[RunRecord, ...]:
    """Records of abandoned runs of which the engine holds nothing (`held`: what it holds)."""
    present = set(held)
    return tuple(
        record for record in runs.all() if record.run not in present and abandoned(record, owners)
    )


def _by_run(resources: Iterable[Resource]) -> dict[str, tuple[Resource, ...]]:
    grouped: dict[str, tuple[Resource, ...]] = {}
    for resource in resources:
        run = resource.labels.get(Label.RUN, "")
        if run:
            grouped[run] = (*grouped.get(run, ()), resource)
    return grouped


def _alive_because(
    labels: Mapping[str, str], record: RunRecord | None, identity: str, owners: Owners
) -> str | None:
    """Why the run must be left alone, or None when it is provably dead."""
    if record is not None and record.cluster is not None:
        return "its platform is on a cluster: `stackwright e2e clean` judges it"
    if record is not None:
        return None if abandoned(record, owners) else _in_words(record, owners)
    owner = Owner.decode(labels.get(Label.OWNER, ""))
    if owner is None:
        return "its owner label cannot be read"
    alive = owners.alive(owner)
    if alive is None:
        return not_told(owner)
    if alive:
        return f"its owner, process {owner.pid}, is alive"
    if labels.get(Label.LIFETIME) == Lifetime.KEPT and labels.get(Label.STATE) != identity:
        return "it is kept, and its record lives in another state directory"
    return None


def _in_words(record: RunRecord, owners: Owners) -> str:
    unseen = untold(record, owners)
    match record.phase:
        case Phase.WRECK:
            return "it is kept as it failed until `stack down`"
        case Phase.UP if record.lifetime is Lifetime.KEPT:
            return "it is kept until `stack down`"
        case _ if unseen is not None:
            return not_told(unseen)
        case Phase.UP:
            return f"its owner, process {record.owner.pid}, is alive"
        case moving:
            return f"it is {moving.value}, by process {record.starter.pid}"
