"""Manifests for tests, as somebody wrote them or as the API server gives them back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from orchestration.cluster.manifest import Manifest, Place


def manifest(
    kind: str,
    name: str,
    *,
    api_version: str = "v1",
    namespace: str | None = None,
    after: object = None,
    line: int = 1,
    spec: Mapping[str, object] | None = None,
) -> Manifest:
    """One manifest of `all.yaml`."""
    annotations = {} if after is None else {"annotations": {"stackwright.io/after": after}}
    return Manifest(
        api_version=api_version,
        kind=kind,
        name=name,
        namespace=namespace,
        body={
            "apiVersion": api_version,
            "kind": kind,
            "metadata": {"name": name, "namespace": namespace, **annotations},
            "spec": spec or {},
        },
        place=Place(path=Path("all.yaml"), line=line),
    )


def deployment(name: str, *, namespace: str | None = None, after: object = None) -> Manifest:
    """A Deployment."""
    return manifest("Deployment", name, api_version="apps/v1", namespace=namespace, after=after)


def definition(kind: str, group: str, *, after: object = None) -> Manifest:
    """A CRD that defines `kind`."""
    return manifest(
        "CustomResourceDefinition",
        f"{kind.lower()}s.{group}",
        api_version="apiextensions.k8s.io/v1",
        after=after,
        spec={"group": group, "names": {"kind": kind}},
    )
