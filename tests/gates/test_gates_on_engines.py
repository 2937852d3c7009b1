"""Gates at the published ports of real containers, where forwarders and entrypoints deceive."""

from __future__ import annotations

import io
import os
import tarfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import docker
import psycopg
import pytest
from docker.models.containers import Container

from orchestration.engines.discovery import find_engine
from orchestration.gates import HttpGate, PostgresGate, RedisGate, TcpGate, wire
from orchestration.hold import Died, hold
from orchestration.model import EngineName, Life, NotYet, Pacing, Ready, State, reveal
from orchestration.ports import Gate
from orchestration.state.clock import SystemClock
from orchestration.state.signals import SignalCancel
from tests.gates.peers import FakeTarget

pytestmark = [pytest.mark.engine, pytest.mark.parametrize("engine", ["podman", "docker"])]

POSTGRES: Final = "localhost/stackwright-postgres:15"
PYTHON: Final = "localhost/stackwright-python:3.11"
PASSWORD: Final = "s3cret / word"

PATIENCE_S: Final = 90.0

INIT_SQL: Final = (
    b"CREATE TABLE made (name text); SELECT pg_sleep(2); INSERT INTO made VALUES ('x');"
)
"""Keeps the server that initialises the cluster at work for a while."""

SOCKET_PROBE: Final = "/usr/lib/postgresql/15/bin/pg_isready -q -h /var/run/postgresql -d actions"

GO: Final = "/go"
LATE_LISTENER: Final = f"""
import os, socket, time
while not os.path.exists("{GO}"):
    time.sleep(0.01)
with socket.create_server(("0.0.0.0", 8080)) as listener:
    held = []
    while True:
        held.append(listener.accept()[0])
"""
"""Listens on 8080 when the file GO appears; accepts, and never says a word."""

Start = Callable[..., "Published"]


@dataclass(frozen=True, slots=True)
class Published:
    """A container, and the host port at which it is reached."""

    container: Container
    port: int

    @property
    def target(self) -> FakeTarget:
        return FakeTarget(port=self.port)

    def look(self) -> State:
        self.container.reload()
        state = self.container.attrs["State"]
        if state["Running"]:
            return State(life=Life.RUNNING)
        return State(life=Life.EXITED, exit_code=state["ExitCode"])


@pytest.fixture
def start(engine: EngineName) -> Iterator[Start]:
    """Starts containers with one published port; all are gone afterwards."""
    environ = {key: os.environ[key] for key in ("HOME", "PATH") if key in os.environ}
    with ExitStack() as leaving:
        found = leaving.enter_context(
            closing(find_engine(pinned=engine, url=None, environ=environ))
        )
        client = leaving.enter_context(closing(docker.DockerClient(base_url=found.url)))

        def started(
            image: str,
            *command: str,
            port: int,
            env: Mapping[str, str] | None = None,
            files: Mapping[str, bytes] | None = None,
        ) -> Published:
            container = client.containers.create(
                image,
                list(command),
                name=f"gates-{uuid4().hex[:8]}",
                environment=dict(env or {}),
                ports={
                    f"{port}/tcp": ("127.0.0.1", None)  # type: ignore[dict-item]  # engine's choice
                },
            )
            leaving.callback(container.remove, force=True, v=True)
            for path, content in (files or {}).items():
                assert container.put_archive("/", _archive(path, content))
            container.start()
            container.reload()
            bound = container.attrs["NetworkSettings"]["Ports"][f"{port}/tcp"]
            return Published(container, int(bound[0]["HostPort"]))

        yield started


def _archive(path: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo(path.lstrip("/"))
        entry.size, entry.mode = len(content), 0o644
        archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _ask(dsn: str) -> int:
    """How many rows the initialisation left behind; raises when a client cannot find out."""
    with psycopg.connect(dsn, connect_timeout=5) as session:
        (count,) = session.execute("SELECT count(*) FROM made").fetchone() or (0,)
        return int(count)


def test_a_fresh_database_is_never_called_ready_before_a_client_can_use_it(start: Start) -> None:
    env = {"POSTGRES_USER": "app", "POSTGRES_PASSWORD": PASSWORD, "POSTGRES_DB": "actions"}
    files = {"/docker-entrypoint-initdb.d/made.sql": INIT_SQL}
    postgres = start(POSTGRES, port=5432, env=env, files=files)
    gate = PostgresGate(port="postgres", user="app", password=PASSWORD, database="actions")
    dsn = reveal(gate.dsn("127.0.0.1", postgres.port))
    limit = time.monotonic() + PATIENCE_S
    deceived_others = False
    early, ready = 0, 0
    while ready < 50:
        assert time.monotonic() < limit, postgres.container.logs().decode()
        verdict = gate.look(postgres.target)
        if isinstance(verdict, Ready):
            # Every single time: what the gate says must hold for the client that comes next.
            assert _ask(dsn) == 1
            ready += 1
            continue
        assert isinstance(verdict, NotYet)
        assert ready == 0, f"ready, and then not: {verdict}"
        early += 1
        if not deceived_others and early % 5 == 0:
            probe = postgres.container.exec_run(SOCKET_PROBE)
            still = gate.look(postgres.target)
            deceived_others = probe.exit_code == 0 and isinstance(still, NotYet)
        time.sleep(0.005)
    # Without a temporary server that others take for the real one, nothing was tested.
    assert deceived_others
    assert early > 20


SILENT_GATES: Final[tuple[Gate, ...]] = (
    TcpGate(port="p"),
    TcpGate(port="p", send=b"?"),
    TcpGate(port="p", expect=rb"."),
    HttpGate(port="p"),
    RedisGate(port="p"),
    PostgresGate(port="p", user="u", database="d"),
)


def test_a_published_port_without_a_listener_deceives_no_gate(start: Start) -> None:
    late = start(PYTHON, "python3", "-c", LATE_LISTENER, port=8080)
    for _ in range(25):
        for gate in SILENT_GATES:
            verdict = gate.look(late.target)
            assert isinstance(verdict, NotYet)
    assert late.container.exec_run(["touch", GO]).exit_code == 0
    gate = TcpGate(port="p")
    limit = time.monotonic() + PATIENCE_S
    while not isinstance(gate.look(late.target), Ready):
        assert time.monotonic() < limit


@dataclass(frozen=True, slots=True)
class DoomedTarget(FakeTarget):
    """A target whose end begins to approach when a gate first turns to it."""

    end: threading.Timer

    def address(self, port_name: str) -> tuple[str, int]:
        if self.end.ident is None:
            self.end.start()
        return FakeTarget.address(self, port_name)


def test_a_death_during_a_silent_look_ends_the_look_and_the_wait(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "LOOK_SECONDS", PATIENCE_S)
    mute = start(PYTHON, "python3", "-c", LATE_LISTENER, port=8080)
    assert mute.container.exec_run(["touch", GO]).exit_code == 0
    limit = time.monotonic() + PATIENCE_S
    while not isinstance(TcpGate(port="p").look(mute.target), Ready):
        assert time.monotonic() < limit
    end = threading.Timer(0.5, mute.container.kill)
    gate = RedisGate(port="p", pacing=Pacing(timeout=PATIENCE_S))
    held = hold(
        lambda _keep: gate.look(DoomedTarget(port=mute.port, end=end)),
        gate.pacing,
        look=mute.look,
        still=lambda: None,
        clock=SystemClock(),
        cancel=SignalCancel(),
        on_answer=lambda answer, elapsed: None,
        deadline=None,
    )
    end.join()
    assert isinstance(held, Died)
    assert held.state.exit_code == 137
    assert held.answers[0].endswith("connection closed before any answer")
