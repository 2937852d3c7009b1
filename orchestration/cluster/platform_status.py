"""One look at a run: each of its objects that can be ready, and its pods."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from orchestration.cluster.api import ApiError, Body, Listing, ResourceKind
from orchestration.cluster.client import Client
from orchestration.cluster.cluster_failure import told
from orchestration.cluster.fields import Fields
from orchestration.cluster.manifest import Ref
from orchestration.cluster.observed import Observed
from orchestration.cluster.platform_run import Mark, PlatformRun
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStatus:
    """`reason`: what was seen, `2 of 3 ready; ...`."""

    ref: Ref
    ready: bool
    reason: str


async def platform_status(client: Client, run: PlatformRun) -> tuple[ObjectStatus, ...]:
    """The objects in the run's namespace that its manifests made.

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
    return tuple(
        _status(observed, ref, client.now())
        for kind, listing in zip(_READ, listings, strict=True)
        if kind in _SHOWN
        for ref in _refs(kind, listing, run)
    )


async def pods_of_run(client: Client, namespace: str) -> tuple[Body, ...]:
    """The pods of a namespace, oldest first. Raises ClusterError."""
    listing = await _listed(client, _PODS, namespace)
    return tuple(
        sorted(listing.items, key=lambda each: Fields(each).text("metadata", "creationTimestamp"))
    )


async def _listed(client: Client, kind: ResourceKind, namespace: str) -> Listing:
    try:
        return await client.list(kind, namespace)
    except ApiError as error:
        failure = told(error, context=client.context)
        raise (
            failure
            if isinstance(failure, ClusterError)
            else ClusterError(failure.what, why=failure.why, fix=failure.fix)
        ) from error


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
