"""Runs of platforms, and what they put on a cluster, for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from orchestration.cluster.api import ResourceKind
from orchestration.cluster.client import Client
from orchestration.cluster.held_objects import NAMESPACES
from orchestration.cluster.localize import Kinds, Localized, localize
from orchestration.cluster.manifest import Manifest, Place
from orchestration.cluster.platform_run import PlatformRun
from orchestration.model import Lifetime
from orchestration.owner import Owner
from tests.records import ALIVE


def platform_run(
    run: str = "0a1b2c3d",
    *,
    platform: str = "gateway",
    owner: Owner = ALIVE,
    lifetime: Lifetime = Lifetime.SESSION,
    state: str = "mine",
) -> PlatformRun:
    return PlatformRun(
        run=run,
        platform=platform,
        owner=owner,
        lifetime=lifetime,
        state=state,
        created=1_800_000_000.25,
    )


def written(
    kind: str,
    name: str,
    *,
    api_version: str = "v1",
    namespace: str | None = None,
    line: int = 1,
    annotations: Mapping[str, str] | None = None,
    **rest: object,
) -> Manifest:
    """A manifest of `all.yaml` with any content."""
    metadata: dict[str, object] = {"name": name}
    if namespace is not None:
        metadata["namespace"] = namespace
    if annotations:
        metadata["annotations"] = dict(annotations)
    return Manifest(
        api_version=api_version,
        kind=kind,
        name=name,
        namespace=namespace,
        body={"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest},
        place=Place(path=Path("all.yaml"), line=line),
    )


RBAC = "rbac.authorization.k8s.io/v1"


def definition(*, versions: Sequence[str] = ("v1",), size: str = "integer") -> Manifest:
    """The CRD of Box, in the group shop.example.com."""
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {"size": {"type": size}}}},
    }
    return written(
        "CustomResourceDefinition",
        "boxes.shop.example.com",
        api_version="apiextensions.k8s.io/v1",
        line=20,
        spec={
            "group": "shop.example.com",
            "scope": "Namespaced",
            "names": {
                "kind": "Box",
                "plural": "boxes",
                "singular": "box",
                "listKind": "BoxList",
            },
            "versions": [
                {
                    "name": each,
                    "served": True,
                    "storage": each == versions[0],
                    "schema": {"openAPIV3Schema": schema},
                }
                for each in versions
            ],
        },
    )


def role(name: str = "reader", *verbs: str) -> Manifest:
    rules = [{"apiGroups": [""], "resources": ["pods"], "verbs": list(verbs or ("get",))}]
    return written("ClusterRole", name, api_version=RBAC, line=40, rules=rules)


def binding(name: str = "reader", *, namespace: str = "default") -> Manifest:
    return written(
        "ClusterRoleBinding",
        name,
        api_version=RBAC,
        line=50,
        roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "reader"},
        subjects=[{"kind": "ServiceAccount", "name": "api", "namespace": namespace}],
    )


KINDS: Kinds = {
    (each.api_version, each.kind): each
    for each in (
        NAMESPACES,
        *(
            ResourceKind(api_version=version, kind=kind, plural=plural, namespaced=namespaced)
            for version, kind, plural, namespaced in (
                ("v1", "ConfigMap", "configmaps", True),
                ("v1", "Pod", "pods", True),
                ("v1", "Secret", "secrets", True),
                ("v1", "Service", "services", True),
                ("v1", "ServiceAccount", "serviceaccounts", True),
                ("apps/v1", "Deployment", "deployments", True),
                ("apps/v1", "StatefulSet", "statefulsets", True),
                (RBAC, "RoleBinding", "rolebindings", True),
                (RBAC, "ClusterRole", "clusterroles", False),
                (RBAC, "ClusterRoleBinding", "clusterrolebindings", False),
                (
                    "apiextensions.k8s.io/v1",
                    "CustomResourceDefinition",
                    "customresourcedefinitions",
                    False,
                ),
                (
                    "admissionregistration.k8s.io/v1",
                    "ValidatingWebhookConfiguration",
                    "validatingwebhookconfigurations",
                    False,
                ),
            )
        ),
    )
}


async def deployed(
    client: Client, run: PlatformRun, manifests: Sequence[Manifest], *, home: str | None = None
) -> Localized:
    """Apply manifests as a run does: its namespace first, all with its field manager."""
    made = localize(manifests, KINDS, run, home=home)
    await client.apply(NAMESPACES, made.namespace, manager=run.manager)
    for each in made.manifests:
        kind = KINDS[each.api_version, each.kind]
        await client.apply(kind, each.body, manager=run.manager)
    return made
