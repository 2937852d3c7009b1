"""Platforms that run on a double, and go from it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from orchestration.cluster.client import Client
from orchestration.cluster.manifest import Manifest
from orchestration.cluster.platform_run import PlatformRun
from orchestration.cluster.removal import Removal, remove
from tests.cluster.asking import ask
from tests.cluster.platform_runs import binding, definition, deployed, platform_run, role, written
from tests.kube.json_values import Doc
from tests.kube.kube_double import KubeDouble
from tests.kube.registry import Options
from tests.kube.status_error import StatusError

ONE, TWO = platform_run("11111111"), platform_run("22222222")
PLATFORM: Sequence[Manifest] = (
    written("ConfigMap", "settings", data={"a": "1"}),
    written("ServiceAccount", "api"),
    role(),
    binding(),
    definition(),
)


def up(double: KubeDouble, home: Path, *runs: PlatformRun) -> None:
    async def work(client: Client) -> None:
        for run in runs:
            await deployed(client, run, PLATFORM)

    ask(double.write_kubeconfig(home / "config"), work)
    double.settle()


def down(double: KubeDouble, home: Path, run: PlatformRun, *, deadline_s: float = 10.0) -> Removal:
    """As another process does, which knows nothing of the manifests."""
    kubeconfig = double.write_kubeconfig(home / "config")
    return ask(
        kubeconfig, lambda client: remove(client, run, (), deadline_s=deadline_s, first_s=0.3)
    )


def there(double: KubeDouble, kind: str, name: str, namespace: str = "") -> bool:
    try:
        double.get(kind, name, namespace)
    except StatusError:
        return False
    return True


def names(removal: Removal) -> set[str]:
    return {each.short for each in removal.removed}


def create_box(double: KubeDouble, name: str, namespace: str, *finalizers: str) -> None:
    """An object of the kind that the platform defines."""
    boxes = double.registry.catalogue.of_key("shop.example.com", "boxes")
    metadata: Doc = {"name": name, "namespace": namespace, "finalizers": [*finalizers]}
    box: Doc = {"apiVersion": "shop.example.com/v1", "kind": "Box", "metadata": metadata}
    double.registry.create(boxes, namespace, box, Options(manager="test"))
