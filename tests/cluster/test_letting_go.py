from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.cluster.client import Client
from orchestration.cluster.platform_run import holds_of
from orchestration.cluster.removal import Removal, remove
from tests.cluster.asking import ask
from tests.cluster.platform_runs import KINDS, deployed, platform_run, written
from tests.cluster.running_platforms import ONE, PLATFORM, TWO, create_box, down, names, there, up
from tests.kube.kube_double import KubeDouble, kube_double


@pytest.fixture
def double() -> Iterator[KubeDouble]:
    with kube_double() as started:
        yield started


def test_two_runs_of_a_platform_do_no_harm_to_each_other(
    double: KubeDouble, tmp_path: Path
) -> None:
    up(double, tmp_path, ONE, TWO)
    first = down(double, tmp_path, ONE)
    assert names(first) == {f"Namespace {ONE.namespace}", "ClusterRoleBinding reader-11111111"}
    assert {(ref.short, runs) for ref, runs in first.shared} == {
        ("ClusterRole reader", ("22222222",)),
        ("CustomResourceDefinition boxes.shop.example.com", ("22222222",)),
    }
    assert first.left == ()
    assert there(double, "ConfigMap", "settings", TWO.namespace)
    assert there(double, "ClusterRoleBinding", "reader-22222222")
    role_left = double.get("ClusterRole", "reader")
    assert holds_of(role_left) == {TWO.run: TWO}
    assert role_left["rules"] == PLATFORM[2].body["rules"]


def test_the_last_one_out_removes_what_was_shared(double: KubeDouble, tmp_path: Path) -> None:
    up(double, tmp_path, ONE, TWO)
    down(double, tmp_path, TWO)
    last = down(double, tmp_path, ONE)
    assert {"ClusterRole reader", "CustomResourceDefinition boxes.shop.example.com"} <= names(last)
    assert (last.shared, last.left) == ((), ())
    assert not there(double, "ClusterRole", "reader")
    assert not there(double, "CustomResourceDefinition", "boxes.shop.example.com")


def test_two_who_leave_at_once_leave_nothing(double: KubeDouble, tmp_path: Path) -> None:
    runs = [platform_run(f"{number:08x}") for number in range(6)]
    up(double, tmp_path, *runs)

    async def work(client: Client) -> list[Removal]:
        every = (remove(client, each, (), deadline_s=20) for each in runs)
        return await asyncio.gather(*every)

    removals = ask(double.write_kubeconfig(tmp_path / "config"), work)
    assert [each.left for each in removals] == [()] * 6
    assert sum("ClusterRole reader" in names(each) for each in removals) == 1
    assert not there(double, "ClusterRole", "reader")
    assert not there(double, "CustomResourceDefinition", "boxes.shop.example.com")


def test_a_crd_stays_as_long_as_others_have_objects_of_it(
    double: KubeDouble, tmp_path: Path
) -> None:
    up(double, tmp_path, ONE)
    create_box(double, "mine", "default")
    (left,) = down(double, tmp_path, ONE).left
    assert left[0].name == "boxes.shop.example.com"
    assert left[1] == "others have objects of it, which would go with it: Box default/mine"
    assert there(double, "CustomResourceDefinition", "boxes.shop.example.com")


def test_objects_in_other_namespaces_are_let_go_of_too(double: KubeDouble, tmp_path: Path) -> None:
    double.create("Namespace", {"metadata": {"name": "monitoring"}})
    manifests = [
        written("ConfigMap", "dashboard", namespace="monitoring", data={"a": "1"}),
        written("ConfigMap", "settings"),
    ]
    kubeconfig = double.write_kubeconfig(tmp_path / "config")

    async def work(client: Client) -> None:
        for run in (ONE, TWO):
            await deployed(client, run, manifests)

    ask(kubeconfig, work)
    first = down(double, tmp_path, ONE)
    assert [(str(ref), runs) for ref, runs in first.shared] == [
        ("ConfigMap monitoring/dashboard", (TWO.run,))
    ]
    assert double.get("ConfigMap", "dashboard", "monitoring")["data"] == {"a": "1"}
    down(double, tmp_path, TWO)
    assert not there(double, "ConfigMap", "dashboard", "monitoring")
    assert there(double, "Namespace", "monitoring")


def test_they_are_found_without_the_namespace_too_by_who_remembers_them(
    double: KubeDouble, tmp_path: Path
) -> None:
    double.create("Namespace", {"metadata": {"name": "monitoring"}})
    far = written("ConfigMap", "dashboard", namespace="monitoring")

    async def work(client: Client) -> Removal:
        await deployed(client, ONE, [far, written("ConfigMap", "settings")])
        double.registry.store.remove(
            double.registry.catalogue.kind("Namespace"), double.get("Namespace", ONE.namespace)
        )
        return await remove(client, ONE, [far.ref], deadline_s=5)

    gone = ask(double.write_kubeconfig(tmp_path / "config"), work)
    assert [str(each) for each in gone.removed] == ["ConfigMap monitoring/dashboard"]


def test_a_namespace_that_the_platform_brings_along_goes_with_the_last_run(
    double: KubeDouble, tmp_path: Path
) -> None:
    manifests = [
        written("Namespace", "tekton"),
        written("Namespace", "tekton-resolvers"),
        written("ConfigMap", "settings", namespace="tekton", data={"a": "1"}),
    ]
    kubeconfig = double.write_kubeconfig(tmp_path / "config")

    async def work(client: Client) -> None:
        for run in (ONE, TWO):
            await deployed(client, run, manifests)

    ask(kubeconfig, work)
    down(double, tmp_path, TWO)
    assert there(double, "ConfigMap", "settings", "tekton")
    assert down(double, tmp_path, ONE).left == ()
    assert not there(double, "Namespace", "tekton")
    assert not there(double, "Namespace", "tekton-resolvers")


def test_a_hold_that_somebody_else_wrote_too_is_still_taken_off(
    double: KubeDouble, tmp_path: Path
) -> None:
    up(double, tmp_path, ONE, TWO)
    kubeconfig = double.write_kubeconfig(tmp_path / "config")
    copy = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {
            "name": "reader",
            "labels": dict(ONE.hold_labels),
            "annotations": dict(ONE.hold_annotations),
        },
    }
    kind = KINDS["rbac.authorization.k8s.io/v1", "ClusterRole"]
    ask(kubeconfig, lambda client: client.apply(kind, copy, manager="backup"))
    assert down(double, tmp_path, ONE).left == ()
    assert holds_of(double.get("ClusterRole", "reader")) == {TWO.run: TWO}
