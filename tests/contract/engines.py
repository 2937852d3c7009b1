"""The engines that the contract is about, and what is common to test them."""

from __future__ import annotations

import os
import signal
import socket
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest
from _pytest.mark import ParameterSet

from orchestration.engines import connect
from orchestration.engines.discovery import find_engine
from orchestration.model import (
    Embedded,
    EngineName,
    Instance,
    Label,
    Launch,
    Life,
    Mount,
    PortBinding,
    Resource,
    State,
    Text,
)
from orchestration.ports import Engine
from tests.contract.programs import Program
from tests.fakes import FakeEngine

IMAGE: Final = "localhost/stackwright-python:3.11"
"""A base image with a shell and Python, made by `invoke images.build`."""

PATIENCE_S: Final = 20.0


@contextmanager
def _real(name: EngineName) -> Iterator[Engine]:
    """An engine of this machine; an error, and so a failing test, where it does not answer."""
    with tempfile.TemporaryDirectory() as home:
        environ = {key: os.environ[key] for key in ("HOME", "PATH") if key in os.environ}
        engine = connect(find_engine(pinned=name, url=None, environ=environ), home=Path(home))
        try:
            yield engine
        finally:
            engine.close()


@contextmanager
def _fake() -> Iterator[Engine]:
    yield FakeEngine(images={IMAGE: "sha256:fake"})


ENGINES: Final[Mapping[str, Callable[[], AbstractContextManager[Engine]]]] = {
    "fake": _fake,
    "embedded": lambda: _real("embedded"),
    "podman": lambda: _real("podman"),
    "docker": lambda: _real("docker"),
}
CONTAINERS: Final = ("podman", "docker")


def marked(*names: str) -> list[ParameterSet]:
    """Engines as test parameters; those that must be installed are marked."""
    return [
        pytest.param(name, marks=[pytest.mark.engine] if name in CONTAINERS else [])
        for name in names
    ]


@dataclass(slots=True)
class Bench:
    """One test's use of an engine: what it starts carries its own labels."""

    engine: Engine
    network: str
    run: str = field(default_factory=lambda: f"contract-{uuid4().hex[:8]}")

    @property
    def labels(self) -> dict[str, str]:
        return {Label.RUN: self.run, Label.OWNER: "host/boot/1/1/0", Label.STACK: "contract"}

    def launch(
        self,
        program: Program,
        *,
        component: str = "thing",
        name: str = "",
        ports: tuple[PortBinding, ...] = (),
        env: Mapping[str, Text] | None = None,
        mounts: tuple[Mount, ...] = (),
        aliases: tuple[str, ...] = (),
    ) -> Launch:
        """A launch that every engine can run."""
        image = self.engine.find_image(IMAGE) if self.engine.info.uses_images else ""
        assert image is not None, f"{IMAGE} is missing: run `invoke images.build`"
        if isinstance(self.engine, FakeEngine):
            self.engine.programs[component] = program.fake
        return Launch(
            name=name or f"{component}-{self.run}-{uuid4().hex[:4]}",
            component=component,
            image=image,
            ports=ports,
            network=self.network,
            command=program.command,
            env=env or {},
            mounts=mounts,
            aliases=(component, *aliases),
            labels={**self.labels, Label.COMPONENT: component},
            embedded=Embedded(kind="command", command=program.local),
        )

    def start(
        self,
        program: Program,
        *,
        component: str = "thing",
        name: str = "",
        ports: tuple[PortBinding, ...] = (),
        env: Mapping[str, Text] | None = None,
        mounts: tuple[Mount, ...] = (),
        aliases: tuple[str, ...] = (),
    ) -> Instance:
        """Launch it."""
        return self.engine.start(
            self.launch(
                program,
                component=component,
                name=name,
                ports=ports,
                env=env,
                mounts=mounts,
                aliases=aliases,
            )
        )

    def listed(self) -> tuple[Resource, ...]:
        """What the engine holds of this test."""
        return self.engine.list_resources({Label.RUN: self.run})

    def resource(self, instance: Instance) -> Resource:
        """An instance as the engine lists it."""
        (found,) = (each for each in self.listed() if each.name == instance.name)
        return found

    def ended(self, instance: Instance) -> State:
        """The state of an instance once it has ended."""
        eventually(
            lambda: self.engine.look(instance.id).life not in (Life.RUNNING, Life.CREATED),
            "it ended",
        )
        return self.engine.look(instance.id)

    def said(self, instance: Instance, text: str) -> str:
        """The log of an instance once `text` is in it."""
        eventually(lambda: text in self.engine.logs(instance.id), f"{text!r} stood in the log")
        return self.engine.logs(instance.id)

    def clear(self) -> None:
        """Remove everything of this test; it fails when something stays."""
        for each in self.listed():
            self.engine.remove(each)
        assert self.listed() == ()


@dataclass(slots=True)
class Button:
    """A `Cancel` that a test presses."""

    pressed: bool = False

    def requested(self) -> int | None:
        return signal.SIGINT if self.pressed else None

    def urgency(self) -> int:
        return int(self.pressed)

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)


def eventually(true: Callable[[], bool], what: str) -> None:
    """Wait until something is true; the test fails when it never becomes true."""
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, f"it never came to be that {what}"
        time.sleep(0.01)


def fetched(port: int) -> str:
    """What a published port answers, once it does."""
    url = f"http://127.0.0.1:{port}/"

    def answered() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return True
        except OSError:
            return False

    eventually(answered, f"{url} answered")
    with urllib.request.urlopen(url, timeout=5) as response:
        body: bytes = response.read()
    return body.decode()


def free_port() -> int:
    """A port that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
