from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.cluster.client import Client
from orchestration.cluster.held_objects import NAMESPACES
from orchestration.cluster.manifest import Manifest
from orchestration.cluster.platform_status import ObjectStatus, platform_status
from orchestration.errors import ClusterError
from tests.cluster.asking import ask
from tests.cluster.platform_runs import KINDS, RBAC, deployed, written
from tests.cluster.running_platforms import ONE, PLATFORM, create_box
from tests.kube.behaviours import Runs
from tests.kube.faults import Refuses, Which
from tests.kube.json_values import Doc, Json
from tests.kube.kube_double import KubeDouble, kube_double
from tests.kube.resource import Resource

WORK: Doc = {
    "selector": {"matchLabels": {"app": "api"}},
    "template": {
        "metadata": {"labels": {"app": "api"}},
        "spec": {"containers": [{"name": "api", "image": "shop:1"}]},
    },
}
API = written("Deployment", "api", api_version="apps/v1", spec=WORK)
BALANCED = written("Service", "web", spec={"type": "LoadBalancer", "ports": [{"port": 80}]})
AGENT = written("Deployment", "agent", api_version="apps/v1", namespace="kube-system", spec=WORK)


@pytest.fixture
def double(tmp_path: Path) -> Iterator[KubeDouble]:
    """A platform is up."""
    with kube_double() as started:
        up(started, tmp_path, *PLATFORM, API)
        yield started


def up(double: KubeDouble, home: Path, *manifests: Manifest) -> None:
    """Another deployment of the run, which remembers just these."""

    async def work(client: Client) -> None:
        await deployed(client, ONE, manifests)

    ask(double.write_kubeconfig(home / "config"), work)
    double.settle()


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


def unready(double: KubeDouble, home: Path) -> dict[str, str]:
    return {each.ref.short: each.reason for each in status(double, home) if not each.ready}


def remember(double: KubeDouble, home: Path, objects: str) -> None:
    patch: Doc = {"metadata": {"annotations": {"stackwright.io/objects": objects}}}
    kubeconfig = double.write_kubeconfig(home / "config")
    ask(kubeconfig, lambda client: client.patch_merge(NAMESPACES, ONE.namespace, None, patch))


def says(
    double: KubeDouble, resource: Resource, name: str, namespace: str, condition: dict[str, str]
) -> None:
    """Have the controller of an object say so."""
    found = double.registry.get(resource, namespace, name)
    conditions: list[Json] = [{**condition}]
    double.registry.set_status(resource, found, {"conditions": conditions}, "its-controller")


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
    remember(double, tmp_path, f"shop.example.com/v9/Box@{ONE.namespace}=one")
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


@pytest.mark.parametrize("kinds", ["statefulsets", "persistentvolumeclaims", "replicasets", "pods"])
def test_a_right_that_the_platform_does_not_need_is_not_asked_for(
    double: KubeDouble, tmp_path: Path, kinds: str
) -> None:
    double.faults.add(Which(path=f"/{kinds}$"), Refuses(code=403), times=None)
    assert [(each.ref.short, each.ready) for each in status(double, tmp_path)] == [
        ("Deployment api", True)
    ]


def test_a_workload_that_may_not_be_listed_is_shown_all_the_same(
    double: KubeDouble, tmp_path: Path
) -> None:
    double.faults.add(Which(verb="list", path="/deployments$"), Refuses(code=403), times=None)
    assert [(each.ref.short, each.ready) for each in status(double, tmp_path)] == [
        ("Deployment api", True)
    ]
    delete(double, tmp_path, ("apps/v1", "Deployment", "api"))
    assert gone(double, tmp_path) == {"Deployment api"}


def test_a_workload_that_may_not_be_seen_is_not_taken_for_ready(
    double: KubeDouble, tmp_path: Path
) -> None:
    double.faults.add(Which(path="/deployments"), Refuses(code=403), times=None)
    with pytest.raises(ClusterError):
        status(double, tmp_path)


def test_a_custom_object_that_is_not_ready_is_told(double: KubeDouble, tmp_path: Path) -> None:
    create_box(double, "one", ONE.namespace)
    remember(double, tmp_path, f"shop.example.com/v1/Box@{ONE.namespace}=one")
    boxes = double.registry.catalogue.of_key("shop.example.com", "boxes")
    says(double, boxes, "one", ONE.namespace, {"type": "Ready", "status": "True"})
    assert unready(double, tmp_path) == {}
    down = {"type": "Ready", "status": "False", "message": "no disk left"}
    says(double, boxes, "one", ONE.namespace, down)
    assert unready(double, tmp_path) == {"Box one": "is not Ready: no disk left"}


def test_a_load_balancer_without_an_address_is_told(double: KubeDouble, tmp_path: Path) -> None:
    up(double, tmp_path, API, BALANCED)
    (reason,) = unready(double, tmp_path).values()
    assert "the load balancer has no address yet" in reason


def test_a_workload_that_has_lost_our_label_is_judged_all_the_same(
    double: KubeDouble, tmp_path: Path
) -> None:
    patch: Doc = {"metadata": {"labels": None}}
    deployments = KINDS["apps/v1", "Deployment"]
    kubeconfig = double.write_kubeconfig(tmp_path / "config")
    ask(kubeconfig, lambda client: client.patch_merge(deployments, "api", ONE.namespace, patch))
    assert unready(double, tmp_path) == {}
    double.script.behave("Deployment/api", Runs(ready_s=None), now=True)
    double.settle()
    assert unready(double, tmp_path).keys() == {"Deployment api"}


def test_what_is_outside_of_the_namespace_is_judged_as_well(
    double: KubeDouble, tmp_path: Path
) -> None:
    definitions = double.registry.catalogue.kind("CustomResourceDefinition")
    name = "boxes.shop.example.com"
    refused = {"type": "NamesAccepted", "status": "False", "message": "taken"}
    says(double, definitions, name, "", refused)
    double.script.behave("kube-system/Deployment/agent", Runs(ready_s=None))
    up(double, tmp_path, *PLATFORM, API, AGENT)
    found = unready(double, tmp_path)
    assert found.keys() == {f"CustomResourceDefinition {name}", "Deployment agent"}
    assert "names are not accepted: taken" in found[f"CustomResourceDefinition {name}"]


def test_what_is_gone_from_outside_of_the_namespace_is_told(
    double: KubeDouble, tmp_path: Path
) -> None:
    delete(double, tmp_path, (RBAC, "ClusterRole", "reader"))
    assert gone(double, tmp_path) == {"ClusterRole reader"}


def test_what_somebody_else_made_outside_only_has_to_be_there(
    double: KubeDouble, tmp_path: Path
) -> None:
    double.create(
        "Service",
        {
            "metadata": {"name": "theirs", "namespace": "kube-system"},
            "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]},
        },
    )
    remember(double, tmp_path, "v1/Service@kube-system=theirs,another")
    assert gone(double, tmp_path) == {"Service another"}
    assert len(unready(double, tmp_path)) == 1


def test_each_kind_is_listed_once(double: KubeDouble, tmp_path: Path) -> None:
    double.requests.clear()
    status(double, tmp_path)
    asked = [each for each in double.requests.all() if each.verb == "list"]
    assert len(asked) == len({each.path for each in asked})
    others = {"configmaps", "serviceaccounts", "clusterroles", "clusterrolebindings"}
    assert {each.path.rpartition("/")[2] for each in asked} >= others
    assert not any(each.verb == "get" and "reader" in each.path for each in double.requests.all())
