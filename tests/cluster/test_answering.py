"""A cluster that accepts connections and says nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from orchestration.cluster.answering import SilentClusterError, answering
from orchestration.cluster.client import connect
from orchestration.platform import ClusterChoice
from tests.kube.faults import Breakage, Which
from tests.kube.kube_double import kube_double


@pytest.mark.parametrize("path", ["/version", "/api/v1"])
def test_a_silent_cluster_is_given_up_in_time(tmp_path: Path, path: str) -> None:
    async def ask(kubeconfig: Path) -> None:
        choice = ClusterChoice(kubeconfig=kubeconfig)
        async with answering(0.5, "double", fix="wait"), connect(choice, environ={}) as client:
            await client.discover(["v1"])

    with kube_double() as double:
        double.faults.add(Which(path=f"^{path}$"), Breakage.HANG, times=None)
        kubeconfig = double.write_kubeconfig(tmp_path / "kubeconfig")
        with pytest.raises(SilentClusterError) as caught:
            asyncio.run(asyncio.wait_for(ask(kubeconfig), 20))
    told = caught.value
    assert told.what == "the cluster of context double does not answer"
    assert told.why == "what it was asked has taken more than 0.5 s"
    assert told.fix == "wait"
    assert told.exit_code == 13


def test_what_to_do_is_said_by_whoever_asks_for_more() -> None:
    async def ask() -> None:
        async with answering(20, "double", fix="clean"), answering(0.01, "double"):
            await asyncio.sleep(20)

    with pytest.raises(SilentClusterError) as caught:
        asyncio.run(ask())
    assert caught.value.why == "what it was asked has taken more than 0.01 s"
    assert caught.value.fix == "clean"


def test_what_times_out_by_itself_is_no_silence() -> None:
    async def ask() -> None:
        async with answering(20, "double"):
            raise TimeoutError("of somebody else")

    with pytest.raises(TimeoutError, match="of somebody else"):
        asyncio.run(ask())


def test_an_answer_in_time_is_had() -> None:
    async def ask() -> str:
        async with answering(20, "double"):
            await asyncio.sleep(0)
            return "v1.32.0"

    assert asyncio.run(ask()) == "v1.32.0"
