from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.cluster.client import Client
from orchestration.cluster.held_objects import NAMESPACES
from orchestration.cluster.platform_run import holds_of
from orchestration.cluster.removal import Removal, remove
from tests.cluster.asking import ask
from tests.cluster.platform_runs import platform_run
from tests.cluster.running_platforms import ONE, TWO, create_box, down, names, there, up
from tests.kube.faults import Breakage, Refuses, Which
from tests.kube.json_values import Doc, child, text
from tests.kube.kube_double import KubeDouble, kube_double
from tests.kube.removal import drop_finalizer
from tests.records import DEAD


@pytest.fixture
def double() -> Iterator[KubeDouble]:
    with kube_double() as started:
        yield started


def test_nothing_foreign_is_touched(double: KubeDouble, tmp_path: Path) -> None:
    """They look like ours: by name, by copied labels, by copied annotations."""
    up(double, tmp_path, ONE)
    labels: Doc = {"stackwright.io/run": ONE.run}
    labels.update(ONE.hold_labels)
    theirs: Doc = {}
    theirs.update(platform_run(ONE.run, owner=DEAD).hold_annotations)
    mine: Doc = {}
    mine.update(ONE.hold_annotations)
    ours = child(double.get("Namespace", ONE.namespace), "metadata")
    copied: Doc = {key: ours[key] for key in ("labels", "annotations")}
    double.create("Namespace", {"metadata": {"name": f"{ONE.namespace}-copy", **copied}})
    double.create("Namespace", {"metadata": {"name": "stackwright-gateway-99999999"}})
    double.create(
        "ConfigMap", {"metadata": {"name": "settings", "namespace": "default", "labels": labels}}
    )
    alike: dict[str, Doc] = {
        "reader-99999999": {},
        "copy": {"labels": labels},
        "old": {"labels": labels, "annotations": theirs},
        "bare": {"annotations": mine},
    }
    for name, marks in alike.items():
        double.create("ClusterRole", {"metadata": {"name": name, **marks}})
    crd: Doc = {"metadata": {"name": "hats.shop.example.com"}}
    crd["spec"] = {
        "group": "shop.example.com",
        "scope": "Namespaced",
        "names": {"kind": "Hat", "plural": "hats", "singular": "hat", "listKind": "HatList"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object"}},
            }
        ],
    }
    double.create("CustomResourceDefinition", crd)
    gone = down(double, tmp_path, ONE)
    assert {each.short for each, _ in gone.left} == {"ClusterRole copy", "ClusterRole old"}
    for name in alike:
        assert there(double, "ClusterRole", name)
    assert there(double, "CustomResourceDefinition", "hats.shop.example.com")
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
    assert not there(double, "Namespace", ONE.namespace)


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
    create_box(double, "one", ONE.namespace, "example.com/box")
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


@pytest.mark.parametrize(
    ("verb", "effect"),
    [
        ("get", Breakage.RESET),
        ("list", Refuses(code=429)),
        ("delete", Refuses(code=503)),
        ("delete", Breakage.RESET),
        ("patch", Breakage.RESET),
    ],
)
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


def test_a_namespace_that_may_not_be_deleted_is_told_with_all_that_waits_for_it(
    double: KubeDouble, tmp_path: Path
) -> None:
    up(double, tmp_path, ONE)
    double.faults.add(Which(verb="delete", path="/namespaces/"), Refuses(code=403), times=None)
    gone = down(double, tmp_path, ONE)
    assert {ref.kind for ref, _ in gone.left} == {
        "Namespace",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
    }
    assert gone.removed == ()


def test_a_cluster_that_does_not_answer_leaves_everything_and_says_so(
    double: KubeDouble, tmp_path: Path
) -> None:
    up(double, tmp_path, ONE)
    kubeconfig = double.write_kubeconfig(tmp_path / "config")

    async def work(client: Client) -> Removal:
        double.faults.add(Which(), Breakage.RESET, times=None)
        return await remove(client, ONE, (), deadline_s=0.2)

    ((ref, why),) = ask(kubeconfig, work).left
    assert (ref.name, bool(why)) == (ONE.namespace, True)


def test_what_may_not_be_listed_is_asked_for_by_its_name(
    double: KubeDouble, tmp_path: Path
) -> None:
    up(double, tmp_path, ONE)
    theirs: Doc = {"metadata": {"name": "theirs"}}
    double.create("ClusterRole", theirs)
    forbidden = Refuses(code=403, message="clusterroles is forbidden")
    double.faults.add(Which(verb="list", path="/clusterroles$"), forbidden, times=None)
    gone = down(double, tmp_path, ONE)
    assert gone.left == ()
    assert "ClusterRole reader" in names(gone)
    assert there(double, "ClusterRole", "theirs")


def test_what_may_not_be_seen_at_all_is_left_with_the_namespace_that_names_it(
    double: KubeDouble, tmp_path: Path
) -> None:
    up(double, tmp_path, ONE)
    forbidden = Refuses(code=403, message="clusterroles is forbidden")
    double.faults.add(Which(path="/clusterroles"), forbidden, times=None)
    left = {ref.short: why for ref, why in down(double, tmp_path, ONE).left}
    assert "clusterroles is forbidden" in left["ClusterRole reader"]
    assert f"Namespace {ONE.namespace}" in left
    double.faults.clear()
    assert down(double, tmp_path, ONE).left == ()
    assert not there(double, "ClusterRole", "reader")


def test_what_may_not_be_listed_and_has_no_name_that_is_known_is_left(
    double: KubeDouble, tmp_path: Path
) -> None:
    up(double, tmp_path, ONE)
    kubeconfig = double.write_kubeconfig(tmp_path / "config")
    nothing: Doc = {"metadata": {"annotations": {"stackwright.io/objects": None}}}
    ask(kubeconfig, lambda client: client.patch_merge(NAMESPACES, ONE.namespace, None, nothing))
    double.faults.add(Which(verb="list", path="/clusterroles$"), Refuses(code=403), times=None)
    left = {ref.short: why for ref, why in down(double, tmp_path, ONE).left}
    assert left["ClusterRole *"] == "we may not list clusterroles"
    assert there(double, "Namespace", ONE.namespace)
