"""The order in which manifests are applied: three waves, each of them all at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from orchestration.cluster.deferred import is_deferred
from orchestration.cluster.foundations import Foundations
from orchestration.cluster.manifest import Manifest, Ref

FIRST: Final = frozenset({("", "Namespace"), ("apiextensions.k8s.io", "CustomResourceDefinition")})
"""What other objects cannot even be stored without."""

_RBAC: Final = "rbac.authorization.k8s.io"
SECOND: Final = frozenset(
    {
        *(("", kind) for kind in ("ServiceAccount", "ConfigMap", "Secret", "Service")),
        *(("", kind) for kind in ("PersistentVolume", "PersistentVolumeClaim")),
        *(("", kind) for kind in ("LimitRange", "ResourceQuota")),
        *((_RBAC, kind) for kind in ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")),
        ("networking.k8s.io", "IngressClass"),
        ("networking.k8s.io", "NetworkPolicy"),
        ("node.k8s.io", "RuntimeClass"),
        ("policy", "PodDisruptionBudget"),
        ("scheduling.k8s.io", "PriorityClass"),
        ("storage.k8s.io", "StorageClass"),
    }
)
"""Group and kind of what pods are checked against when they are made, and what they mount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """Objects that are applied at once, when the wave before is applied.

    `holds`: those that must be ready, not only applied, before the next wave: the Namespaces and
    CRDs that something in a later wave needs.
    """

    manifests: tuple[Manifest, ...]
    holds: tuple[Ref, ...] = ()


def waves(manifests: Sequence[Manifest]) -> tuple[Wave, ...]:
    """The waves of all manifests but the deferred ones (`deferred`), each in the order given.

    Namespaces and CRDs; what pods need to be made; workloads and all else. There are no empty
    waves.
    """
    now = [each for each in manifests if not is_deferred(each)]
    groups = [[each for each in now if _number(each) == number] for number in range(3)]
    filled = [group for group in groups if group]
    return tuple(
        Wave(manifests=tuple(group), holds=_holds(group, filled[index + 1 :]))
        for index, group in enumerate(filled)
    )


def _number(manifest: Manifest) -> int:
    key = (manifest.ref.group, manifest.kind)
    return 0 if key in FIRST else 1 if key in SECOND else 2


def _holds(group: Sequence[Manifest], later: Iterable[Sequence[Manifest]]) -> tuple[Ref, ...]:
    foundations = Foundations(group)
    needed = {ref for wave in later for each in wave for ref in foundations.of(each)}
    return tuple(each.ref for each in group if each.ref in needed)
