"""What others have in something of ours, which would go with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from orchestration.cluster.api import ResourceKind
from orchestration.cluster.client import Client
from orchestration.cluster.fields import Fields
from orchestration.cluster.held_objects import (
    DEFINITIONS,
    HeldObject,
    held_objects,
)
from orchestration.cluster.platform_run import Mark, holds_of
from orchestration.cluster.retry import Retry

_MOST_NAMED: Final = 3
_KINDS: Final = tuple(
    ResourceKind(api_version=version, kind=kind, plural=plural, namespaced=True)
    for version, plurals in {
        "v1": {
            "Pod": "pods",
            "ConfigMap": "configmaps",
            "Secret": "secrets",
            "Service": "services",
            "ServiceAccount": "serviceaccounts",
            "PersistentVolumeClaim": "persistentvolumeclaims",
            "ReplicationController": "replicationcontrollers",
            "ResourceQuota": "resourcequotas",
            "LimitRange": "limitranges",
        },
        "apps/v1": {
            "Deployment": "deployments",
            "StatefulSet": "statefulsets",
            "DaemonSet": "daemonsets",
            "ReplicaSet": "replicasets",
        },
        "batch/v1": {"Job": "jobs", "CronJob": "cronjobs"},
        "networking.k8s.io/v1": {"Ingress": "ingresses", "NetworkPolicy": "networkpolicies"},
        "rbac.authorization.k8s.io/v1": {"Role": "roles", "RoleBinding": "rolebindings"},
        "policy/v1": {"PodDisruptionBudget": "poddisruptionbudgets"},
        "autoscaling/v2": {"HorizontalPodAutoscaler": "horizontalpodautoscalers"},
    }.items()
    for kind, plural in plurals.items()
)
"""What people put into a namespace, besides custom objects. Events, endpoints and leases come and
go with others."""

_EVERYWHERE: Final = frozenset({("ConfigMap", "kube-root-ca.crt"), ("ServiceAccount", "default")})
_MADE_FOR_ACCOUNT: Final = "kubernetes.io/service-account-token"

Claims = Collection[tuple[str | None, str]]
"""Namespaces with how the names of PersistentVolumeClaims begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strangers:
    """`claims`: of StatefulSets of the run, whose claims nobody marks and nobody owns. `deadline`:
    by the clock of `retry`."""

    client: Client
    retry: Retry
    deadline: float
    claims: Claims = ()

    async def of_definition(self, definition: HeldObject) -> str:
        """Objects of a CRD, which no run of ours made; "" for none. Raises ApiError."""
        kind = _defined(definition)
        if kind is None:
            return ""
        objects = await self._listed([(kind, None)])
        if isinstance(objects, str):
            return objects
        shown = _named(objects)
        return shown and f"others have objects of it, which would go with it: {shown}"

    async def of_namespace(self, namespace: HeldObject) -> str:
        """What is in a namespace and neither a run's, nor made by a controller or by the cluster
        itself; "" for nothing. What may not be looked at may be a stranger's. Raises ApiError."""
        definitions = await self._listed([(DEFINITIONS, None)])
        if isinstance(definitions, str):
            return definitions
        custom = [kind for kind in map(_defined, definitions) if kind and kind.namespaced]
        name = namespace.ref.name
        objects = await self._listed([(each, name) for each in (*_KINDS, *custom)])
        if isinstance(objects, str):
            return objects
        shown = _named(each for each in objects if not self._is_known(each))
        return shown and f"others have something in it, which would go with it: {shown}"

    async def _listed(
        self, places: Iterable[tuple[ResourceKind, str | None]]
    ) -> tuple[HeldObject, ...] | str:
        found = await held_objects(
            self.client, places, "", retry=self.retry, deadline=self.deadline
        )
        if found.unseen:
            kinds = ", ".join(sorted(kind.plural for kind, _ in found.unseen))
            return f"nobody can tell whether others use it: we may not list {kinds}"
        return found.objects

    def _is_known(self, found: HeldObject) -> bool:
        metadata = Fields(found.body).table("metadata")
        return bool(
            metadata.tables("ownerReferences")
            or found.going
            or metadata.text("labels", Mark.RUN)
            or holds_of(found.body)
            or (found.ref.kind, found.ref.name) in _EVERYWHERE
            or Fields(found.body).text("type") == _MADE_FOR_ACCOUNT
            or self._is_claim(found)
        )

    def _is_claim(self, found: HeldObject) -> bool:
        ref = found.ref
        return ref.kind == "PersistentVolumeClaim" and any(
            ref.namespace == namespace
            and ref.name.startswith(begin)
            and ref.name.removeprefix(begin).isdecimal()
            for namespace, begin in self.claims
        )


def claims_of(objects: Iterable[HeldObject]) -> Iterator[tuple[str | None, str]]:
    """How the names of the claims of StatefulSets begin: `data-postgres-`."""
    for each in objects:
        if each.kind.kind == "StatefulSet":
            for claim in Fields(each.body).tables("spec", "volumeClaimTemplates"):
                yield each.ref.namespace, f"{claim.text('metadata', 'name')}-{each.ref.name}-"


def _defined(definition: HeldObject) -> ResourceKind | None:
    """The kind of a CRD, in the first version that it serves."""
    spec = Fields(definition.body).table("spec")
    served = [each for each in spec.tables("versions") if each.get("served") is True]
    if not served:
        return None
    return ResourceKind(
        api_version=f"{spec.text('group')}/{served[0].text('name')}",
        kind=spec.text("names", "kind"),
        plural=spec.text("names", "plural"),
        namespaced=spec.text("scope") == "Namespaced",
    )


def _named(objects: Iterable[HeldObject]) -> str:
    names = [str(each.ref) for each in objects]
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
