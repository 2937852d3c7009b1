"""What the container engine does when the engine behind it does not do what it should."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestration.engines.discovery import FoundEngine
from orchestration.engines.docker_client import answering, connect
from orchestration.engines.docker_sdk import DockerEngine
from orchestration.engines.engine_address import Address
from orchestration.errors import (
    BuildError,
    ComponentError,
    EngineError,
    ImageError,
    PortError,
    TeardownError,
)
from orchestration.model import (
    BuildOrder,
    Kind,
    Label,
    Launch,
    Life,
    PortBinding,
    Resource,
    Secret,
    State,
)
from tests.contract.engines import Button
from tests.engines.engine_server import Says, Script, serving

LAUNCH = Launch(
    name="store-1",
    component="store",
    image="sha256:1",
    network="net",
    ports=(PortBinding(name="http", inside=8080, host=0),),
    env={"TOKEN": Secret("planted-secret")},
)
NOW = "2026-11-21T06:06:22.178485605Z"
CONTAINER = Resource(kind=Kind.CONTAINER, id="c1", name="store-1", labels={})


def found_at(path: Path) -> FoundEngine:
    address = Address(rule="test", url=f"unix://{path}")
    return FoundEngine(
        name="podman", version="4.3.1", rule="test", address=address, api_version="1.41"
    )


@pytest.fixture
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("s") / "engine.sock"


@pytest.fixture
def script(path: Path) -> Iterator[Script]:
    with serving(Script(), path) as script:
        yield script


@pytest.fixture
def engine(path: Path) -> Iterator[DockerEngine]:
    engine = DockerEngine(found_at(path))
    yield engine
    engine.close()


def build(engine: DockerEngine, context: Path) -> object:
    (context / "Containerfile").write_text("FROM scratch\n")
    order = BuildOrder(
        context=context,
        containerfile="Containerfile",
        tag="localhost/thing:1",
        args={"TOKEN": Secret("planted-secret")},
    )
    return engine.build_image(order, lambda _: None, Button())


CALLS: dict[str, Callable[[DockerEngine, Path], object]] = {
    "create_network": lambda engine, _: engine.create_network("net", {}),
    "find_image": lambda engine, _: engine.find_image("localhost/thing:1"),
    "pull_image": lambda engine, _: engine.pull_image("localhost/thing:1", Button()),
    "build_image": build,
    "start": lambda engine, _: engine.start(LAUNCH),
    "look": lambda engine, _: engine.look("c1"),
    "logs": lambda engine, _: engine.logs("c1"),
    "follow": lambda engine, _: list(engine.follow("c1", Button())),
    "execute": lambda engine, _: engine.execute("c1", ("true",), timeout=5),
    "list_resources": lambda engine, _: engine.list_resources({Label.RUN: "x"}),
    "remove": lambda engine, _: engine.remove(CONTAINER),
}


class TestAnEngineThatHasGone:
    @pytest.mark.parametrize("call", CALLS)
    def test_is_reported_by_every_call(self, path: Path, tmp_path: Path, call: str) -> None:
        engine = DockerEngine(found_at(path))
        with pytest.raises(EngineError) as caught:
            CALLS[call](engine, tmp_path)
        engine.close()
        error = caught.value
        assert error.exit_code == 3
        assert error.what == f"the engine at unix://{path} stopped answering"
        assert error.why == "No such file or directory"
        assert "stack doctor" in error.fix

    @pytest.mark.parametrize("call", CALLS)
    def test_is_reported_without_a_secret_in_the_chain(
        self, path: Path, tmp_path: Path, call: str
    ) -> None:
        engine = DockerEngine(found_at(path))
        with pytest.raises(EngineError) as caught:
            CALLS[call](engine, tmp_path)
        engine.close()
        assert caught.value.__suppress_context__
        assert caught.value.__cause__ is None

    def test_is_found_silent_in_time(self, path: Path, script: Script) -> None:
        script.answers["GET /containers/c1/json"] = [Says({}, delay=1.5)]
        api = connect(found_at(path).address, api_version="1.41", timeout=1)
        with pytest.raises(EngineError) as caught, answering(f"unix://{path}"):
            api.inspect_container("c1")
        api.close()
        assert caught.value.why == "no answer in time"


@pytest.mark.usefixtures("script")
class TestAnEngineThatFails:
    @pytest.mark.parametrize("call", ["look", "logs", "list_resources"])
    def test_is_quoted(self, engine: DockerEngine, script: Script, call: str) -> None:
        broken = [Says({"message": "the disk is full"}, 500)]
        for request in (
            "GET /containers/c1/json",
            "GET /containers/c1/logs",
            "GET /containers/json",
        ):
            script.answers[request] = broken
        with pytest.raises(EngineError) as caught:
            CALLS[call](engine, Path())
        assert caught.value.what.endswith("answered with an error")
        assert caught.value.why == "the disk is full"


class TestABuildContext:
    def test_that_may_not_be_read_is_not_the_engines_fault(
        self, engine: DockerEngine, tmp_path: Path
    ) -> None:
        closed = tmp_path / "closed"
        (closed / "context").mkdir(parents=True)
        closed.chmod(0o000)
        me = os.geteuid()
        try:
            if me == 0:
                os.seteuid(65534)
            order = BuildOrder(context=closed / "context", containerfile="C", tag="localhost/x:1")
            with pytest.raises(BuildError, match="cannot be read") as caught:
                engine.build_image(order, lambda _: None, Button())
        finally:
            os.seteuid(me)
            closed.chmod(0o700)
        assert "Permission denied" in caught.value.why


class TestACredentialHelperThatIsNotThere:
    @pytest.fixture(autouse=True)
    def _configured(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "config.json").write_text('{"credsStore": "nobody-installed"}')
        monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))

    def test_does_not_stop_a_build(
        self, engine: DockerEngine, script: Script, tmp_path: Path
    ) -> None:
        script.answers["POST /build"] = [Says({"stream": "Successfully built\n"})]
        script.answers["GET /images/localhost/thing:1/json"] = [Says({"Id": "sha256:1"})]
        assert build(engine, tmp_path) == "sha256:1"

    def test_is_named_when_a_pull_needs_it(self, engine: DockerEngine) -> None:
        with pytest.raises(ImageError) as caught:
            engine.pull_image("registry.invalid/thing:1", Button())
        assert "docker-credential-nobody-installed" in caught.value.why


class TestALook:
    @pytest.mark.parametrize(
        ("seen", "state"),
        [
            ({"Status": "created", "ExitCode": 0}, State(life=Life.CREATED, started=False)),
            ({"Status": "paused", "ExitCode": 0, "StartedAt": NOW}, State(life=Life.RUNNING)),
            (
                {"Status": "exited", "ExitCode": 137, "StartedAt": NOW, "OOMKilled": True},
                State(life=Life.EXITED, exit_code=137, oom_killed=True),
            ),
            (
                {"Status": "stopped", "ExitCode": 0, "StartedAt": "0001-01-01T00:00:00Z"},
                State(life=Life.EXITED, exit_code=0, started=False),
            ),
            (
                {"Status": "exited", "ExitCode": 127, "Error": "no such file"},
                State(life=Life.EXITED, exit_code=127, started=False, error="no such file"),
            ),
        ],
    )
    def test_tells_the_state(
        self, engine: DockerEngine, script: Script, seen: dict[str, object], state: State
    ) -> None:
        script.answers["GET /containers/c1/json"] = [Says({"State": seen})]
        assert engine.look("c1") == state

    def test_tells_what_a_restart_hid(self, engine: DockerEngine, script: Script) -> None:
        running = {"Status": "running", "StartedAt": NOW}
        script.answers["GET /containers/c1/json"] = [Says({"State": running, "RestartCount": 2})]
        assert engine.look("c1").restarts == 2
        assert not engine.look("c1").alive


class TestAPortTheEngineChose:
    TAKEN = Says({"message": "listen tcp4 127.0.0.1:40001: bind: address already in use"}, 500)

    @pytest.fixture(autouse=True)
    def _creates(self, script: Script) -> None:
        script.answers["GET /containers/json"] = [Says([])]
        script.answers["GET /networks"] = [Says([])]
        script.answers["POST /containers/create"] = [Says({"Id": "c1"}, 201)]
        script.answers["DELETE /containers/c1"] = [Says("", 204)]
        script.answers["GET /containers/c1/json"] = [
            Says({"NetworkSettings": {"Ports": {"8080/tcp": [{"HostPort": "40002"}]}}})
        ]

    def test_and_lost_again_is_chosen_anew(self, engine: DockerEngine, script: Script) -> None:
        script.answers["POST /containers/c1/start"] = [self.TAKEN, self.TAKEN, Says("", 204)]
        instance = engine.start(LAUNCH)
        assert [each.host for each in instance.ports] == [40002]
        assert script.asked.count("DELETE /containers/c1") == 2
        assert script.asked[-1] == "GET /containers/c1/json"

    def test_and_lost_five_times_is_given_up(self, engine: DockerEngine, script: Script) -> None:
        script.answers["POST /containers/c1/start"] = [self.TAKEN]
        with pytest.raises(PortError, match="no free port for store in 5 attempts") as caught:
            engine.start(LAUNCH)
        assert "address already in use" in caught.value.why
        assert script.asked.count("DELETE /containers/c1") == 5
        assert script.asked[-1] == "DELETE /containers/c1"

    def test_of_a_component_that_has_already_ended_stays_unknown(
        self, engine: DockerEngine, script: Script
    ) -> None:
        script.answers["POST /containers/c1/start"] = [Says("", 204)]
        script.answers["GET /containers/c1/json"] = [Says({"NetworkSettings": {"Ports": {}}})]
        assert engine.start(LAUNCH).ports == LAUNCH.ports

    def test_costs_three_requests_once_the_network_is_known(
        self, engine: DockerEngine, script: Script
    ) -> None:
        script.answers["POST /containers/c1/start"] = [Says("", 204)]
        once = ["POST /containers/create", "POST /containers/c1/start", "GET /containers/c1/json"]
        engine.start(LAUNCH)
        engine.start(LAUNCH)
        assert sorted(script.asked[:2]) == ["GET /containers/json", "GET /networks"]
        assert script.asked[2:] == [*once, *once]

    def test_is_not_the_reason_of_another_failure(
        self, engine: DockerEngine, script: Script
    ) -> None:
        failure = Says({"message": "OCI runtime error: something else"}, 500)
        script.answers["POST /containers/c1/start"] = [failure]
        with pytest.raises(ComponentError) as caught:
            engine.start(LAUNCH)
        assert caught.value.why == "OCI runtime error: something else"
        assert script.asked[-1] == "DELETE /containers/c1"


class TestARemoval:
    def test_is_repeated_while_the_engine_is_busy(
        self, engine: DockerEngine, script: Script
    ) -> None:
        busy = Says({"message": "removal of container c1 is already in progress"}, 409)
        script.answers["DELETE /containers/c1"] = [busy, busy, Says("", 204)]
        engine.remove(CONTAINER)
        assert script.asked == ["DELETE /containers/c1"] * 3

    def test_that_is_refused_names_what_stays(self, engine: DockerEngine, script: Script) -> None:
        script.answers["DELETE /containers/c1"] = [Says({"message": "no permission"}, 500)]
        with pytest.raises(TeardownError, match="container store-1 cannot be removed") as caught:
            engine.remove(CONTAINER)
        assert caught.value.why == "no permission"
        assert script.asked == ["DELETE /containers/c1"]

    @pytest.mark.parametrize("kind", list(Kind))
    def test_of_what_is_gone_is_content(
        self, engine: DockerEngine, script: Script, kind: Kind
    ) -> None:
        engine.remove(Resource(kind=kind, id="gone", name="gone", labels={}))
        assert len(script.asked) == 1


class TestAList:
    @pytest.fixture(autouse=True)
    def _lists(self, script: Script) -> None:
        for request in ("GET /containers/json", "GET /networks", "GET /images/json"):
            script.answers[request] = [Says([])]
        script.answers["GET /volumes"] = [Says({"Volumes": None})]

    def test_that_fails_because_something_vanished_is_made_again(
        self, engine: DockerEngine, script: Script
    ) -> None:
        vanished = Says({"message": "locating image with ID 12: image not known"}, 500)
        script.answers["GET /images/json"] = [vanished, Says([])]
        assert engine.list_resources({Label.RUN: "x"}) == ()

    def test_has_an_image_once_and_not_its_layers(
        self, engine: DockerEngine, script: Script
    ) -> None:
        rows = [
            {"Id": "sha256:bb", "ParentId": "sha256:aa", "RepoTags": ["localhost/x:1"]},
            {"Id": "sha256:bb", "ParentId": "sha256:aa", "RepoTags": ["localhost/x:2"]},
            {"Id": "sha256:aa", "ParentId": "", "RepoTags": ["<none>:<none>"]},
            {"Id": "sha256:cc", "ParentId": "", "RepoTags": None},
        ]
        script.answers["GET /images/json"] = [Says(rows)]
        found = engine.list_resources({Label.RUN: "x"})
        assert [each.id for each in found] == ["sha256:cc", "sha256:bb"]

    def test_has_containers_in_the_order_of_their_creation(
        self, engine: DockerEngine, script: Script
    ) -> None:
        rows = [
            {"Id": name, "Names": [f"/{name}"], "Created": created, "Labels": {}}
            for name, created in (("third", 20), ("second", 10), ("first", 10))
        ]
        script.answers["GET /containers/json"] = [Says(rows)]
        found = engine.list_resources({Label.RUN: "x"})
        assert [each.name for each in found] == ["first", "second", "third"]
