from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.cluster.client import Client
from orchestration.cluster.deferred import AFTER
from orchestration.cluster.fields import Fields
from orchestration.cluster.localize import localize
from orchestration.cluster.manifest import Manifest
from orchestration.cluster.platform_run import PlatformRun, holds_of
from orchestration.cluster.removal import remove
from orchestration.cluster.retry import Retry
from orchestration.cluster.stock import Stock, take_stock
from orchestration.errors import DeployError, StackwrightError
from tests.cluster.asking import ask
from tests.cluster.platform_runs import KINDS, definition, deployed, platform_run, role, written
from tests.kube.faults import Refuses, Which
from tests.kube.kube_double import KubeDouble, kube_double
from tests.kube.removal import Removal, delete, drop_finalizer

ONE, TWO = platform_run("11111111"), platform_run("22222222", platform="notification")
REF = role().ref


@pytest.fixture
def double() -> Iterator[KubeDouble]:
    with kube_double() as started:
        yield started


def stock(
    double: KubeDouble, home: Path, *manifests: Manifest, run: PlatformRun = ONE, going_s: float = 5
) -> Stock:
    outside = localize(manifests, KINDS, run).outside
    return ask(
        double.write_kubeconfig(home / "config"),
        lambda client: take_stock(client, outside, KINDS, run, going_s=going_s),
    )


def foreign(double: KubeDouble, home: Path, manifest: Manifest, manager: str = "helm") -> None:
    """Somebody else applies a manifest."""
    kind = KINDS[manifest.api_version, manifest.kind]
    kubeconfig = double.write_kubeconfig(home / "config")
    ask(kubeconfig, lambda client: client.apply(kind, manifest.body, manager=manager))
    double.settle()


def ours(double: KubeDouble, home: Path, *manifests: Manifest, run: PlatformRun = TWO) -> None:
    kubeconfig = double.write_kubeconfig(home / "config")

    async def work(client: Client) -> None:
        await deployed(client, run, manifests)

    ask(kubeconfig, work)
    double.settle()


def test_what_nobody_has_is_for_the_run_to_make(double: KubeDouble, tmp_path: Path) -> None:
    found = stock(double, tmp_path, role(), definition())
    assert (found.theirs, found.shared, found.notices) == ((), {}, ())
    assert found.to_apply([role()]) == (role(),)


def test_what_somebody_else_made_alike_is_used_and_stays(
    double: KubeDouble, tmp_path: Path
) -> None:
    for each in (role(), definition()):
        foreign(double, tmp_path, each)
    before = double.get("ClusterRole", "reader")
    found = stock(double, tmp_path, role(), definition())
    assert found.theirs == (role().ref, definition().ref)
    assert found.to_apply([role(), definition()]) == ()
    assert found.notices[0] == (
        "ClusterRole reader is somebody else's: it is used as it is, and stays"
    )
    assert double.get("ClusterRole", "reader") == before


def test_nothing_waits_for_what_is_used_as_it_is() -> None:
    found = Stock(theirs=(REF,), shared={})
    late = written("ConfigMap", "late", annotations={AFTER: "ClusterRole/reader, Secret/s"})
    later = written("ConfigMap", "later", annotations={AFTER: "ClusterRole/reader"})
    made = found.to_apply([role(), written("Secret", "s"), late, later])
    assert [each.name for each in made] == ["s", "late", "later"]
    waits = [Fields(each.body).text("metadata", "annotations", AFTER) for each in made]
    assert waits == ["", "Secret/s", ""]


def test_a_foreign_object_that_says_more_is_still_as_it_is_wanted(
    double: KubeDouble, tmp_path: Path
) -> None:
    labelled = {"name": "reader", "labels": {"team": "platform"}}
    foreign(double, tmp_path, replace(role(), body={**role().body, "metadata": labelled}))
    assert stock(double, tmp_path, role()).theirs == (REF,)


def test_what_somebody_else_made_otherwise_is_refused_with_line_and_fields(
    double: KubeDouble, tmp_path: Path
) -> None:
    foreign(double, tmp_path, role("reader", "get", "list"))
    foreign(double, tmp_path, definition(size="string"))
    before = double.get("ClusterRole", "reader")
    with pytest.raises(DeployError) as caught:
        stock(double, tmp_path, role(), definition())
    message = str(caught.value)
    assert message.startswith("2 objects outside of the run's namespace are there already")
    assert "all.yaml:40: ClusterRole reader: made by helm; it would change at rules" in message
    assert (
        "all.yaml:20: CustomResourceDefinition boxes.shop.example.com: made by helm; it would "
        "change at spec.versions[0].schema.openAPIV3Schema.properties.spec.properties.size.type"
    ) in message
    assert "fix: write them as they are on the cluster" in message
    assert double.get("ClusterRole", "reader") == before


def test_no_value_of_a_field_is_shown(double: KubeDouble, tmp_path: Path) -> None:
    secret = written("Secret", "s", namespace="kube-system", stringData={"password": "hunter2"})
    double.create(
        "Secret",
        {"metadata": {"name": "s", "namespace": "kube-system"}, "data": {"password": "b3RoZXI="}},
    )
    with pytest.raises(DeployError) as caught:
        stock(double, tmp_path, secret)
    message = str(caught.value)
    assert "Secret kube-system/s" in message
    assert not any(each in message for each in ("hunter2", "aHVudGVyMg==", "b3RoZXI="))


def test_what_other_runs_have_is_shared(double: KubeDouble, tmp_path: Path) -> None:
    ours(double, tmp_path, role(), definition())
    found = stock(double, tmp_path, role(), definition())
    assert found.shared == {role().ref: (TWO.run,), definition().ref: (TWO.run,)}
    assert found.to_apply([role()]) == (role(),)
    assert found.notices[0] == "ClusterRole reader is shared with run 22222222"
    ours(double, tmp_path, role(), run=ONE)
    assert holds_of(double.get("ClusterRole", "reader")) == {ONE.run: ONE, TWO.run: TWO}


def test_what_other_runs_have_otherwise_is_refused(double: KubeDouble, tmp_path: Path) -> None:
    ours(double, tmp_path, role("reader", "get", "list"))
    with pytest.raises(DeployError) as caught:
        stock(double, tmp_path, role())
    assert (
        "ClusterRole reader: shared with run 22222222; this run wants it otherwise at rules"
        in str(caught.value)
    )


def test_what_the_run_has_itself_is_no_hindrance(double: KubeDouble, tmp_path: Path) -> None:
    ours(double, tmp_path, role(), run=ONE)
    found = stock(double, tmp_path, role("reader", "get", "list"))
    assert (found.shared, found.notices) == ({REF: ()}, ())


def test_a_run_that_has_left_hinders_nobody(double: KubeDouble, tmp_path: Path) -> None:
    third = platform_run("33333333")
    ours(double, tmp_path, role(), run=ONE)
    ours(double, tmp_path, role(), run=third)
    kubeconfig = double.write_kubeconfig(tmp_path / "config")
    ask(kubeconfig, lambda client: remove(client, ONE, (), deadline_s=5))
    found = stock(double, tmp_path, role("reader", "get", "list"), run=third)
    assert found.shared == {REF: ()}


def test_taking_stock_changes_nothing(double: KubeDouble, tmp_path: Path) -> None:
    ours(double, tmp_path, role())
    foreign(double, tmp_path, definition())
    before = double.registry.store.revision
    stock(double, tmp_path, role(), definition())
    assert double.registry.store.revision == before


@pytest.mark.parametrize(("verbs", "right"), [(("get",), True), (("list",), False)])
def test_who_may_only_look_can_still_use_what_is_there(
    double: KubeDouble, tmp_path: Path, verbs: tuple[str, ...], right: bool
) -> None:
    foreign(double, tmp_path, role())
    double.faults.add(Which(verb="patch"), Refuses(code=403), times=None)
    if right:
        assert stock(double, tmp_path, role("reader", *verbs)).theirs == (REF,)
    else:
        with pytest.raises(DeployError, match=r"rules\[0\]\.verbs"):
            stock(double, tmp_path, role("reader", *verbs))


def test_what_cannot_be_looked_at_is_told(double: KubeDouble, tmp_path: Path) -> None:
    double.faults.add(Which(verb="get", path="clusterroles"), Refuses(code=503), times=None)
    with pytest.raises(StackwrightError, match="kubectl --context double get --raw"):
        stock(double, tmp_path, role(), going_s=0.0)


def test_a_kind_that_is_not_served_yet_can_have_no_objects(
    double: KubeDouble, tmp_path: Path
) -> None:
    box = written("Box", "one", api_version="shop.example.com/v1", namespace="kube-system")
    assert stock(double, tmp_path, definition(), box) == Stock(shared={})


def test_an_object_that_does_not_go_is_told(double: KubeDouble, tmp_path: Path) -> None:
    going(double)
    told = r"reader: it is being deleted, and waits for finalizer example\.com/hold"
    with pytest.raises(DeployError, match=told):
        stock(double, tmp_path, role(), going_s=0.3)


def test_an_object_on_its_way_out_is_awaited(double: KubeDouble, tmp_path: Path) -> None:
    going(double)
    outside = localize([role()], KINDS, ONE).outside
    resource = double.registry.catalogue.kind("ClusterRole")
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        drop_finalizer(
            double.registry, resource, double.get("ClusterRole", "reader"), "example.com/hold"
        )

    found = ask(
        double.write_kubeconfig(tmp_path / "config"),
        lambda client: take_stock(client, outside, KINDS, ONE, retry=Retry(pause=pause)),
    )
    assert found == Stock(shared={})
    assert len(pauses) == 1


def going(double: KubeDouble) -> None:
    """A ClusterRole that is being deleted."""
    double.create(
        "ClusterRole", {"metadata": {"name": "reader", "finalizers": ["example.com/hold"]}}
    )
    resource = double.registry.catalogue.kind("ClusterRole")
    delete(double.registry, resource, double.get("ClusterRole", "reader"), Removal())
