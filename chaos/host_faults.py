"""What the machine has in the way: taken ports and names, builds that fail, things that are not
there."""

from __future__ import annotations

import secrets
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Final

from docker.errors import NotFound

from chaos.stage import Stage
from chaos.trial import EngineName, Trial
from tests.product import client_of

Obstacle = Callable[[Stage, str], AbstractContextManager[None]]
"""Puts something in the way of a stage's run of that name, and away again; it notes what was done
to it meanwhile."""

_IMAGE: Final = "localhost/stackwright-python:3.11"
_STACK: Final = """\
[stacks.shop]
deadline = "20s"

[stacks.shop.components.first]
image = "localhost/stackwright-python:3.11"
command = ["true"]
one_shot = true
embedded = { command = ["true"] }

[stacks.shop.components.victim]
SOURCE
command = ["COMMAND", "/app/app.py"]
volumes = ["data:/data"]
ports.http = { container = 8080, host = HOSTPORT }
env = { PORT = "${self.port.http}", DATABASE_URL = "none" }
gate = { kind = "http", path = "/health", timeout = "5s" }
embedded = { command = ["COMMAND", "/app/app.py"] }
"""
_MOUNTED: Final = f'image = "{_IMAGE}"'
_BUILT: Final = 'build = { context = "app" }'


@dataclass(frozen=True, slots=True, kw_only=True)
class HostFault:
    """`up` meets `obstacle`, put there before it begins, or when it begins `step`.

    `code`: the exit code that is right. `says`: what its message must tell. `component`: the one
    that the evidence is of; None where nothing had begun that could leave any.
    """

    engine: EngineName
    name: str
    code: int
    says: str
    obstacle: Obstacle
    step: str = ""
    component: str | None = "victim"
    source: str = _MOUNTED
    command: str = "python"
    containerfile: str = ""

    def __str__(self) -> str:
        return f"{self.engine}, host {self.name}"

    @property
    def table(self) -> str:
        """As Case says."""
        return "the machine"

    @property
    def row(self) -> str:
        """As Case says."""
        return self.name

    @property
    def column(self) -> str:
        """As Case says."""
        return self.engine

    def play(self) -> Trial:
        """As Case says."""
        config = _STACK.replace("SOURCE", self.source).replace("COMMAND", self.command)
        files = {"data/orders": "1", "app/Containerfile": self.containerfile}
        if self.source == _MOUNTED:
            config = config.replace('["data:/data"]', '["data:/data", "app:/app"]')
        run = secrets.token_hex(4)
        with Stage.of(self.engine, config, files) as stage:
            self._play(stage, run)
            problems, output = tuple(stage.problems), stage.output
            return Trial(case=self, problems=problems, output=output)

    def _play(self, stage: Stage, run: str) -> None:
        before = self.obstacle(stage, run) if not self.step else nullcontext()
        with before:
            up = stage.up(step=self.step, environ={"CHAOS_RUN": run})
            with self.obstacle(stage, run) if self.step and up.reached() else nullcontext():
                if self.step and up.stop.exists():
                    up.go_on()
                up.ended()
        stage.judge(up, frozenset({self.code}))
        # The message is broken into lines.
        if self.says not in " ".join(up.said.split()):
            stage.problems.append(f"it does not say {self.says!r}")
        if self.component is not None:
            stage.judge_evidence(code=up.code, component=self.component)
        stage.judge_left()


def host_faults(engine: EngineName) -> Iterator[HostFault]:
    """All of them on one engine."""
    yield HostFault(
        engine=engine,
        name="a process holds the port",
        code=5,
        says="is in use by pid",
        obstacle=_listening_process,
    )
    yield HostFault(
        engine=engine,
        name="a process takes the port at the last moment",
        code=5,
        says="is in use by pid",
        obstacle=_listening_process,
        step="start victim",
    )
    yield HostFault(
        engine=engine,
        name="the source of a volume is missing",
        code=2,
        says="data",
        obstacle=_no_data,
        component=None,
    )
    yield HostFault(
        engine=engine,
        name="the command is missing",
        code=8,
        says="chaos-no-such-command",
        obstacle=_nothing,
        command="chaos-no-such-command",
    )
    if engine != "embedded":
        yield from _in_containers(engine)


def _in_containers(engine: EngineName) -> Iterator[HostFault]:
    yield HostFault(
        engine=engine,
        name="the source of a volume vanishes",
        code=8,
        says="data",
        obstacle=_no_data,
        step="start victim",
    )
    yield HostFault(
        engine=engine,
        name="a foreign container holds the port",
        code=5,
        says="container foreign-",
        obstacle=_container_on_the_port,
    )
    yield HostFault(
        engine=engine,
        name="a foreign container has the name",
        code=4,
        says="shop-victim-",
        obstacle=_container_of_the_name,
    )
    yield HostFault(
        engine=engine,
        name="a foreign network has the name",
        code=4,
        says="stackwright-shop-",
        obstacle=_network_of_the_name,
        component="",
    )
    yield HostFault(
        engine=engine,
        name="the image is missing",
        code=6,
        says="localhost/chaos-nothing:1",
        obstacle=_nothing,
        source='image = "localhost/chaos-nothing:1"',
    )
    for name, line, says in (
        ("a command of the build fails", "RUN echo the build breaks && false", "the build breaks"),
        (
            "the disk is full in a build",
            # The one file system of a build that is sure to be small.
            "RUN dd if=/dev/zero of=/dev/shm/full bs=1M count=200",
            "No space left on device",
        ),
        ("a file of the build is missing", "COPY no-such-file /there", "no-such-file"),
    ):
        yield HostFault(
            engine=engine,
            name=name,
            code=7,
            says=says,
            obstacle=_nothing,
            source=_BUILT,
            containerfile=f"FROM {_IMAGE} AS first\nRUN echo made > /made\nFROM {_IMAGE}\n"
            f"COPY --from=first /made /made\n{line}\n",
        )


@contextmanager
def _nothing(stage: Stage, run: str) -> Iterator[None]:
    yield


@contextmanager
def _listening_process(stage: Stage, run: str) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", stage.port)):
        yield


@contextmanager
def _no_data(stage: Stage, run: str) -> Iterator[None]:
    shutil.rmtree(stage.product.project / "data")
    yield


@contextmanager
def _container_on_the_port(stage: Stage, run: str) -> Iterator[None]:
    with _container(stage, f"foreign-{run}", port=stage.port):
        yield


@contextmanager
def _container_of_the_name(stage: Stage, run: str) -> Iterator[None]:
    with _container(stage, f"shop-victim-{run}"):
        yield


@contextmanager
def _container(stage: Stage, name: str, port: int | None = None) -> Iterator[None]:
    client = client_of(stage.engine)
    try:
        container = client.containers.run(
            _IMAGE,
            ["sleep", "60"],
            name=name,
            detach=True,
            ports={"8080/tcp": ("127.0.0.1", port)} if port else {},
        )
        try:
            yield
            container.reload()
            if container.status != "running":
                stage.problems.append(f"the foreign container is {container.status}")
        except NotFound:
            stage.problems.append("the foreign container is gone")
        finally:
            container.remove(force=True)
    finally:
        client.close()


@contextmanager
def _network_of_the_name(stage: Stage, run: str) -> Iterator[None]:
    client = client_of(stage.engine)
    name = f"stackwright-shop-{run}"
    try:
        network = client.networks.create(name)
        yield
        if not client.networks.list(names=[name]):
            stage.problems.append("the foreign network is gone")
        else:
            network.remove()
    finally:
        client.close()
