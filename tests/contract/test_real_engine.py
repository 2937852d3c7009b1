"""The contract of `Engine` beyond memory: ports, peers, variables and files are real."""

from __future__ import annotations

import os
import socket
from contextlib import closing

import pytest

from orchestration.errors import PortError
from orchestration.model import PortBinding, PortRequest, Secret
from tests.contract.engines import Bench, fetched, free_port, marked
from tests.contract.programs import LIVES, Program, fetches, serves

pytestmark = pytest.mark.parametrize(
    "engine", marked("embedded", "podman", "docker"), indirect=True, scope="module"
)


def planned(bench: Bench, host: int | None = None) -> PortBinding:
    """A port; where there are no containers it is the same inside and outside."""
    inside = host if host and not bench.engine.info.uses_images else 8000
    (binding,) = bench.engine.plan_ports((PortRequest(name="http", container=inside, host=host),))
    return binding


class TestAPort:
    def test_that_the_engine_chose_leads_to_the_component(self, bench: Bench) -> None:
        binding = planned(bench)
        instance = bench.start(serves(binding.inside, "chosen"), ports=(binding,))
        assert fetched(instance.ports[0].host) == "chosen"

    def test_that_was_pinned_leads_to_the_component(self, bench: Bench) -> None:
        binding = planned(bench, free_port())
        instance = bench.start(serves(binding.inside, "pinned"), ports=(binding,))
        assert instance.ports == (binding,)
        assert fetched(binding.host) == "pinned"

    def test_is_free_again_when_the_component_is_removed(self, bench: Bench) -> None:
        binding = planned(bench, free_port())
        for text in ("first", "second"):
            instance = bench.start(serves(binding.inside, text), ports=(binding,))
            assert fetched(binding.host) == text
            bench.engine.remove(bench.resource(instance))

    def test_in_use_names_the_process_that_holds_it(self, bench: Bench) -> None:
        with closing(socket.socket()) as holder:
            holder.bind(("127.0.0.1", 0))
            holder.listen()
            taken = holder.getsockname()[1]
            with pytest.raises(PortError) as caught:
                bench.start(LIVES, component="store", ports=(planned(bench, taken),))
        assert str(taken) in caught.value.what
        assert f"pid {os.getpid()}" in str(caught.value)
        assert bench.listed() == ()


class TestPeers:
    def test_reach_each_other_by_name(self, bench: Bench) -> None:
        binding = planned(bench)
        server = bench.start(
            serves(binding.inside, "from a peer"),
            component="store",
            ports=(binding,),
            aliases=("shop",),
        )
        for alias in ("store", "shop"):
            url = f"http://{bench.engine.peer_host(alias)}:{server.ports[0].inside}/"
            client = bench.start(fetches(url), component="client")
            assert bench.ended(client).exit_code == 0, bench.engine.logs(client.id)
            assert bench.engine.logs(client.id) == "from a peer\n"


class TestVariables:
    def test_reach_the_component(self, bench: Bench) -> None:
        show = Program(("sh", "-c", 'echo "$PLAIN|$TOKEN"'))
        instance = bench.start(show, env={"PLAIN": "a b", "TOKEN": Secret("p'l\"a$n")})
        assert bench.said(instance, "|") == "a b|p'l\"a$n\n"

    def test_reach_commands_run_inside(self, bench: Bench) -> None:
        instance = bench.start(LIVES, env={"TOKEN": Secret("planted")})
        done = bench.engine.execute(instance.id, ("sh", "-c", "echo $TOKEN"), timeout=20)
        assert done.output == "planted\n"
