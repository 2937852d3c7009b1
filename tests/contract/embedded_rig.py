"""An embedded engine in a home of its own, and short ways to start things on it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from uuid import uuid4

from orchestration.engines.embedded import EmbeddedEngine
from orchestration.engines.embedded.instance_directory import InstanceRecord
from orchestration.model import (
    Embedded,
    EngineInfo,
    Instance,
    Label,
    Launch,
    Life,
    Mount,
    PortBinding,
    PortRequest,
    Resource,
    Text,
)

INFO = EngineInfo(name="embedded", version="", url="", rule="test", uses_images=False)


@dataclass(slots=True)
class Rig:
    """Starts instances of one run."""

    home: Path
    run: str = field(default_factory=lambda: uuid4().hex[:8])
    engine: EmbeddedEngine = field(init=False)

    def __post_init__(self) -> None:
        self.engine = EmbeddedEngine(self.home, INFO)

    @property
    def labels(self) -> dict[str, str]:
        return {Label.RUN: self.run, Label.OWNER: "a/b/1/1/0"}

    def start(
        self,
        *command: str,
        name: str | None = None,
        kind: str = "command",
        ports: tuple[PortBinding, ...] = (),
        env: Mapping[str, Text] | None = None,
        mounts: tuple[Mount, ...] = (),
        cwd: Path | None = None,
    ) -> Instance:
        """A command as an embedded component, or a server with `command` as its image's command."""
        mine = kind == "command"
        assert kind in ("command", "postgres", "redis")
        return self.engine.start(
            Launch(
                name=name or f"thing-{uuid4().hex[:6]}",
                component="thing",
                image="",
                ports=ports,
                network="net",
                command=() if mine else command,
                env=env or {},
                mounts=mounts,
                labels=self.labels,
                embedded=Embedded(kind=kind, command=command if mine else (), cwd=cwd),  # type: ignore[arg-type]  # any kind
            )
        )

    def port(self, host: int | None = None, bind: str = "127.0.0.1") -> PortBinding:
        """One planned port."""
        (binding,) = self.engine.plan_ports(
            (PortRequest(name="db", container=5432, host=host, bind=bind),)
        )
        return binding

    def postgres(self, **env: Text) -> Instance:
        """A PostgreSQL; its variables on top of a user, a password and a database."""
        given = {"POSTGRES_USER": "slm", "POSTGRES_PASSWORD": "s3 'cret", "POSTGRES_DB": "hist"}
        return self.start(kind="postgres", ports=(self.port(),), env={**given, **env})

    def record(self, instance: Instance) -> InstanceRecord:
        """What is on disk about an instance."""
        directory = self.engine._home.instance(instance.id)
        record = directory.read() if directory is not None else None
        assert record is not None
        return record

    def supervisor(self, instance: Instance) -> int:
        """The pid of its supervisor."""
        return int((self.home / instance.id / "process").read_text().split()[0])

    def resource(self, instance: Instance) -> Resource:
        """The instance as it is listed."""
        (found,) = (each for each in self.listed() if each.id == instance.id)
        return found

    def remove(self, instance: Instance) -> None:
        """Remove it as a teardown does."""
        self.engine.remove(self.resource(instance))

    def listed(self) -> tuple[Resource, ...]:
        """Everything of the run."""
        return self.engine.list_resources({Label.RUN: self.run})

    def ended(self, instance: Instance) -> None:
        """Wait for its end."""
        eventually(lambda: self.engine.look(instance.id).life is Life.EXITED, "it ended")

    def said(self, instance: Instance, word: str) -> None:
        """Wait until `word` stands in its log."""
        eventually(lambda: word in self.engine.logs(instance.id), f"{word!r} stood in the log")

    def clear(self) -> None:
        """Remove everything of the run."""
        for each in self.listed():
            self.engine.remove(each)
        self.engine.close()


@contextmanager
def rig_in(home: Path) -> Iterator[Rig]:
    """A rig that leaves nothing behind; a test that makes it leave something fails."""
    rig = Rig(home)
    try:
        yield rig
    finally:
        rig.clear()
    assert [each.name for each in home.glob("*") if each.name != ".lock"] == []


@dataclass(slots=True)
class Stoppable:
    """A `Cancel` that a test presses."""

    pressed: threading.Event = field(default_factory=threading.Event)

    def requested(self) -> int | None:
        return signal.SIGINT if self.pressed.is_set() else None

    def urgency(self) -> int:
        return int(self.pressed.is_set())

    def pause(self, seconds: float) -> None:
        self.pressed.wait(seconds)


def eventually(look: Callable[[], bool], what: str, within: float = 20.0) -> None:
    """Wait until `look` is content; the test fails after `within` seconds."""
    deadline = monotonic() + within
    while not look():
        assert monotonic() < deadline, f"it never came to be that {what}"
        sleep(0.005)


def running(word: str) -> list[int]:
    """The pids of live processes that have `word` as an argument."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if word.encode() in words:
            found.append(int(process.name))
    return found


def unlikely_number() -> str:
    """Seconds to sleep that no other process has as an argument."""
    return f"1{uuid4().int % 10**7:07d}"
