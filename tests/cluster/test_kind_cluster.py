"""Clusters made with Kind: `stand_in_kind` says what stands for it."""

from __future__ import annotations

import asyncio
import json
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.cluster.client import connect
from orchestration.cluster.image_loaders import target_of
from orchestration.cluster.image_loading import load_images
from orchestration.cluster.kind_cluster import KindCluster
from orchestration.cluster.kind_failure import INSTALL
from orchestration.cluster.kind_record import (
    kind_records,
    remember,
)
from orchestration.errors import (
    ClaimError,
    ClusterError,
    ConfigError,
    EngineError,
    ImageError,
    PortError,
    StackwrightError,
    TeardownError,
)
from orchestration.model import EngineName
from tests.cluster.kind_machine import Machine, free_port, machine_with_kind


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    with machine_with_kind(tmp_path) as made:
        yield made


def test_a_cluster_is_made_answers_and_is_removed_again(machine: Machine) -> None:
    cluster = machine.cluster()
    machine.make(cluster)

    async def version() -> str:
        async with connect(cluster.choice, environ={}) as client:
            return await client.version()

    assert asyncio.run(version()).startswith("v1.")
    assert kind_records(machine.directory) == (cluster.record,)
    assert "Preparing nodes" in " ".join(machine.heard)
    asyncio.run(cluster.delete())
    assert machine.clusters == set()
    assert machine.left == set()


def test_nothing_of_the_users_is_touched(machine: Machine) -> None:
    cluster = machine.cluster()
    machine.make(cluster)
    asyncio.run(cluster.delete())
    assert list(machine.home.iterdir()) == []
    for call in machine.asked:
        if call["words"][0] in ("create", "delete"):
            assert str(cluster.kubeconfig) in call["words"]


def test_only_this_user_may_read_what_is_kept(machine: Machine) -> None:
    cluster = machine.cluster()
    machine.make(cluster)
    assert stat.S_IMODE(machine.directory.stat().st_mode) == 0o700
    for each in machine.directory.iterdir():
        assert stat.S_IMODE(each.stat().st_mode) == 0o600, each.name
    asyncio.run(cluster.delete())


def test_ports_are_published_on_loopback_only(machine: Machine) -> None:
    cluster = machine.cluster(ports={30080: free_port()})
    machine.make(cluster)
    about = json.loads((machine.state / f"{cluster.name}.cluster").read_text())
    assert about["config"] == {
        "kind": "Cluster",
        "apiVersion": "kind.x-k8s.io/v1alpha4",
        "nodes": [
            {
                "role": "control-plane",
                "extraPortMappings": [
                    {
                        "containerPort": 30080,
                        "hostPort": cluster.ports[30080],
                        "listenAddress": "127.0.0.1",
                        "protocol": "TCP",
                    }
                ],
            }
        ],
    }
    asyncio.run(cluster.delete())


@pytest.mark.parametrize("engine", ["podman", "docker"])
def test_kind_is_told_which_engine_runs_its_nodes(machine: Machine, engine: EngineName) -> None:
    machine.misbehave("exists")
    machine.refused(machine.cluster(engine=engine))
    assert {call["provider"] for call in machine.asked} == {engine}


def test_kind_is_never_asked_to_wait(machine: Machine) -> None:
    machine.misbehave("exists")
    machine.refused(machine.cluster())
    assert not any("--wait" in call["words"] for call in machine.asked)


@pytest.mark.parametrize("behaviour", ["fails-though-up", "no-kubeconfig"])
def test_an_exit_code_of_1_is_not_believed_when_the_cluster_is_up(
    machine: Machine, behaviour: str
) -> None:
    machine.misbehave(behaviour)
    cluster = machine.cluster()
    machine.make(cluster)
    assert machine.clusters == {cluster.name}
    asyncio.run(cluster.delete())


def test_an_exit_code_of_0_is_not_believed_when_nothing_was_made(machine: Machine) -> None:
    machine.misbehave("nothing-made")
    error = machine.refused(machine.cluster())
    assert isinstance(error, ClusterError)
    assert "there is none" in error.what


def test_an_exit_code_of_0_is_not_believed_when_nobody_serves_the_api(machine: Machine) -> None:
    machine.misbehave("dead-api")
    error = machine.refused(machine.cluster(), ready=1)
    assert isinstance(error, ClusterError)
    assert "its API does not answer" in error.why


def test_a_cluster_that_never_gets_ready_says_what_is_not(machine: Machine) -> None:
    machine.misbehave("never-ready")
    error = machine.refused(machine.cluster(), ready=1)
    assert isinstance(error, ClusterError)
    assert "is not ready after" in error.what
    assert "is not Ready: KubeletNotReady: container runtime network not ready" in error.why
    assert machine.clusters == set()


REFUSALS: list[tuple[str, type[StackwrightError], str, str]] = [
    ("old", ClusterError, "v0.7 is too old", INSTALL),
    ("engine-down", EngineError, "no container engine that answers", "start Docker"),
    ("no-image", ImageError, "kindest/node:v1.30.0 is not here", "docker load"),
    ("rootless", EngineError, "rootless", "Delegate=yes"),
    ("node-dies", ClusterError, "does not boot", "inotify"),
]


@pytest.mark.parametrize(("behaviour", "kind", "what", "fix"), REFUSALS)
def test_each_refusal_is_one_message_with_what_to_do(
    machine: Machine, behaviour: str, kind: type[StackwrightError], what: str, fix: str
) -> None:
    machine.misbehave(behaviour)
    error = machine.refused(machine.cluster())
    assert type(error) is kind
    assert what in error.what
    assert fix in error.fix


@pytest.mark.parametrize("behaviour", ["port-taken", "port-taken-podman"])
def test_a_port_that_the_engine_finds_taken_is_named(machine: Machine, behaviour: str) -> None:
    machine.misbehave(behaviour)
    port = free_port()
    error = machine.refused(machine.cluster(ports={30080: port, 30081: free_port()}))
    assert isinstance(error, PortError)
    assert f"127.0.0.1:{port} is in use" in error.what


def test_a_port_that_is_taken_is_told_before_anything_is_made(machine: Machine) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        error = machine.refused(machine.cluster(ports={30080: port}))
    assert isinstance(error, PortError)
    assert [call["words"] for call in machine.asked] == [["version"]]
    assert not machine.directory.exists()


def test_a_kind_that_is_not_installed_is_told_with_where_it_is_had(machine: Machine) -> None:
    (machine.root / "bin" / "kind").unlink()
    error = machine.refused(machine.cluster())
    assert "Kind is not installed" in error.what
    assert "https://kind.sigs.k8s.io" in error.fix


def test_of_what_was_never_begun_nothing_is_removed_and_kind_is_not_asked(machine: Machine) -> None:
    (machine.root / "bin" / "kind").unlink()
    cluster = machine.cluster()
    machine.refused(cluster)
    assert not cluster.begun
    assert not asyncio.run(cluster.delete())


def test_an_engine_without_containers_is_refused_before_kind_is_asked(machine: Machine) -> None:
    assert isinstance(machine.refused(machine.cluster(engine="embedded")), ConfigError)
    assert not (machine.state / "asked").exists()


def test_a_cluster_of_that_name_stays_as_it_is(machine: Machine) -> None:
    first = machine.cluster()
    machine.make(first)
    before = first.kubeconfig.read_text()
    other = KindCluster(
        record=first.record, directory=machine.root / "other", environ=first.environ
    )
    error = machine.refused(other)
    assert isinstance(error, ClaimError)
    assert machine.clusters == {first.name}
    assert first.kubeconfig.read_text() == before
    assert kind_records(other.directory) == ()
    asyncio.run(first.delete())


@pytest.mark.parametrize("behaviour", ["hangs", "hangs-half-made"])
def test_a_kind_that_hangs_is_ended_and_what_it_made_removed(
    machine: Machine, behaviour: str
) -> None:
    machine.misbehave(behaviour)
    cluster = machine.cluster()
    error = machine.refused(cluster, seconds=1)
    assert "within 1 s" in error.what
    assert machine.clusters == set()
    assert machine.left == {cluster.log.name}, "what it said is kept"


def test_what_cannot_be_removed_after_a_failure_is_told_with_it(machine: Machine) -> None:
    machine.misbehave("hangs-and-keeps")
    cluster = machine.cluster()

    async def work() -> None:
        making = asyncio.create_task(cluster.create(deadline_s=1))
        await making

    with pytest.raises(ClusterError) as caught:
        asyncio.run(work())
    if machine.clusters:
        assert (
            f"the cluster {cluster.name}, made with Kind, could not be removed" in caught.value.why
        )
        assert kind_records(machine.directory) == (cluster.record,)


def test_images_get_to_its_nodes_by_the_same_engine(machine: Machine) -> None:
    cluster = machine.cluster(engine="podman")
    machine.make(cluster)
    target = target_of("auto", cluster.context)
    loading = load_images(
        ["localhost/a:1"],
        target,
        save=lambda image, path: path.touch(),
        environ=cluster.tool_environ,
    )
    assert len(asyncio.run(loading)) == 1
    load = machine.asked[-1]
    assert load["words"][:2] == ["load", "image-archive"]
    assert load["words"][3:] == ["--name", cluster.name]
    assert load["provider"] == "podman"
    asyncio.run(cluster.delete())


def test_cancelling_removes_what_was_made_by_the_record_that_was_there_before(
    machine: Machine,
) -> None:
    machine.misbehave("hangs-half-made")
    cluster = machine.cluster()

    async def work() -> None:
        making = asyncio.create_task(cluster.create())
        while not machine.clusters:
            await asyncio.sleep(0.01)
        assert kind_records(machine.directory) == (cluster.record,), "it is there before"
        making.cancel()
        with pytest.raises(asyncio.CancelledError):
            await making

    asyncio.run(work())
    assert machine.clusters == set()
    assert kind_records(machine.directory) == ()


def test_a_node_that_turns_up_after_kind_was_ended_is_removed_too(machine: Machine) -> None:
    machine.misbehave("hangs-late")
    cluster = machine.cluster()

    async def work() -> None:
        making = asyncio.create_task(cluster.create())
        while not (machine.state / "waits").exists():
            await asyncio.sleep(0.01)
        making.cancel()
        with pytest.raises(asyncio.CancelledError):
            await making

    asyncio.run(work())
    assert (machine.state / f"{cluster.name}.cluster.made").exists()
    assert machine.clusters == set()


def test_the_record_stays_until_the_cluster_is_gone(machine: Machine) -> None:
    cluster = machine.cluster()
    machine.make(cluster)
    machine.misbehave("keeps")
    with pytest.raises(TeardownError, match=cluster.name):
        asyncio.run(cluster.delete())
    assert kind_records(machine.directory) == (cluster.record,)
    machine.misbehave("engine-down")
    with pytest.raises(TeardownError) as caught:
        asyncio.run(cluster.delete())
    assert "Cannot connect to the Docker daemon" in caught.value.why
    machine.behave()
    asyncio.run(cluster.delete())
    assert kind_records(machine.directory) == ()


def test_a_cluster_of_a_killed_run_is_removed_by_its_record(machine: Machine) -> None:
    cluster = machine.cluster()
    machine.make(cluster)
    (found,) = kind_records(machine.directory)
    again = KindCluster(record=found, directory=machine.directory, environ=cluster.environ)
    asyncio.run(again.delete())
    assert machine.clusters == set()


def test_removing_what_never_was_is_well(machine: Machine) -> None:
    cluster = machine.cluster()
    machine.directory.mkdir()
    remember(cluster.record, machine.directory)
    asyncio.run(cluster.delete())
    assert kind_records(machine.directory) == ()
