"""One look at a run: each of its objects that can be ready, what is gone of it, and its pods."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from orchestration.cluster.api import ApiError, Body, Listing, ResourceKind
from orchestration.cluster.client import Client
from orchestration.cluster.cluster_failure import told
from orchestration.cluster.fields import Fields
from orchestration.cluster.manifest import Ref
from orchestration.cluster.observed import Observed
from orchestration.cluster.platform_run import Mark, PlatformRun
from orchestration.cluster.run_contents import read
from orchestration.errors import ClusterError
from orchestration.model import Ready


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
    _kind("batch/v1", "Job"),
    _PODS,
    _kind("v1", "PersistentVolumeClaim"),
)
"""What can be ready, in the order in which it is told."""
_READ: Final = (*_SHOWN, _kind("apps/v1", "ReplicaSet"))
_UNLISTED: Final = (403, 405)
_GONE: Final = "it is gone, or was not made yet"

_Key = tuple[str, str, str]
"""Group, kind and name of an object in the run's namespace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStatus:
    """`reason`: what was seen, `2 of 3 ready; ...`."""

    ref: Ref
    ready: bool
    reason: str


async def platform_status(client: Client, run: PlatformRun) -> tuple[ObjectStatus, ...]:
    """The objects in the run's namespace that its manifests made, as far as they can be ready; and
    all others that it remembers and that are not there.

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
    listings = await asyncio.gather(*(_listed(client, each, run.namespace) for each in _READ))
    for kind, listing in zip(_READ, listings, strict=True):
        observed.listed(kind, run.namespace, listing, begun=begun, now=client.now())
    shown = tuple(
        _status(observed, ref, client.now())
        for kind, listing in zip(_READ, listings, strict=True)
        if kind in _SHOWN
        for ref in _refs(kind, listing, run)
    )
    there = {
        _key(kind, Fields(each).text("metadata", "name"))
        for kind, listing in zip(_READ, listings, strict=True)
        for each in listing.items
    }
    remembered = read(Fields(namespace).text("metadata", "annotations", Mark.OBJECTS))
    meant = [each for each in remembered if each.namespace == run.namespace]
    gone = await _gone(client, meant, there)
    return (*shown, *(ObjectStatus(ref=each, ready=False, reason=_GONE) for each in gone))


async def pods_of_run(client: Client, namespace: str) -> tuple[Body, ...]:
    """The pods of a namespace, oldest first. Raises ClusterError."""
    listing = await _listed(client, _PODS, namespace)
    return tuple(
        sorted(listing.items, key=lambda each: Fields(each).text("metadata", "creationTimestamp"))
    )


async def _gone(client: Client, meant: Iterable[Ref], there: set[_Key]) -> tuple[Ref, ...]:
    """Those that are not there. `there`: all of the kinds that have been listed."""
    listed = {(each.group, each.kind) for each in _READ}
    lost = [each for each in meant if _key(each, each.name) not in there]
    others = [each for each in lost if (each.group, each.kind) not in listed]
    if not others:
        return tuple(lost)
    try:
        served = await client.discover({each.api_version for each in others})
    except ApiError as error:
        raise _failure(client, error) from error
    kinds = {served[key] for each in others if (key := (each.api_version, each.kind)) in served}
    names = await asyncio.gather(*(_names(client, each, others) for each in kinds))
    there = there.union(*names)
    return tuple(each for each in lost if _key(each, each.name) not in there)


async def _names(client: Client, kind: ResourceKind, meant: Iterable[Ref]) -> set[_Key]:
    """Those of a kind that are there; asked for one by one when we may not list it."""
    refs = [
        each for each in meant if (each.api_version, each.kind) == (kind.api_version, kind.kind)
    ]
    try:
        listing = await client.list(kind, refs[0].namespace)
        return {_key(kind, Fields(each).text("metadata", "name")) for each in listing.items}
    except ApiError as error:
        if error.code not in _UNLISTED:
            raise _failure(client, error) from error
    answers = await asyncio.gather(*(_is_there(client, kind, each) for each in refs))
    return {_key(kind, each.name) for each, yes in zip(refs, answers, strict=True) if yes}


async def _is_there(client: Client, kind: ResourceKind, ref: Ref) -> bool:
    try:
        await client.get(kind, ref.name, ref.namespace)
    except ApiError as error:
        if error.code == 404:
            return False
        raise _failure(client, error) from error
    return True


def _key(kind: ResourceKind | Ref, name: str) -> _Key:
    return kind.group, kind.kind, name


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


def _status(observed: Observed, ref: Ref, now: float) -> ObjectStatus:
    verdict = observed.verdict(ref, now)
    if isinstance(verdict, Ready):
        return ObjectStatus(ref=ref, ready=True, reason=verdict.answer)
    return ObjectStatus(ref=ref, ready=False, reason=verdict.reason)


def _missing(run: PlatformRun, reason: str) -> ObjectStatus:
    ref = Ref(api_version="v1", kind="Namespace", namespace=None, name=run.namespace)
    return ObjectStatus(ref=ref, ready=False, reason=reason)
