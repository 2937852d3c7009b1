from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.cluster.client import Client
from orchestration.cluster.cluster_runs import Finding, FoundRun, Sorted, find, judge
from orchestration.cluster.manifest import Ref
from orchestration.cluster.platform_run import PlatformRun
from orchestration.cluster.removal import remove
from orchestration.errors import ClusterError, StackwrightError
from orchestration.model import Lifetime
from orchestration.owner import Owner
from tests.cluster.asking import ask
from tests.cluster.platform_runs import deployed, platform_run, role, written
from tests.kube.faults import Refuses, Which
from tests.kube.kube_double import KubeDouble, kube_double
from tests.records import ALIVE, DEAD, ELSEWHERE, KnownOwners

OTHER_USER = replace(DEAD, uid=1000)
OTHER_BOOT = replace(DEAD, boot="before")


@pytest.fixture
def double() -> Iterator[KubeDouble]:
    with kube_double() as started:
        yield started


def found(run: PlatformRun | None) -> FoundRun:
    ref = Ref(api_version="v1", kind="Namespace", namespace=None, name="it")
    return FoundRun(run="0a1b2c3d", whole=run, objects=(ref,))


def group(run: PlatformRun | None, recorded: Sequence[str] | None = None) -> tuple[str, str]:
    """Where a run is sorted to, and why."""
    made = judge([found(run)], KnownOwners(), "mine", recorded=recorded)
    parts = {"dead": made.dead, "alive": made.alive, "foreign": made.foreign}
    ((name, why),) = ((name, why) for name, part in parts.items() for _, why in part)
    return name, why


@pytest.mark.parametrize(
    ("owner", "where", "why"),
    [
        (DEAD, "dead", "its owner here/this/99/1/0 is dead"),
        (ALIVE, "alive", "its owner, process 1, is alive"),
        (
            ELSEWHERE,
            "foreign",
            "its owner belongs to another host, PID namespace or user (there/other/1/1/0)",
        ),
        (OTHER_USER, "foreign", "its owner belongs to another user (here/this/99/1/1000)"),
        (
            OTHER_BOOT,
            "foreign",
            "its owner lived before this machine started, or on another of its name "
            "(here/before/99/1/0)",
        ),
    ],
)
def test_a_run_of_a_session_is_dead_only_when_its_owner_provably_is(
    owner: Owner, where: str, why: str
) -> None:
    assert group(platform_run(owner=owner)) == (where, why)


def test_a_run_from_before_the_machine_started_is_dead_when_it_is_in_our_records() -> None:
    run = platform_run(owner=OTHER_BOOT)
    assert group(run, recorded=[run.run])[0] == "dead"


@pytest.mark.parametrize("owner", [DEAD, ALIVE, ELSEWHERE, OTHER_BOOT, OTHER_USER])
def test_a_kept_run_is_never_dead_by_itself(owner: Owner) -> None:
    kept = platform_run(owner=owner, lifetime=Lifetime.KEPT)
    for recorded in (None, [kept.run]):
        assert group(kept, recorded) == ("alive", "it is kept until `e2e down`")
    elsewhere = replace(kept, state="another")
    assert group(elsewhere, [])[0] == "foreign"


@pytest.mark.parametrize(
    ("owner", "where"),
    [
        (DEAD, "dead"),
        (ALIVE, "alive"),
        (ELSEWHERE, "foreign"),
        (OTHER_BOOT, "foreign"),
        (OTHER_USER, "foreign"),
    ],
)
def test_a_kept_run_whose_record_is_lost_is_dead_when_its_owner_provably_is(
    owner: Owner, where: str
) -> None:
    assert group(platform_run(owner=owner, lifetime=Lifetime.KEPT), recorded=[])[0] == where


def test_a_run_that_cannot_be_read_is_left_alone() -> None:
    assert group(None) == ("foreign", "who owns it cannot be read")


def test_runs_are_found_by_their_namespaces_and_by_what_they_left(
    double: KubeDouble, tmp_path: Path
) -> None:
    one, two = platform_run("11111111"), platform_run("22222222", owner=DEAD)

    async def work(client: Client) -> Finding:
        for run in (one, two):
            await deployed(client, run, [role(), written("ConfigMap", "settings")])
        double.registry.store.remove(
            double.registry.catalogue.kind("Namespace"), double.get("Namespace", two.namespace)
        )
        return await find(client)

    runs = ask(double.write_kubeconfig(tmp_path / "config"), work).runs
    assert [(each.run, each.whole) for each in runs] == [(one.run, one), (two.run, two)]
    assert [[ref.short for ref in each.objects] for each in runs] == [
        ["ClusterRole reader", f"Namespace {one.namespace}"],
        ["ClusterRole reader"],
    ]


def test_a_copy_of_a_namespace_is_another_run_that_nobody_can_read(
    double: KubeDouble, tmp_path: Path
) -> None:
    one = platform_run("11111111", owner=DEAD)

    async def work(client: Client) -> Finding:
        await deployed(client, one, [])
        metadata = double.get("Namespace", one.namespace)["metadata"]
        assert isinstance(metadata, dict)
        copied = {key: metadata[key] for key in ("labels", "annotations")}
        double.create("Namespace", {"metadata": {"name": "copy", **copied}})
        return await find(client)

    runs = ask(double.write_kubeconfig(tmp_path / "config"), work).runs
    assert [(each.run, each.whole) for each in runs] == [(one.run, one), (one.run, None)]
    made = judge(runs, KnownOwners(), "mine")
    assert [len(part) for part in (made.dead, made.alive, made.foreign)] == [1, 0, 1]


def test_a_cluster_without_runs_has_none(double: KubeDouble, tmp_path: Path) -> None:
    double.create("Namespace", {"metadata": {"name": "stackwright-gateway-0a1b2c3d"}})
    assert ask(double.write_kubeconfig(tmp_path / "config"), find) == Finding(runs=())
    assert judge((), KnownOwners(), "mine") == Sorted()


def test_kinds_that_may_not_be_listed_hide_no_others(double: KubeDouble, tmp_path: Path) -> None:
    one = platform_run("11111111")

    async def work(client: Client) -> Finding:
        await deployed(client, one, [role()])
        double.faults.add(Which(verb="list", path="rbac"), Refuses(code=403), times=None)
        return await find(client)

    finding = ask(double.write_kubeconfig(tmp_path / "config"), work)
    assert [[ref.kind for ref in run.objects] for run in finding.runs] == [["Namespace"]]
    assert finding.unseen == ("clusterrolebindings", "clusterroles")


def test_who_may_not_list_namespaces_finds_nothing_and_is_told(
    double: KubeDouble, tmp_path: Path
) -> None:
    double.faults.add(
        Which(verb="list", path="/namespaces$"), Refuses(code=403, message="forbidden"), times=None
    )
    with pytest.raises(ClusterError):
        ask(double.write_kubeconfig(tmp_path / "config"), find)


def test_a_cluster_that_refuses_to_answer_is_told(double: KubeDouble, tmp_path: Path) -> None:
    double.faults.add(Which(verb="list"), Refuses(code=401), times=None)
    with pytest.raises(StackwrightError):
        ask(double.write_kubeconfig(tmp_path / "config"), find)


def test_only_dead_runs_are_swept(double: KubeDouble, tmp_path: Path) -> None:
    dead = platform_run("11111111", owner=DEAD)
    alive = platform_run("22222222", owner=ALIVE)
    elsewhere = platform_run("33333333", owner=ELSEWHERE)
    kept = platform_run("44444444", owner=DEAD, lifetime=Lifetime.KEPT)

    async def work(client: Client) -> None:
        for run in (dead, alive, elsewhere, kept):
            await deployed(client, run, [role(), written("ConfigMap", "settings")])
        double.create("Namespace", {"metadata": {"name": "stackwright-other"}})
        runs = judge((await find(client)).runs, KnownOwners(), "mine")
        for each, _ in runs.dead:
            assert each.whole is not None
            gone = await remove(client, each.whole, (), deadline_s=5)
            assert gone.left == ()

    ask(double.write_kubeconfig(tmp_path / "config"), work)
    left = {each["metadata"]["name"] for each in double.all("Namespace")}  # type: ignore[index,call-overload]  # an object has a name
    assert {each.namespace for each in (alive, elsewhere, kept)} | {"stackwright-other"} <= left
    assert dead.namespace not in left
    for each in (alive, elsewhere, kept):
        assert double.get("ConfigMap", "settings", each.namespace)
