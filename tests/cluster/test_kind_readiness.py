"""When a new cluster takes a platform."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.cluster.kind_readiness import until_ready
from orchestration.errors import ClusterError
from orchestration.platform import ClusterChoice
from tests.kube.controllers.world import NODE
from tests.kube.faults import Breakage, Delays, Refuses, Which
from tests.kube.json_values import Doc
from tests.kube.kube_double import KubeDouble, kube_double

ACCOUNT = Which(path="/namespaces/default/serviceaccounts/default$")


@pytest.fixture
def double() -> Iterator[KubeDouble]:
    with kube_double() as started:
        yield started


def wait(double: KubeDouble, directory: Path, seconds: float = 60.0, look_s: float = 60.0) -> None:
    kubeconfig = double.write_kubeconfig(directory / "config")

    async def work() -> None:
        await until_ready(
            ClusterChoice(kubeconfig=kubeconfig, context="double"),
            environ={},
            until=asyncio.get_running_loop().time() + seconds,
            log=directory / "log",
            look_s=look_s,
        )

    asyncio.run(work())


def never(double: KubeDouble, directory: Path, seconds: float = 0.5, look_s: float = 60.0) -> str:
    with pytest.raises(ClusterError) as caught:
        wait(double, directory, seconds, look_s)
    assert "cluster double was made and is not ready" in caught.value.what
    assert str(directory / "log") in caught.value.why
    return caught.value.why


def set_ready(double: KubeDouble, status: str) -> None:
    condition: Doc = {
        "type": "Ready",
        "status": status,
        "reason": "KubeletNotReady",
        "message": "cni plugin not initialized",
    }
    resource = double.registry.catalogue.kind("Node")
    node = double.get("Node", NODE)
    double.registry.set_status(resource, node, {"conditions": [condition]}, "kubelet")


def test_a_whole_cluster_is_ready(double: KubeDouble, tmp_path: Path) -> None:
    wait(double, tmp_path)


def test_a_node_that_is_not_ready_is_named_with_its_reason(
    double: KubeDouble, tmp_path: Path
) -> None:
    set_ready(double, "False")
    why = never(double, tmp_path)
    assert f"node {NODE} is not Ready: KubeletNotReady: cni plugin not initialized" in why


def test_it_is_ready_as_soon_as_its_node_is(double: KubeDouble, tmp_path: Path) -> None:
    set_ready(double, "Unknown")
    later = threading.Timer(0.5, set_ready, (double, "True"))
    later.start()
    wait(double, tmp_path)
    later.join()


def test_a_cluster_without_a_node_is_not_ready(double: KubeDouble, tmp_path: Path) -> None:
    resource = double.registry.catalogue.kind("Node")
    double.registry.store.remove(resource, double.get("Node", NODE))
    assert "no node has joined" in never(double, tmp_path)


def test_pods_would_be_refused_without_the_default_account(
    double: KubeDouble, tmp_path: Path
) -> None:
    double.faults.add(ACCOUNT, Refuses(code=404), times=None)
    assert "ServiceAccount `default`" in never(double, tmp_path)


@pytest.mark.parametrize(
    "effect", [Refuses(code=503), Refuses(code=403), Breakage.RESET, Breakage.CUT]
)
def test_a_server_that_is_still_starting_is_asked_again(
    double: KubeDouble, tmp_path: Path, effect: Refuses | Breakage
) -> None:
    double.faults.add(Which(path="/version"), effect)
    double.faults.add(Which(path="/nodes"), effect)
    double.faults.add(ACCOUNT, effect)
    wait(double, tmp_path)
    assert double.faults.struck == 3


def test_a_server_that_accepts_and_never_answers_does_not_hold_it_up(
    double: KubeDouble, tmp_path: Path
) -> None:
    double.faults.add(Which(path="/version"), Breakage.HANG, times=None)
    why = never(double, tmp_path, seconds=2.0, look_s=0.2)
    assert "does not answer within 0.2 s" in why


def test_a_look_that_is_cut_short_does_not_hide_what_was_seen_before(
    double: KubeDouble, tmp_path: Path
) -> None:
    set_ready(double, "False")
    double.faults.add(Which(path="/version"), Delays(seconds=0.0))
    double.faults.add(Which(path="/version"), Breakage.HANG, times=None)
    assert "cni plugin not initialized" in never(double, tmp_path, seconds=2.0)
