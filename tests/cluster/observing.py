"""Bodies, lists and changes for the tests of what was observed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from orchestration.cluster.api import Body, Change, ChangeKind, Listing, ResourceKind
from orchestration.cluster.manifest import Ref

DEPLOYMENTS: Final = ResourceKind(
    api_version="apps/v1", kind="Deployment", plural="deployments", namespaced=True
)
REPLICA_SETS: Final = ResourceKind(
    api_version="apps/v1", kind="ReplicaSet", plural="replicasets", namespaced=True
)
STATEFUL_SETS: Final = ResourceKind(
    api_version="apps/v1", kind="StatefulSet", plural="statefulsets", namespaced=True
)
JOBS: Final = ResourceKind(api_version="batch/v1", kind="Job", plural="jobs", namespaced=True)
PODS: Final = ResourceKind(api_version="v1", kind="Pod", plural="pods", namespaced=True)
SERVICES: Final = ResourceKind(api_version="v1", kind="Service", plural="services", namespaced=True)
MAPS: Final = ResourceKind(api_version="v1", kind="ConfigMap", plural="configmaps", namespaced=True)
SLICES: Final = ResourceKind(
    api_version="discovery.k8s.io/v1",
    kind="EndpointSlice",
    plural="endpointslices",
    namespaced=True,
)


def ref(kind: ResourceKind, name: str, *, version: str = "", namespace: str = "shop") -> Ref:
    return Ref(
        api_version=version or kind.api_version, kind=kind.kind, namespace=namespace, name=name
    )


def seen(
    kind: ResourceKind,
    body: Mapping[str, object],
    name: str,
    *,
    uid: str = "",
    version: int = 1,
    owner: str = "",
    generation: int | None = None,
    namespace: str = "shop",
    **metadata: object,
) -> Body:
    """`body` as the API server gives it. `owner`: the uid of its controller."""
    given = body.get("metadata")
    whole: dict[str, object] = {
        **(given if isinstance(given, Mapping) else {}),
        "name": name,
        "namespace": namespace,
        "uid": uid or f"uid-{name}",
        "resourceVersion": str(version),
        "ownerReferences": [{"uid": owner, "controller": True}] if owner else [],
        **metadata,
    }
    if generation is not None:
        whole["generation"] = generation
    return {**body, "apiVersion": kind.api_version, "kind": kind.kind, "metadata": whole}


def listing(*items: Body, version: int = 1) -> Listing:
    return Listing(items=items, resource_version=str(version))


def added(body: Body) -> Change:
    return Change(kind=ChangeKind.ADDED, body=body)


def modified(body: Body) -> Change:
    return Change(kind=ChangeKind.MODIFIED, body=body)


def deleted(body: Body) -> Change:
    return Change(kind=ChangeKind.DELETED, body=body)
