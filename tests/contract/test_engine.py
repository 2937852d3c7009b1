"""The contract of `Engine`: what every engine does, the fake one included."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import islice

import pytest

from orchestration.errors import ClaimError, ComponentError, PortError
from orchestration.model import (
    Instance,
    Kind,
    Label,
    Life,
    PortBinding,
    PortRequest,
    Resource,
)
from orchestration.ports import Engine
from tests.contract import programs
from tests.contract.engines import ENGINES, Bench, Button, eventually, free_port, marked
from tests.contract.programs import FADES, LIVES, SPEAKS, STAMMERS, TICKS, ends_with, exiting

pytestmark = pytest.mark.parametrize("engine", marked(*ENGINES), indirect=True, scope="module")


class TestAComponent:
    def test_lives_once_it_is_started(self, bench: Bench) -> None:
        launch = bench.launch(LIVES)
        instance = bench.engine.start(launch)
        state = bench.engine.look(instance.id)
        assert instance.name == launch.name
        assert state.life is Life.RUNNING
        assert state.alive
        assert state.started
        assert state.exit_code is None

    @pytest.mark.parametrize("code", [0, 3, 137])
    def test_ends_with_its_own_exit_code(self, bench: Bench, code: int) -> None:
        state = bench.ended(bench.start(ends_with(code)))
        assert state.life is Life.EXITED
        assert state.exit_code == code
        assert state.started
        assert not state.alive

    def test_keeps_its_log_when_it_has_ended(self, bench: Bench) -> None:
        instance = bench.start(ends_with(1))
        bench.ended(instance)
        assert bench.engine.logs(instance.id) == "bye\n"

    def test_whose_command_is_not_there_is_not_started(self, bench: Bench) -> None:
        with pytest.raises(ComponentError) as caught:
            bench.start(programs.CANNOT_RUN, component="broken")
        assert "broken" in caught.value.what
        assert "command not found" in caught.value.what
        assert caught.value.fix
        assert bench.listed() == ()

    def test_whose_name_is_taken_is_not_started(self, bench: Bench) -> None:
        first = bench.start(LIVES)
        with pytest.raises(ClaimError) as caught:
            bench.start(LIVES, name=first.name)
        assert first.name in caught.value.what
        assert bench.engine.look(first.id).alive
        assert len(bench.listed()) == 1

    def test_that_nobody_knows_is_missing(self, bench: Bench) -> None:
        assert bench.engine.look("no-such-instance").life is Life.MISSING
        assert bench.engine.logs("no-such-instance") == ""
        assert list(bench.engine.follow("no-such-instance", Button())) == []

    def test_can_be_started_beside_others_at_once(self, bench: Bench) -> None:
        with ThreadPoolExecutor(4) as pool:
            started = list(pool.map(lambda _: bench.start(LIVES), range(4)))
            states = list(pool.map(lambda each: bench.engine.look(each.id), started))
        assert all(state.alive for state in states)
        assert {each.name for each in bench.listed()} == {each.name for each in started}


class TestThePorts:
    def test_are_planned_as_they_were_pinned(self, bench: Bench) -> None:
        request = PortRequest(name="http", container=8080, host=18999)
        (binding,) = bench.engine.plan_ports((request,))
        assert (binding.name, binding.host, binding.bind) == ("http", 18999, "127.0.0.1")

    def test_are_known_after_the_start(self, bench: Bench) -> None:
        requests = tuple(PortRequest(name=name, container=8000 + len(name)) for name in ("a", "bb"))
        instance = bench.start(LIVES, ports=bench.engine.plan_ports(requests))
        hosts = {each.name: each.host for each in instance.ports}
        assert set(hosts) == {"a", "bb"}
        assert len(set(hosts.values()) - {0}) == 2

    def test_that_another_component_holds_are_refused(self, bench: Bench) -> None:
        binding = pinned(bench.engine, free_port())
        bench.start(programs.serves(binding.inside, "mine"), ports=(binding,))
        expected = "container" if bench.engine.info.uses_images else "pid"
        if not bench.engine.info.uses_images:
            eventually(lambda: answers(binding.host), "the first component listens")
        with pytest.raises(PortError) as caught:
            bench.start(LIVES, component="second", ports=(binding,))
        assert str(binding.host) in caught.value.what
        assert expected in str(caught.value)
        assert caught.value.fix
        assert len(bench.listed()) == 1


class TestTheLog:
    def test_has_both_streams(self, bench: Bench) -> None:
        log = bench.said(bench.start(SPEAKS), "last")
        assert sorted(log.splitlines()) == ["first", "last", "to error"]

    def test_can_be_cut_to_its_end(self, bench: Bench) -> None:
        instance = bench.start(SPEAKS)
        bench.said(instance, "last")
        assert bench.engine.logs(instance.id, tail=1) == "last\n"

    def test_is_readable_whatever_bytes_are_in_it(self, bench: Bench) -> None:
        assert bench.said(bench.start(STAMMERS), "text") == "broken � text\n"

    def test_can_be_followed_from_now_until_somebody_stops(self, bench: Bench) -> None:
        instance = bench.start(TICKS)
        if bench.engine.info.rule != "a fake":
            bench.said(instance, "tick 3")
        button = Button()
        lines = bench.engine.follow(instance.id, button)
        seen = list(islice(lines, 3))
        button.pressed = True
        rest = list(lines)
        assert all(line.startswith("tick ") for line in (*seen, *rest))
        numbers = [int(line.split()[1]) for line in seen]
        assert numbers == list(range(numbers[0], numbers[0] + 3))
        assert bench.engine.info.rule == "a fake" or numbers[0] > 2

    def test_of_a_silent_component_can_be_left(self, bench: Bench) -> None:
        instance = bench.start(LIVES)
        assert list(bench.engine.follow(instance.id, Button(pressed=True))) == []

    def test_ends_with_the_component(self, bench: Bench) -> None:
        instance = bench.start(FADES)
        lines = list(bench.engine.follow(instance.id, Button()))
        assert lines in (["the end"], [])
        assert bench.ended(instance).exit_code == 0


class TestACommandInside:
    @pytest.fixture
    def instance(self, bench: Bench) -> Instance:
        return bench.start(LIVES)

    def test_tells_its_exit_code_and_output(self, bench: Bench, instance: Instance) -> None:
        for code in (0, 1, 137):
            assert bench.engine.execute(instance.id, exiting(code), timeout=20).exit_code == code
        said = bench.engine.execute(instance.id, programs.SAY, timeout=20)
        assert said.exit_code == 0
        assert sorted(said.output.splitlines()) == ["to error", "to output"]

    def test_that_cannot_be_run_says_so(self, bench: Bench, instance: Instance) -> None:
        missing = bench.engine.execute(instance.id, programs.NOT_THERE, timeout=20)
        unfit = bench.engine.execute(instance.id, programs.NOT_EXECUTABLE, timeout=20)
        assert (missing.exit_code, unfit.exit_code) == (127, 126)

    def test_that_takes_too_long_is_left_behind(self, bench: Bench, instance: Instance) -> None:
        done = bench.engine.execute(instance.id, programs.LATE, timeout=1.0)
        assert done.exit_code == 124
        assert "late" not in done.output

    def test_of_a_component_that_has_ended_is_killed_with_it(self, bench: Bench) -> None:
        instance = bench.start(ends_with(0))
        bench.ended(instance)
        assert bench.engine.execute(instance.id, exiting(0), timeout=20).exit_code == 137


class TestWhatIsHeld:
    def test_is_listed_by_all_its_labels(self, bench: Bench) -> None:
        instance = bench.start(LIVES)
        network = f"{bench.run}-net"
        bench.engine.create_network(network, bench.labels)
        assert {(each.kind, each.name) for each in bench.listed()} == {
            (Kind.CONTAINER, instance.name),
            (Kind.NETWORK, network),
        }
        for each in bench.listed():
            assert bench.labels.items() <= each.labels.items()

    def test_is_not_listed_when_a_label_differs(self, bench: Bench) -> None:
        bench.start(LIVES)
        wanted = {**bench.labels, Label.STACK: "another"}
        assert bench.engine.list_resources(wanted) == ()
        assert bench.engine.list_resources({Label.RUN: bench.run, "no.such.label": ""}) == ()

    def test_is_listed_by_a_label_of_any_value(self, bench: Bench) -> None:
        instance = bench.start(LIVES)
        found = bench.engine.list_resources({Label.RUN: "", Label.STACK: "contract"})
        assert instance.name in [each.name for each in found]

    def test_can_be_removed_and_removed_again(self, bench: Bench) -> None:
        instance = bench.start(LIVES)
        bench.engine.create_network(f"{bench.run}-net", bench.labels)
        held = bench.listed()
        for each in (*held, *held):
            bench.engine.remove(each)
        assert bench.listed() == ()
        assert bench.engine.look(instance.id).life is Life.MISSING

    def test_can_be_removed_by_many_at_once(self, bench: Bench) -> None:
        bench.start(LIVES)
        bench.engine.create_network(f"{bench.run}-net", bench.labels)
        for held in bench.listed():
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(bench.engine.remove, [held] * 4))
        assert bench.listed() == ()

    @pytest.mark.parametrize("kind", [Kind.CONTAINER, Kind.NETWORK])
    def test_may_be_gone_before_it_is_removed(self, bench: Bench, kind: Kind) -> None:
        name = f"never-{bench.run}"
        bench.engine.remove(Resource(kind=kind, id=name, name=name, labels=bench.labels))

    def test_includes_no_second_network_of_a_name(self, bench: Bench) -> None:
        network = f"{bench.run}-net"
        bench.engine.create_network(network, bench.labels)
        with pytest.raises(ClaimError) as caught:
            bench.engine.create_network(network, bench.labels)
        assert network in caught.value.what
        assert len(bench.listed()) == 1


def pinned(engine: Engine, port: int) -> PortBinding:
    inside = 8000 if engine.info.uses_images else port
    (binding,) = engine.plan_ports((PortRequest(name="http", container=inside, host=port),))
    return binding


def answers(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
