from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.cluster.client import Client
from orchestration.cluster.held_objects import NAMESPACES
from orchestration.cluster.platform_status import ObjectStatus, platform_status
from orchestration.errors import ClusterError
from tests.cluster.asking import ask
from tests.cluster.platform_runs import KINDS, deployed, written
from tests.cluster.running_platforms import ONE, PLATFORM
from tests.kube.faults import Refuses, Which
from tests.kube.json_values import Doc
from tests.kube.kube_double import KubeDouble, kube_double

API = written(
    "Deployment",
    "api",
    api_version="apps/v1",
    spec={
        "selector": {"matchLabels": {"app": "api"}},
        "template": {
            "metadata": {"labels": {"app": "api"}},
            "spec": {"containers": [{"name": "api", "image": "shop:1"}]},
        },
    },
)


@pytest.fixture
def double(tmp_path: Path) -> Iterator[KubeDouble]:
    """A platform is up."""
    with kube_double() as started:

        async def work(client: Client) -> None:
            await deployed(client, ONE, [*PLATFORM, API])

        ask(started.write_kubeconfig(tmp_path / "config"), work)
        started.settle()
        yield started


def delete(double: KubeDouble, home: Path, *doomed: tuple[str, str, str]) -> None:
    """By API version, kind and name."""

    async def work(client: Client) -> None:
        for api_version, kind, name in doomed:
            await client.delete(KINDS[api_version, kind], name, ONE.namespace)

    ask(double.write_kubeconfig(home / "config"), work)
    double.settle()


def status(double: KubeDouble, home: Path) -> tuple[ObjectStatus, ...]:
    kubeconfig = double.write_kubeconfig(home / "config")
    return ask(kubeconfig, lambda client: platform_status(client, ONE))


def gone(double: KubeDouble, home: Path) -> set[str]:
    found = status(double, home)
    return {each.ref.short for each in found if not each.ready and "is gone" in each.reason}


def test_what_only_has_to_exist_is_not_told_while_it_does(
    double: KubeDouble, tmp_path: Path
) -> None:
    assert [each.ref.short for each in status(double, tmp_path)] == ["Deployment api"]


def test_each_object_that_is_gone_is_told(double: KubeDouble, tmp_path: Path) -> None:
    doomed = (("apps/v1", "Deployment", "api"), ("v1", "ConfigMap", "settings"))
    delete(double, tmp_path, *doomed)
    assert gone(double, tmp_path) == {"Deployment api", "ConfigMap settings"}
    delete(double, tmp_path, ("v1", "ServiceAccount", "api"))
    assert len(gone(double, tmp_path)) == 3


def test_an_object_whose_kind_is_gone_is_gone(double: KubeDouble, tmp_path: Path) -> None:
    objects = f"shop.example.com/v9/Box@{ONE.namespace}=one"
    patch: Doc = {"metadata": {"annotations": {"stackwright.io/objects": objects}}}
    kubeconfig = double.write_kubeconfig(tmp_path / "config")
    ask(kubeconfig, lambda client: client.patch_merge(NAMESPACES, ONE.namespace, None, patch))
    assert gone(double, tmp_path) == {"Box one"}


def test_what_may_not_be_listed_is_asked_for_by_its_name(
    double: KubeDouble, tmp_path: Path
) -> None:
    double.faults.add(Which(verb="list", path="/configmaps$"), Refuses(code=403), times=None)
    assert gone(double, tmp_path) == set()
    delete(double, tmp_path, ("v1", "ConfigMap", "settings"))
    assert gone(double, tmp_path) == {"ConfigMap settings"}


def test_what_may_not_be_seen_at_all_is_not_taken_for_there(
    double: KubeDouble, tmp_path: Path
) -> None:
    double.faults.add(Which(path="/configmaps"), Refuses(code=403), times=None)
    with pytest.raises(ClusterError):
        status(double, tmp_path)
