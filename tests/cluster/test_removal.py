from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from orchestration.cluster.client import Client
from orchestration.cluster.manifest import Manifest
from orchestration.cluster.platform_run import PlatformRun, holds_of
from orchestration.cluster.removal import Removal, remove
from tests.cluster.asking import ask
from tests.cluster.platform_runs import (
    KINDS,
    binding,
    definition,
    deployed,
    platform_run,
    role,
    written,
)
from tests.kube.faults import Breakage, Refuses, Which
from tests.kube.json_values import Doc, text
from tests.kube.kube_double import KubeDouble, kube_double
from tests.kube.registry import Options
from tests.kube.removal import drop_finalizer
from tests.kube.status_error import StatusError
from tests.records import DEAD

ONE, TWO = platform_run("11111111"), platform_run("22222222")
PLATFORM: Sequence[Manifest] = (
    written("ConfigMap", "settings", data={"a": "1"}),
    written("ServiceAccount", "api"),
    role(),
    binding(),
    definition(),
)


@pytest.fixture
def double() -> Iterator[KubeDouble]:
    with kube_double() as started:
        yield started


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
        kubeconfig, lambda client: remove(client, run, {}, deadline_s=deadline_s, first_s=0.3)
    )


def there(double: KubeDouble, kind: str, name: str, namespace: str = "") -> bool:
    try:
        double.get(kind, name, namespace)
    except StatusError:
        return False
    return True


def names(removal: Removal) -> set[str]:
    return {each.short for each in removal.removed}


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
        every = (remove(client, each, {}, deadline_s=20) for each in runs)
        return await asyncio.gather(*every)

    removals = ask(double.write_kubeconfig(tmp_path / "config"), work)
    assert [each.left for each in removals] == [()] * 6
    assert sum("ClusterRole reader" in names(each) for each in removals) == 1
    assert not there(double, "ClusterRole", "reader")
    assert not there(double, "CustomResourceDefinition", "boxes.shop.example.com")


def test_nothing_foreign_is_touched(double: KubeDouble, tmp_path: Path) -> None:
    """They look like ours: by name, by copied labels, by copied annotations."""
    up(double, tmp_path, ONE)
    ours = double.get("Namespace", ONE.namespace)["metadata"]
    assert isinstance(ours, dict)
    labels = {"stackwright.io/run": ONE.run, ONE.hold: "held", "stackwright.io/shared": "true"}
    other = dict(platform_run(ONE.run, owner=DEAD).hold_annotations)
    copied: Doc = {"labels": dict(ours["labels"]), "annotations": dict(ours["annotations"])}
    double.create("Namespace", {"metadata": {"name": f"{ONE.namespace}-copy", **copied}})
    double.create("Namespace", {"metadata": {"name": "stackwright-gateway-99999999"}})
    double.create(
        "ConfigMap", {"metadata": {"name": "settings", "namespace": "default", "labels": labels}}
    )
    double.create("ClusterRole", {"metadata": {"name": "reader-11111111"}})
    double.create("ClusterRole", {"metadata": {"name": "copy", "labels": labels}})
    double.create(
        "ClusterRole", {"metadata": {"name": "old", "labels": labels, "annotations": other}}
    )
    double.create(
        "ClusterRole", {"metadata": {"name": "bare", "annotations": dict(ONE.hold_annotations)}}
    )
    gone = down(double, tmp_path, ONE)
    assert {each.short for each, _ in gone.left} == {"ClusterRole copy", "ClusterRole old"}
    for name in ("reader-11111111", "copy", "old", "bare"):
        assert there(double, "ClusterRole", name)
    assert there(double, "ConfigMap", "settings", "default")
    assert there(double, "Namespace", f"{ONE.namespace}-copy")
    assert there(double, "Namespace", "stackwright-gateway-99999999")
    assert not there(double, "Namespace", ONE.namespace)


def test_a_namespace_of_another_owner_is_left_alone(double: KubeDouble, tmp_path: Path) -> None:
    up(double, tmp_path, ONE)
    gone = down(double, tmp_path, platform_run(ONE.run, owner=DEAD))
    assert f"Namespace {ONE.namespace}" in {each.short for each, _ in gone.left}
    assert there(double, "ConfigMap", "settings", ONE.namespace)
    assert there(double, "ClusterRole", "reader")


def test_what_is_gone_already_is_no_trouble(double: KubeDouble, tmp_path: Path) -> None:
    assert down(double, tmp_path, ONE) == Removal()
    up(double, tmp_path, ONE)
    down(double, tmp_path, ONE)
    assert down(double, tmp_path, ONE) == Removal()


def test_what_is_left_when_the_namespace_is_gone_is_still_found(
    double: KubeDouble, tmp_path: Path
) -> None:
    up(double, tmp_path, ONE)
    double.registry.store.remove(
        double.registry.catalogue.kind("Namespace"), double.get("Namespace", ONE.namespace)
    )
    gone = down(double, tmp_path, ONE)
    assert {"ClusterRole reader", "ClusterRoleBinding reader-11111111"} <= names(gone)
    assert not there(double, "CustomResourceDefinition", "boxes.shop.example.com")


def test_a_namespace_that_is_stuck_says_what_keeps_it(double: KubeDouble, tmp_path: Path) -> None:
    up(double, tmp_path, ONE)
    hold(double)
    stuck = down(double, tmp_path, ONE, deadline_s=0.5)
    left = {ref.short: why for ref, why in stuck.left}
    assert (
        "ConfigMap held waits for finalizer example.com/hold" in left[f"Namespace {ONE.namespace}"]
    )
    assert left["ClusterRole reader"] == "it goes when the rest has gone"
    assert there(double, "ClusterRole", "reader")
    free(double, "ConfigMap", "held", ONE.namespace)
    gone = down(double, tmp_path, ONE)
    assert gone.left == ()
    assert f"Namespace {ONE.namespace}" in names(gone)


def hold(double: KubeDouble) -> None:
    """Put something into the namespace that does not go."""
    metadata: Doc = {"name": "held", "namespace": ONE.namespace}
    double.create("ConfigMap", {"metadata": {**metadata, "finalizers": ["example.com/hold"]}})


def free(double: KubeDouble, kind: str, name: str, namespace: str) -> None:
    resource = double.registry.catalogue.kind(kind)
    held = double.get(kind, name, namespace)
    drop_finalizer(double.registry, resource, held, "example.com/hold")


def test_the_servers_own_words_for_a_stuck_namespace_are_told(
    double: KubeDouble, tmp_path: Path
) -> None:
    up(double, tmp_path, ONE)
    hold(double)
    conditions = [
        {
            "type": "NamespaceContentRemaining",
            "status": "True",
            "reason": "SomeResourcesRemain",
            "message": "Some resources are remaining: configmaps. has 1 resource instances",
        },
        {"type": "NamespaceDeletionContentFailure", "status": "False", "message": "all is well"},
    ]
    namespaces = double.registry.catalogue.kind("Namespace")
    double.registry.set_status(
        namespaces,
        double.get("Namespace", ONE.namespace),
        {"phase": "Terminating", "conditions": [dict(each) for each in conditions]},
        "test",
    )
    stuck = down(double, tmp_path, ONE, deadline_s=0.3)
    why = stuck.left[0][1]
    assert "Some resources are remaining: configmaps. has 1 resource instances" in why
    assert "all is well" not in why


def test_custom_objects_end_while_their_controller_still_runs(
    double: KubeDouble, tmp_path: Path
) -> None:
    up(double, tmp_path, ONE)
    boxes = double.registry.catalogue.of_key("shop.example.com", "boxes")
    box: Doc = {
        "apiVersion": "shop.example.com/v1",
        "kind": "Box",
        "metadata": {"name": "one", "namespace": ONE.namespace, "finalizers": ["example.com/box"]},
    }
    double.registry.create(boxes, ONE.namespace, box, Options(manager="test"))
    namespaces = double.registry.catalogue.kind("Namespace")
    seen: list[bool] = []

    def controller() -> None:
        """Ends boxes, as long as its namespace is not being deleted."""
        while not over.wait(0.01):
            found = double.registry.store.get(boxes, ONE.namespace, "one")
            if found is None:
                return
            if text(found, "metadata", "deletionTimestamp"):
                namespace = double.registry.store.get(namespaces, "", ONE.namespace) or {}
                seen.append(not text(namespace, "metadata", "deletionTimestamp"))
                drop_finalizer(double.registry, boxes, found, "example.com/box")

    over = threading.Event()
    thread = threading.Thread(target=controller)
    thread.start()
    try:
        gone = down(double, tmp_path, ONE)
    finally:
        over.set()
        thread.join()
    assert seen == [True]
    assert gone.left == ()


def test_a_crd_stays_as_long_as_others_have_objects_of_it(
    double: KubeDouble, tmp_path: Path
) -> None:
    up(double, tmp_path, ONE)
    boxes = double.registry.catalogue.of_key("shop.example.com", "boxes")
    box: Doc = {
        "apiVersion": "shop.example.com/v1",
        "kind": "Box",
        "metadata": {"name": "mine", "namespace": "default"},
    }
    double.registry.create(boxes, "default", box, Options(manager="test"))
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


@pytest.mark.parametrize("effect", [Refuses(code=503), Refuses(code=429), Breakage.RESET])
@pytest.mark.parametrize("verb", ["get", "list", "delete", "patch"])
def test_what_passes_is_tried_again(
    double: KubeDouble, tmp_path: Path, effect: Refuses | Breakage, verb: str
) -> None:
    up(double, tmp_path, ONE, TWO)
    path = "clusterroles/reader$" if verb == "patch" else r"/(namespaces|clusterroles)\b"
    double.faults.add(Which(verb=verb, path=path), effect, times=2)
    gone = down(double, tmp_path, ONE)
    assert gone.left == ()
    assert double.faults.struck == 2
    assert holds_of(double.get("ClusterRole", "reader")) == {TWO.run: TWO}
    assert not there(double, "Namespace", ONE.namespace)


def test_what_is_refused_is_told_and_all_else_removed(double: KubeDouble, tmp_path: Path) -> None:
    up(double, tmp_path, ONE)
    refusal = Refuses(code=403, message="clusterroles is forbidden")
    double.faults.add(Which(verb="delete", path="/clusterroles/"), refusal, times=None)
    gone = down(double, tmp_path, ONE)
    assert [(ref.short, "forbidden" in why) for ref, why in gone.left] == [
        ("ClusterRole reader", True)
    ]
    assert not there(double, "Namespace", ONE.namespace)
    assert not there(double, "CustomResourceDefinition", "boxes.shop.example.com")


def test_a_cluster_that_does_not_answer_leaves_everything_and_says_so(
    double: KubeDouble, tmp_path: Path
) -> None:
    up(double, tmp_path, ONE)
    kubeconfig = double.write_kubeconfig(tmp_path / "config")

    async def work(client: Client) -> Removal:
        double.faults.add(Which(), Breakage.RESET, times=None)
        return await remove(client, ONE, {}, deadline_s=0.2)

    ((ref, why),) = ask(kubeconfig, work).left
    assert (ref.name, bool(why)) == (ONE.namespace, True)


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
