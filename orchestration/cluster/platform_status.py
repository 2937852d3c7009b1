"""One look at a run: its workloads, what else of it is gone or not ready, and its pods."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from orchestration.cluster.api import ApiError, Body, Listing, ResourceKind
from orchestration.cluster.client import Client
from orchestration.cluster.cluster_failure import told
from orchestration.cluster.fields import Fields
from orchestration.cluster.manifest import Ref
from orchestration.cluster.observed import Observed
from orchestration.cluster.platform_run import Mark, PlatformRun, holds_of
from orchestration.cluster.readiness import judge
from orchestration.cluster.run_contents import read
from orchestration.errors import ClusterError
from orchestration.model import Ready, Verdict


def _kind(api_version: str, kind: str) -> ResourceKind:
    return ResourceKind(
        api_version=api_version, kind=kind, plural=f"{kind.lower()}s", namespaced=True
    )


_NAMESPACE: Final = ResourceKind(
    api_version="v1", kind="Namespace", plural="namespaces", namespaced=False
)
_PODS: Final = _kind("v1", "Pod")
_SHOWN: Final = (
    _kind("apps/v1", "StatefulSet"),
    _kind("apps/v1", "DaemonSet"),
    _kind("apps/v1", "Deployment"),
    _kind("apps/v1", "ReplicaSet"),
    _kind("batch/v1", "Job"),
    _PODS,
    _kind("v1", "PersistentVolumeClaim"),
)
"""What is told ready or not, in this order."""
_UNLISTED: Final = (403, 405)
_GONE: Final = "it is gone, or was not made yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStatus:
    """`reason`: what was seen, `2 of 3 ready; ...`."""

    ref: Ref
    ready: bool
    reason: str


async def platform_status(client: Client, run: PlatformRun) -> tuple[ObjectStatus, ...]:
    """The workloads, pods and claims in the run's namespace that its manifests made; and of all
    else that it remembers, wherever it is, what is not there or not ready. Of kinds that we may not
    list each object that it remembers is asked for.

    A namespace that is not there, or not the run's, is one object that is not ready. Raises
    ClusterError when the cluster cannot be asked.
    """
    try:
        namespace = await client.get(_NAMESPACE, run.namespace, None)
    except ApiError as error:
        if error.code != 404:
            raise told(error, context=client.context) from error
        return (_missing(run, "it is gone: somebody else has deleted it"),)
    if Fields(namespace).text("metadata", "labels", Mark.RUN) != run.run:
        return (_missing(run, "it is not this run's"),)
    observed = Observed()
    begun = observed.mark()
    asked = await asyncio.gather(*(_if_listed(client, each, run.namespace) for each in _SHOWN))
    listings = {kind: each for kind, each in zip(_SHOWN, asked, strict=True) if each is not None}
    for kind, listing in listings.items():
        observed.listed(kind, run.namespace, listing, begun=begun, now=client.now())
    shown = tuple(
        _status(ref, observed.verdict(ref, client.now()))
        for kind, listing in listings.items()
        for ref in _refs(kind, listing, run)
    )
    remembered = read(Fields(namespace).text("metadata", "annotations", Mark.OBJECTS))
    listed = {(each.group, each.kind) for each in listings}
    told_of = {each.ref for each in shown}
    here: list[ObjectStatus] = []
    others: list[Ref] = []
    for ref in remembered:
        if ref.namespace != run.namespace or (ref.group, ref.kind) not in listed:
            others.append(ref)
        elif ref not in told_of:
            here.append(_other(ref, observed.body(ref), run, client.now()))
    unlisted = {(each.group, each.kind) for each in _SHOWN if each not in listings}
    rest = (
        each
        for each in (*here, *await _others(client, run, others))
        if not each.ready
        or (each.ref.namespace == run.namespace and (each.ref.group, each.ref.kind) in unlisted)
    )
    return (*shown, *rest)


async def pods_of_run(client: Client, namespace: str) -> tuple[Body, ...]:
    """The pods of a namespace, oldest first. Raises ClusterError."""
    listing = await _listed(client, _PODS, namespace)
    return tuple(
        sorted(listing.items, key=lambda each: Fields(each).text("metadata", "creationTimestamp"))
    )


async def _others(client: Client, run: PlatformRun, refs: Sequence[Ref]) -> list[ObjectStatus]:
    """How these are, one list for each kind and namespace."""
    if not refs:
        return []
    try:
        served = await client.discover({each.api_version for each in refs})
    except ApiError as error:
        raise _failure(client, error) from error
    places: dict[tuple[str, str, str | None], list[Ref]] = {}
    for each in refs:
        places.setdefault((each.api_version, each.kind, each.namespace), []).append(each)

    async def look(place: tuple[str, str, str | None]) -> Mapping[str, Body]:
        kind = served.get(place[:2])
        return {} if kind is None else await _bodies(client, kind, run, places[place])

    found = await asyncio.gather(*map(look, places))
    return [
        _other(ref, bodies.get(ref.name), run, client.now())
        for refs_there, bodies in zip(places.values(), found, strict=True)
        for ref in refs_there
    ]


async def _bodies(
    client: Client, kind: ResourceKind, run: PlatformRun, refs: Sequence[Ref]
) -> Mapping[str, Body]:
    """Those of a kind and namespace that are there, by name.

    Outside of the run's namespace others may have thousands: the list is of what the run holds,
    and what it uses without holding it is asked for one by one. So is what we may not list.
    """
    namespace = refs[0].namespace
    inside = namespace == run.namespace
    found: dict[str, Body] = {}
    try:
        listing = await client.list(kind, namespace, "" if inside else f"{run.hold}=held")
    except ApiError as error:
        if error.code not in _UNLISTED:
            raise _failure(client, error) from error
    else:
        found = {Fields(each).text("metadata", "name"): each for each in listing.items}
        if inside:
            return found
    missing = [each for each in refs if each.name not in found]
    answers = await asyncio.gather(*(_body(client, kind, each) for each in missing))
    return found | {
        each.name: body for each, body in zip(missing, answers, strict=True) if body is not None
    }


async def _body(client: Client, kind: ResourceKind, ref: Ref) -> Body | None:
    """None: it is not there."""
    try:
        return await client.get(kind, ref.name, ref.namespace)
    except ApiError as error:
        if error.code == 404:
            return None
        raise _failure(client, error) from error


def _other(ref: Ref, body: Body | None, run: PlatformRun, now: float) -> ObjectStatus:
    """What somebody else made outside of the run's namespace only has to be there: nobody has
    awaited more of it."""
    if body is None:
        return ObjectStatus(ref=ref, ready=False, reason=_GONE)
    if ref.namespace != run.namespace and run.run not in holds_of(body):
        return ObjectStatus(ref=ref, ready=True, reason="exists")
    return _status(ref, judge(body, (), now))


def _failure(client: Client, error: ApiError) -> ClusterError:
    failure = told(error, context=client.context)
    if isinstance(failure, ClusterError):
        return failure
    return ClusterError(failure.what, why=failure.why, fix=failure.fix)


async def _listed(client: Client, kind: ResourceKind, namespace: str) -> Listing:
    try:
        return await client.list(kind, namespace)
    except ApiError as error:
        raise _failure(client, error) from error


async def _if_listed(client: Client, kind: ResourceKind, namespace: str) -> Listing | None:
    """None: we may not. The platform may well have none of them, and need no such right."""
    try:
        return await client.list(kind, namespace)
    except ApiError as error:
        if error.code in _UNLISTED:
            return None
        raise _failure(client, error) from error


def _refs(kind: ResourceKind, listing: Listing, run: PlatformRun) -> Iterator[Ref]:
    """Those that carry the run's label: what controllers made is shown by its workload."""
    for each in listing.items:
        metadata = Fields(each).table("metadata")
        if metadata.text("labels", Mark.RUN) == run.run:
            yield Ref(
                api_version=kind.api_version,
                kind=kind.kind,
                namespace=run.namespace,
                name=metadata.text("name"),
            )


def _status(ref: Ref, verdict: Verdict) -> ObjectStatus:
    if isinstance(verdict, Ready):
        return ObjectStatus(ref=ref, ready=True, reason=verdict.answer)
    return ObjectStatus(ref=ref, ready=False, reason=verdict.reason)


def _missing(run: PlatformRun, reason: str) -> ObjectStatus:
    ref = Ref(api_version="v1", kind="Namespace", namespace=None, name=run.namespace)
    return ObjectStatus(ref=ref, ready=False, reason=reason)
