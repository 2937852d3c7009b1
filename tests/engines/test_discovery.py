"""The search for an engine, on machines made of temporary directories and real sockets."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import get_args

import pytest

from orchestration.engines.discovery import FoundEngine, find_engine, reopen
from orchestration.engines.engine_address import Surroundings
from orchestration.errors import EngineError, SilenceError
from orchestration.model import EngineName
from tests.engines.engine_server import DOCKER, PODMAN, Script, listening, serving


@dataclass(slots=True)
class Machine:
    """A home, a run directory and a system without anything in them."""

    root: Path
    stack: ExitStack
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def around(self) -> Surroundings:
        return Surroundings(
            environ=self.environ,
            home=self.root / "home",
            runtime=self.root / "runtime",
            system=self.root,
            containers_conf=(self.root / "etc/containers/containers.conf",),
        )

    def serve(self, path: str, kind: str = "podman") -> str:
        """An engine on a socket; its URL."""
        at = self.root / path
        headers = PODMAN if kind == "podman" else DOCKER
        self.stack.enter_context(serving(Script(headers=headers), at))
        return f"unix://{at}"

    def dead(self, path: str) -> str:
        """A socket that nobody listens on any more; its URL."""
        at = self.root / path
        at.parent.mkdir(parents=True, exist_ok=True)
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(at))
        return f"unix://{at}"

    def write(self, path: str, text: str) -> None:
        at = self.root / path
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_text(text)

    def context(self, name: str, url: str) -> None:
        """A docker context of that name."""
        place = hashlib.sha256(name.encode()).hexdigest()
        meta = {"Name": name, "Endpoints": {"docker": {"Host": url}}}
        self.write(f"home/.docker/contexts/meta/{place}/meta.json", json.dumps(meta))

    def find(self, pinned: EngineName | None = None, url: str | None = None) -> FoundEngine:
        return find_engine(pinned=pinned, url=url, environ=self.environ, around=self.around)


@pytest.fixture
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    # A unix socket's path has 108 characters at the most: not below tmp_path, named after the test.
    with ExitStack() as stack:
        root = tmp_path_factory.mktemp("m")
        (root / "bin").mkdir()
        yield Machine(root, stack, {"PATH": str(root / "bin"), "TMPDIR": str(root / "tmp")})


def by_environment(name: str) -> Callable[[Machine], tuple[str, str]]:
    def arrange(machine: Machine) -> tuple[str, str]:
        machine.environ[name] = machine.serve(f"by/{name}")
        return name, machine.environ[name]

    return arrange


def by_podman_connection(machine: Machine) -> tuple[str, str]:
    url = machine.serve("by/connection")
    connections = {"Default": "mine", "Connections": {"mine": {"URI": url}}}
    machine.write(
        "home/.config/containers/podman-connections.json", json.dumps({"Connection": connections})
    )
    return "Podman connection mine", url


def by_docker_context(machine: Machine) -> tuple[str, str]:
    url = machine.serve("by/context")
    machine.write("home/.docker/config.json", json.dumps({"currentContext": "desk"}))
    machine.context("desk", url)
    return "docker context desk", url


def by_socket(rule: str, path: str) -> Callable[[Machine], tuple[str, str]]:
    return lambda machine: (rule, machine.serve(path))


RULES = [
    by_environment("STACKWRIGHT_ENGINE_URL"),
    by_environment("CONTAINER_HOST"),
    by_environment("DOCKER_HOST"),
    by_podman_connection,
    by_docker_context,
    by_socket("Podman socket of this user", "runtime/podman/podman.sock"),
    by_socket("Podman socket of the system", "run/podman/podman.sock"),
    by_socket("Podman machine", "tmp/podman/podman-machine-default-api.sock"),
    by_socket("Docker socket of the system", "var/run/docker.sock"),
    by_socket("Docker Desktop", "home/.docker/run/docker.sock"),
    by_socket("Colima", "home/.colima/default/docker.sock"),
    by_socket("Rancher Desktop", "home/.rd/docker.sock"),
]


class TestTheOrder:
    @pytest.mark.parametrize("first", range(len(RULES)))
    def test_is_kept_whatever_else_answers(self, machine: Machine, first: int) -> None:
        expected = [arrange(machine) for arrange in RULES[first:]]
        found = machine.find()
        assert (found.rule, found.url) == expected[0]
        assert (found.name, found.version, found.api_version) == ("podman", "4.3.1", "1.41")
        assert found.note == ""
        assert found.tried[-1].url == found.url

    def test_has_the_configuration_after_the_variable_of_ours(self, machine: Machine) -> None:
        configured = machine.serve("by/configuration")
        machine.environ["CONTAINER_HOST"] = machine.serve("by/container-host")
        assert machine.find(url=configured).url == configured
        machine.environ["STACKWRIGHT_ENGINE_URL"] = machine.serve("by/variable")
        assert machine.find(url=configured).rule == "STACKWRIGHT_ENGINE_URL"


class TestPodmansConnection:
    def test_may_stand_in_containers_conf(self, machine: Machine) -> None:
        url = machine.serve("by/conf")
        machine.write(
            "etc/containers/containers.conf",
            f'[engine]\nactive_service = "old"\n[engine.service_destinations.old]\nuri = "{url}"\n',
        )
        assert machine.find().rule == "Podman connection old"

    def test_may_be_named_by_the_environment(self, machine: Machine) -> None:
        by_podman_connection(machine)
        machine.environ["CONTAINER_CONNECTION"] = "mine"
        assert machine.find().rule == "CONTAINER_CONNECTION=mine"

    def test_that_does_not_exist_is_an_error_when_it_was_named(self, machine: Machine) -> None:
        machine.serve("run/podman/podman.sock")
        machine.environ["CONTAINER_CONNECTION"] = "none"
        with pytest.raises(EngineError, match="CONTAINER_CONNECTION=none") as caught:
            machine.find()
        assert "no connection of this name" in caught.value.why

    def test_by_default_only_steps_aside_when_it_is_dead(self, machine: Machine) -> None:
        dead = machine.dead("by/dead")
        connections = {"Default": "mine", "Connections": {"mine": {"URI": dead}}}
        machine.write(
            "home/.config/containers/podman-connections.json",
            json.dumps({"Connection": connections}),
        )
        machine.serve("run/podman/podman.sock")
        found = machine.find()
        assert found.rule == "Podman socket of the system"
        assert found.tried[0].outcome == "connection refused: nobody listens there"


class TestDockersContext:
    def test_may_be_named_by_the_environment(self, machine: Machine) -> None:
        machine.context("desk", machine.serve("by/context", "docker"))
        machine.environ["DOCKER_CONTEXT"] = "desk"
        found = machine.find()
        assert (found.rule, found.name) == ("DOCKER_CONTEXT=desk", "docker")
        assert found.version == "20.10.24"

    def test_that_does_not_exist_is_an_error_when_it_was_named(self, machine: Machine) -> None:
        machine.environ["DOCKER_CONTEXT"] = "none"
        with pytest.raises(EngineError, match="DOCKER_CONTEXT=none"):
            machine.find()

    def test_called_default_means_the_usual_socket(self, machine: Machine) -> None:
        machine.environ["DOCKER_CONTEXT"] = "default"
        machine.serve("var/run/docker.sock", "docker")
        assert machine.find().rule == "Docker socket of the system"

    def test_is_looked_up_where_docker_config_points(self, machine: Machine) -> None:
        by_docker_context(machine)
        (machine.root / "home/.docker").rename(machine.root / "elsewhere")
        machine.environ["DOCKER_CONFIG"] = str(machine.root / "elsewhere")
        assert machine.find().rule == "docker context desk"


class TestAUrlThatTheUserNamed:
    @pytest.mark.parametrize("name", ["STACKWRIGHT_ENGINE_URL", "CONTAINER_HOST", "DOCKER_HOST"])
    def test_must_answer(self, machine: Machine, name: str) -> None:
        machine.serve("run/podman/podman.sock")
        machine.environ[name] = machine.dead("by/dead")
        with pytest.raises(EngineError) as caught:
            machine.find()
        error = caught.value
        assert error.exit_code == 3
        assert name in error.what
        assert machine.environ[name] in error.what
        assert "nobody listens there" in error.why
        assert "unset it" in error.fix

    def test_that_contradicts_the_pin_is_an_error(self, machine: Machine) -> None:
        machine.serve("run/podman/podman.sock")
        url = machine.serve("by/docker", "docker")
        with pytest.raises(EngineError, match="answers, but is Docker"):
            machine.find("podman", url)

    def test_may_lack_its_scheme(self, machine: Machine) -> None:
        machine.environ["DOCKER_HOST"] = "127.0.0.1:1"
        with pytest.raises(EngineError, match=r"tcp://127\.0\.0\.1:1"):
            machine.find()

    def test_of_an_unknown_scheme_says_which_are_known(self, machine: Machine) -> None:
        with pytest.raises(EngineError) as caught:
            machine.find(url="carrier-pigeon://roof")
        assert "unix, tcp or ssh" in caught.value.why

    def test_over_ssh_that_fails_says_so(self, machine: Machine) -> None:
        with pytest.raises(EngineError) as caught:
            machine.find(url="ssh://nobody@127.0.0.1:1")
        assert "ssh" in caught.value.why


class TestAPin:
    def test_is_never_replaced_by_another_engine(self, machine: Machine) -> None:
        docker = machine.serve("var/run/docker.sock", "docker")
        with pytest.raises(EngineError) as caught:
            machine.find("podman")
        error = caught.value
        assert error.exit_code == 3
        assert error.what == "podman is pinned, and no Podman answers"
        assert f"({docker}): answers, but is Docker" in error.why
        assert "Podman socket of the system" in error.why
        assert "no such file" in error.why
        assert "Podman is not installed" in error.why
        assert "apt install podman" in error.fix

    def test_finds_its_engine_behind_another(self, machine: Machine) -> None:
        machine.serve("run/podman/podman.sock")
        docker = machine.serve("var/run/docker.sock", "docker")
        assert machine.find("docker").url == docker

    def test_of_docker_does_not_care_for_podmans_variable(self, machine: Machine) -> None:
        machine.environ["CONTAINER_HOST"] = machine.dead("by/dead")
        docker = machine.serve("var/run/docker.sock", "docker")
        assert machine.find("docker").url == docker

    def test_of_podman_passes_over_a_docker_host_that_is_docker(self, machine: Machine) -> None:
        machine.environ["DOCKER_HOST"] = machine.serve("by/docker", "docker")
        podman = machine.serve("run/podman/podman.sock")
        found = machine.find("podman")
        assert found.url == podman
        assert found.tried[0].outcome == "answers, but is Docker"

    def test_of_embedded_asks_nobody(self, machine: Machine) -> None:
        machine.environ["DOCKER_HOST"] = machine.dead("by/dead")
        found = machine.find("embedded")
        assert (found.name, found.url, found.tried, found.note) == ("embedded", "", (), "")

    def test_of_docker_starts_no_podman(self, machine: Machine) -> None:
        (machine.root / "bin/podman").write_text("#!/bin/sh\ntouch started\n")
        (machine.root / "bin/podman").chmod(0o755)
        with pytest.raises(EngineError, match="no Docker answers"):
            machine.find("docker")


class TestWithoutAnEngine:
    def test_components_run_embedded_and_the_note_says_why(self, machine: Machine) -> None:
        machine.dead("var/run/docker.sock")
        found = machine.find()
        assert found.name == "embedded"
        assert "docker.sock): connection refused" in found.note
        assert "no such file" not in found.note
        for command in ("apt install podman", "dnf install podman", "brew install podman"):
            assert command in found.note

    def test_a_closed_socket_says_who_may_open_it(self, machine: Machine) -> None:
        machine.serve("var/run/docker.sock", "docker")
        (machine.root / "var/run").chmod(0o000)
        me = os.geteuid()
        try:
            if me == 0:
                os.seteuid(65534)
            with pytest.raises(EngineError) as caught:
                machine.find("docker")
        finally:
            os.seteuid(me)
            (machine.root / "var/run").chmod(0o700)
        assert "docker.sock): permission denied" in caught.value.why
        assert "docker group" in caught.value.fix

    def test_whoever_never_answers_is_not_waited_for(self, machine: Machine) -> None:
        at = machine.root / "var/run/docker.sock"
        machine.stack.enter_context(listening(at, lambda _: None))
        found = machine.find()
        assert found.name == "embedded"
        assert "docker.sock): no answer within 2 s" in found.note
        with pytest.raises(SilenceError, match="no Docker answers"):
            machine.find("docker")
        with pytest.raises(EngineError) as caught:
            machine.find("podman")
        # Nobody knows of a Podman here: that one is absent, not silent.
        assert type(caught.value) is EngineError

    def test_a_named_one_that_says_nothing_is_told_apart_from_one_that_is_not_there(
        self, machine: Machine
    ) -> None:
        at = machine.root / "named.sock"
        machine.environ["STACKWRIGHT_ENGINE_URL"] = f"unix://{at}"
        with pytest.raises(EngineError) as caught:
            machine.find()
        assert type(caught.value) is EngineError
        with listening(at, lambda _: None), pytest.raises(SilenceError, match="does not answer"):
            machine.find()

    def test_a_podman_that_cannot_serve_says_why(self, machine: Machine) -> None:
        (machine.root / "bin/podman").write_text(
            "#!/bin/sh\necho 'Error: no storage' >&2; exit 125\n"
        )
        (machine.root / "bin/podman").chmod(0o755)
        found = machine.find()
        assert found.name == "embedded"
        assert found.tried[-1].rule == "private Podman service"
        assert found.tried[-1].outcome == "Error: no storage"
        assert "private Podman service: Error: no storage" in found.note
        assert "apt install" not in found.note

    def test_nothing_heavy_is_imported_to_find_that_out(self) -> None:
        code = (
            "import os, sys\n"
            "from orchestration.engines.discovery import find_engine\n"
            "find_engine(pinned='embedded', url=None, environ=os.environ)\n"
            "print(*{'docker', 'requests', 'urllib3', 'psutil'} & set(sys.modules))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == ""


class TestAnEarlierRunsEngine:
    def test_is_found_again(self, machine: Machine) -> None:
        url = machine.serve("by/url")
        found = reopen("podman", url, machine.environ)
        assert found is not None
        assert (found.name, found.url, found.rule) == ("podman", url, "the run's record")

    def test_that_is_gone_or_another_is_not(self, machine: Machine) -> None:
        assert reopen("podman", machine.dead("by/dead"), machine.environ) is None
        assert reopen("podman", machine.serve("by/url", "docker"), machine.environ) is None

    def test_that_says_nothing_is_not_replaced_for_who_insists(self, machine: Machine) -> None:
        at = machine.root / "mute.sock"
        with listening(at, lambda _: None):
            assert reopen("podman", f"unix://{at}", machine.environ) is None
            with pytest.raises(SilenceError, match=r"podman at unix:.* does not answer") as caught:
                reopen("podman", f"unix://{at}", machine.environ, insist=True)
        assert "restart it" in caught.value.fix
        assert reopen("podman", f"unix://{at}", machine.environ, insist=True) is None

    def test_embedded_needs_no_asking(self, machine: Machine) -> None:
        found = reopen("embedded", "", machine.environ)
        assert found is not None
        assert found.name == "embedded"


@pytest.mark.engine
@pytest.mark.parametrize("name", [each for each in get_args(EngineName) if each != "embedded"])
class TestARealEngine:
    def test_is_found_by_its_name(self, name: EngineName) -> None:
        found = find_engine(pinned=name, url=None, environ={"PATH": os.environ["PATH"]})
        try:
            assert found.name == name
            assert found.version
            assert found.quirks
        finally:
            found.close()

    def test_is_found_again_by_its_url(self, name: EngineName) -> None:
        found = find_engine(pinned=name, url=None, environ={})
        again = reopen(name, found.url, {})
        assert again is not None
        assert again.version == found.version
