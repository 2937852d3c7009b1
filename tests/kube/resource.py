"""The kinds a server knows, and how they are addressed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

VERBS: Final = (
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One kind under one group and version.

    `custom`: defined by a CustomResourceDefinition. `counted`: spec changes bump the generation.
    """

    group: str
    version: str
    kind: str
    plural: str
    singular: str
    namespaced: bool = True
    short: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    verbs: tuple[str, ...] = VERBS
    categories: tuple[str, ...] = ()
    counted: bool = False
    custom: bool = False

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """`deployments.apps`, `pods`: the name in messages."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def key(self) -> tuple[str, str]:
        """What identifies it whatever its version."""
        return (self.group, self.plural)

    @property
    def root(self) -> str:
        """The path under which its group and version are served."""
        return f"/apis/{self.api_version}" if self.group else f"/api/{self.version}"


def _kind(
    group_version: str,
    kind: str,
    plural: str = "",
    short: str = "",
    *,
    below: str = "",
    cluster: bool = False,
    counted: bool = False,
    verbs: tuple[str, ...] = VERBS,
    everywhere: bool = False,
) -> Resource:
    group, _, version = group_version.rpartition("/")
    return Resource(
        group=group,
        version=version,
        kind=kind,
        plural=plural or f"{kind.lower()}s",
        singular=kind.lower(),
        namespaced=not cluster,
        short=tuple(short.split()),
        subresources=tuple(below.split()),
        verbs=verbs,
        counted=counted,
        categories=("all",) if everywhere else (),
    )


_CREATE_ONLY: Final = ("create",)
_NO_COLLECTION: Final = tuple(verb for verb in VERBS if verb != "deletecollection")
_RBAC: Final = "rbac.authorization.k8s.io/v1"
_AUTH: Final = "authorization.k8s.io/v1"
_HOOKS: Final = "admissionregistration.k8s.io/v1"

BUILT_IN: Final = (
    _kind("v1", "ConfigMap", short="cm"),
    _kind("v1", "Endpoints", "endpoints", "ep"),
    _kind("v1", "Event", short="ev"),
    _kind("v1", "LimitRange", short="limits"),
    _kind(
        "v1", "Namespace", short="ns", cluster=True, below="finalize status", verbs=_NO_COLLECTION
    ),
    _kind("v1", "Node", short="no", cluster=True, below="status"),
    _kind("v1", "PersistentVolumeClaim", short="pvc", below="status"),
    _kind("v1", "PersistentVolume", short="pv", cluster=True, below="status"),
    _kind("v1", "Pod", short="po", below="log status", everywhere=True),
    _kind("v1", "PodTemplate"),
    _kind("v1", "ReplicationController", short="rc", below="status", counted=True, everywhere=True),
    _kind("v1", "ResourceQuota", short="quota", below="status"),
    _kind("v1", "Secret"),
    _kind("v1", "ServiceAccount", short="sa"),
    _kind("v1", "Service", short="svc", below="status", everywhere=True),
    _kind(
        "apps/v1",
        "Deployment",
        short="deploy",
        below="scale status",
        counted=True,
        everywhere=True,
    ),
    _kind("apps/v1", "ReplicaSet", short="rs", below="scale status", counted=True, everywhere=True),
    _kind(
        "apps/v1",
        "StatefulSet",
        short="sts",
        below="scale status",
        counted=True,
        everywhere=True,
    ),
    _kind("apps/v1", "DaemonSet", short="ds", below="status", counted=True, everywhere=True),
    _kind("apps/v1", "ControllerRevision"),
    _kind("batch/v1", "Job", below="status", counted=True, everywhere=True),
    _kind("batch/v1", "CronJob", short="cj", below="status", counted=True, everywhere=True),
    _kind(_RBAC, "Role"),
    _kind(_RBAC, "RoleBinding"),
    _kind(_RBAC, "ClusterRole", cluster=True),
    _kind(_RBAC, "ClusterRoleBinding", cluster=True),
    _kind(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        short="crd crds",
        cluster=True,
        below="status",
        counted=True,
    ),
    _kind("coordination.k8s.io/v1", "Lease"),
    _kind("discovery.k8s.io/v1", "EndpointSlice"),
    _kind("policy/v1", "PodDisruptionBudget", short="pdb", below="status", counted=True),
    _kind("networking.k8s.io/v1", "Ingress", "ingresses", "ing", below="status", counted=True),
    _kind("networking.k8s.io/v1", "IngressClass", "ingressclasses", cluster=True, counted=True),
    _kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", "netpol", counted=True),
    _kind(
        "autoscaling/v2", "HorizontalPodAutoscaler", short="hpa", below="status", everywhere=True
    ),
    _kind("storage.k8s.io/v1", "StorageClass", "storageclasses", "sc", cluster=True),
    _kind("scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", "pc", cluster=True),
    _kind(_HOOKS, "ValidatingWebhookConfiguration", cluster=True, counted=True),
    _kind(_HOOKS, "MutatingWebhookConfiguration", cluster=True, counted=True),
    _kind(
        _AUTH,
        "SelfSubjectAccessReview",
        cluster=True,
        verbs=_CREATE_ONLY,
    ),
)
"""What every cluster knows, in the versions that are served for years."""
