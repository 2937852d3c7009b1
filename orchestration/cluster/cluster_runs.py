"""The runs that a cluster holds something of, and which of them nobody answers for any more."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from orchestration.cluster.api import ApiError
from orchestration.cluster.client import Client
from orchestration.cluster.cluster_failure import told
from orchestration.cluster.fields import Fields
from orchestration.cluster.held_objects import NAMESPACES, USUAL, HeldObject, held_objects
from orchestration.cluster.manifest import Ref
from orchestration.cluster.platform_run import Mark, PlatformRun, holds_of, run_of
from orchestration.cluster.retry import Retry
from orchestration.errors import ClusterError
from orchestration.model import Lifetime
from orchestration.ports import Owners
from orchestration.sharing import not_told


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRun:
    """What a cluster holds of a run: objects that say the same of it. `whole`: None when they
    cannot be read, as in a copy. `objects`: its namespace, and what it holds outside of it."""

    run: str
    whole: PlatformRun | None
    objects: tuple[Ref, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """Runs with why they are where they are. `dead`: provably nobody's, may be removed. `alive`:
    somebody of this machine answers for them. `foreign`: nobody here can tell."""

    dead: tuple[tuple[FoundRun, str], ...] = ()
    alive: tuple[tuple[FoundRun, str], ...] = ()
    foreign: tuple[tuple[FoundRun, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`runs`: by their ids. `unseen`: the plural names of the kinds that we may not list, of which
    there may be more."""

    runs: tuple[FoundRun, ...]
    unseen: tuple[str, ...] = ()


async def find(client: Client, *, retry: Retry | None = None) -> Finding:
    """Every run that has a namespace or something of the whole cluster.

    Raises ClusterError when we may not list namespaces, StackwrightError when the cluster cannot be
    asked.
    """
    retry = retry or Retry()
    try:
        namespaces = await held_objects(
            client, [(NAMESPACES, None)], Mark.RUN, retry=retry, deadline=math.inf
        )
        held = await held_objects(
            client,
            [(each, None) for each in USUAL],
            f"{Mark.SHARED}=true",
            retry=retry,
            deadline=math.inf,
        )
    except ApiError as error:
        raise told(error, context=client.context) from error
    for refusal in namespaces.unseen.values():
        failure = told(refusal, context=client.context)
        raise ClusterError(failure.what, why=failure.why, fix=failure.fix) from refusal
    parts: dict[tuple[str, PlatformRun | None], list[Ref]] = {}
    for each in namespaces.objects:
        parts.setdefault((_labelled(each), run_of(each.body)), []).append(each.ref)
    for each in held.objects:
        for key in holds_of(each.body).items():
            parts.setdefault(key, []).append(each.ref)
    found = (
        FoundRun(run=run, whole=whole, objects=tuple(sorted(refs, key=str)))
        for (run, whole), refs in parts.items()
    )
    return Finding(
        runs=tuple(sorted(found, key=lambda each: (each.run, each.whole is None))),
        unseen=tuple(sorted({kind.plural for kind, _ in held.unseen})),
    )


def judge(
    found: Iterable[FoundRun],
    owners: Owners,
    state: str,
    *,
    recorded: Collection[str] | None = None,
) -> Sorted:
    """Sort runs as `sweep` does those of an engine.

    `state`: the identity of this user's records; `recorded`: the runs that they know, None when
    that was not looked at. A cluster is used from many machines, and some have one name: an owner
    of another boot is dead only if the run is recorded, which tells that it was this machine's. A
    kept run is dead only if its record is lost, so that nobody can take it down any more.
    """
    groups: dict[str, list[tuple[FoundRun, str]]] = {"dead": [], "alive": [], "foreign": []}
    for each in found:
        known = None if recorded is None else each.run in recorded
        group, why = _judged(each.whole, owners, state, known)
        groups[group].append((each, why))
    return Sorted(**{name: tuple(entries) for name, entries in groups.items()})


def _judged(
    run: PlatformRun | None, owners: Owners, state: str, recorded: bool | None
) -> tuple[str, str]:
    if run is None:
        return "foreign", "who owns it cannot be read"
    shown, me = run.owner.encode(), owners.here()
    kept = run.lifetime is Lifetime.KEPT
    if kept and run.state != state:
        return "foreign", f"it is kept, and its record lives in another state directory ({shown})"
    if kept and recorded is not False:
        return "alive", "it is kept until `e2e down`"
    alive = owners.alive(run.owner)
    if alive is None:
        return "foreign", not_told(run.owner)
    if run.owner.uid != me.uid:
        return "foreign", f"its owner belongs to another user ({shown})"
    if alive:
        return "alive", f"its owner, process {run.owner.pid}, is alive"
    if run.owner.boot != me.boot and not recorded:
        return "foreign", (
            f"its owner lived before this machine started, or on another of its name ({shown})"
        )
    if kept:
        return "dead", f"it was kept, its record is lost, and its owner {shown} is dead"
    return "dead", f"its owner {shown} is dead"


def _labelled(namespace: HeldObject) -> str:
    return Fields(namespace.body).text("metadata", "labels", Mark.RUN)
