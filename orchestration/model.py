"""The nouns that everything above shares: what runs, what was seen.

Standard library only; no I/O, no clock, no environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from signal import Signals
from typing import Final, Literal, get_args

LOOPBACK: Final = "127.0.0.1"
EngineName = Literal["podman", "docker", "embedded"]
ENGINE_NAMES: Final[tuple[EngineName, ...]] = get_args(EngineName)


class Label(StrEnum):
    """The labels on everything stackwright creates; nothing without them is ever touched."""

    RUN = "io.stackwright.run"
    OWNER = "io.stackwright.owner"
    LIFETIME = "io.stackwright.lifetime"
    STACK = "io.stackwright.stack"
    SERVICE = "io.stackwright.service"
    COMPONENT = "io.stackwright.component"
    STATE = "io.stackwright.state"


class Lifetime(StrEnum):
    """How long a run lives: with the process that owns it, or until `stack.down`."""

    SESSION = "session"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that is handed to processes and never shown."""

    value: str = field(repr=False)

    def __str__(self) -> str:
        return "***"


Text = str | Secret


def reveal(text: Text) -> str:
    """The text itself, for the process that needs it."""
    return text.value if isinstance(text, Secret) else text


@dataclass(frozen=True, slots=True, kw_only=True)
class PortRequest:
    """A port a component listens on. `host`: the pinned host port, None when the engine chooses."""

    name: str
    container: int
    host: int | None = None
    bind: str = LOOPBACK


@dataclass(frozen=True, slots=True, kw_only=True)
class PortBinding:
    """Where a port is. `inside`: as its network peers see it; `host`: 0 until the engine chose."""

    name: str
    inside: int
    host: int
    bind: str = LOOPBACK


_EVERYWHERE: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - compared, not bound


@dataclass(frozen=True, slots=True)
class HostPort:
    """A TCP port of this machine, as two runs cannot both have it."""

    bind: str
    number: int

    def clashes(self, other: HostPort) -> bool:
        """Whether binding one keeps the other from being bound."""
        same = self.bind == other.bind or not _EVERYWHERE.isdisjoint((self.bind, other.bind))
        return same and self.number == other.number

    def __str__(self) -> str:
        return f"{self.bind}:{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A file or directory of the project that a component sees at `target`."""

    source: Path
    target: str
    read_only: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """How a component runs as a local process.

    `postgres` and `redis` are servers that stackwright brings; `command` runs `command` in `cwd`
    with `env` on top of the component's own.
    """

    kind: Literal["postgres", "redis", "command"]
    command: tuple[str, ...] = ()
    cwd: Path | None = None
    env: Mapping[str, Text] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOrder:
    """One image build, ready for an engine. `containerfile` is relative to `context`."""

    context: Path
    containerfile: str
    tag: str
    args: Mapping[str, Text] = field(default_factory=dict)
    target: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """One component, ready to start: nothing left to look up. `image`: an id, "" when embedded."""

    name: str
    component: str
    image: str
    ports: tuple[PortBinding, ...]
    network: str
    command: tuple[str, ...] = ()
    env: Mapping[str, Text] = field(default_factory=dict, repr=False)
    mounts: tuple[Mount, ...] = ()
    aliases: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    embedded: Embedded | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A started component: the engine's id for it, and where its ports ended up."""

    id: str
    name: str
    ports: tuple[PortBinding, ...]


class Life(StrEnum):
    """What an engine says of an instance."""

    CREATED = "created"
    RUNNING = "running"
    EXITED = "exited"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One look at an instance. `exit_code` is None while it runs, and when nobody knows."""

    life: Life
    exit_code: int | None = None
    started: bool = True
    oom_killed: bool = False
    restarts: int = 0
    error: str = ""

    @property
    def alive(self) -> bool:
        """Running, and never restarted: a restart is a death that something hid."""
        return self.life is Life.RUNNING and self.restarts == 0

    def describe(self) -> str:
        """The state in words, the exit code explained."""
        parts: list[str] = [self.life.value]
        if self.exit_code is not None and self.life is Life.EXITED:
            parts.append(f"exit code {explain_exit(self.exit_code, oom=self.oom_killed)}")
        if self.restarts:
            parts.append(f"restarted {self.restarts} times")
        if self.error:
            parts.append(self.error)
        return ", ".join(parts)


def explain_exit(code: int, *, oom: bool = False) -> str:
    """An exit code in words.

    137 says nothing of its cause: on cgroup v1 an out-of-memory kill is not reported as one.
    """
    match code:
        case 126:
            return "126 (the command exists and cannot be run: not executable, or a wrong format)"
        case 127:
            return "127 (command not found)"
        case 137 if oom:
            return "137 (killed: out of memory)"
        case 137:
            return "137 (killed with SIGKILL, possibly out of memory)"
        case _ if 128 < code < 160:
            try:
                return f"{code} (ended by {Signals(code - 128).name})"
            except ValueError:
                return str(code)
        case _:
            return str(code)


@dataclass(frozen=True, slots=True)
class Ready:
    """The component serves. `lasting`: what shows it, such as a log or file, may outlive it."""

    answer: str = ""
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class NotYet:
    """Not ready now, may be at the next look; `reason` is the probe's answer."""

    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Waiting longer cannot help; `reason` says why."""

    reason: str


Verdict = Ready | NotYet | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """How a gate is polled, in seconds: from `interval`, growing by `growth`, to `longest`.

    `successes`: looks in a row that must find it ready, `interval` apart; the second of two comes
    at once. A server that answers once and dies is refused by the second before any engine knows of
    its death (up to 0.3 s). A
    look costs about 3 ms, of which the state of a container on Podman takes 2.2: these defaults
    find a server ready within 5 % of its wait.
    """

    timeout: float = 30.0
    interval: float = 0.01
    growth: float = 1.05
    longest: float = 0.25
    successes: int = 2

    def intervals(self) -> Iterator[float]:
        """The pauses between looks, without end."""
        pause = self.interval
        while True:
            yield min(pause, self.longest)
            pause = min(pause * self.growth, self.longest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """The outcome of a command run inside an instance."""

    exit_code: int
    output: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """How a test reaches one port of one component.

    `url` is scheme://host:port; `dsn` adds credentials and database where the gate knows them, for
    the client that connects: it is never shown.
    """

    component: str
    port_name: str
    host: str
    port: int
    url: str
    dsn: str = field(repr=False)


class Kind(StrEnum):
    """What can be left behind, in the order in which it is removed."""

    CONTAINER = "container"
    NETWORK = "network"
    VOLUME = "volume"
    IMAGE = "image"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Something that an engine holds with our labels on it."""

    kind: Kind
    id: str
    name: str
    labels: Mapping[str, str]

    def describe(self) -> str:
        """`container gateway-postgres-1a2b3c4d`."""
        return f"{self.kind.value} {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineInfo:
    """What an engine is. `rule`: which rule of the search found it.

    `uses_images`: components run from images in a network of their own; without it they are
    processes of this machine and peers meet on 127.0.0.1.
    """

    name: EngineName
    version: str
    url: str
    rule: str
    uses_images: bool
    quirks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterInfo:
    """What a cluster is, told where an engine would be. `rule`: how it was chosen."""

    version: str
    url: str
    rule: str
    name: Literal["kubernetes"] = "kubernetes"
    uses_images: bool = True
    quirks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was known when a step failed, collected before anything was removed.

    `answers`: the probe's last answers, oldest first. `logs`: the ends of the logs of the component
    and of what it depends on. `reproduce`: a command that runs the component by hand.
    """

    component: str
    step: str
    elapsed_s: float
    probe: str = ""
    answers: tuple[str, ...] = ()
    state: State | None = None
    logs: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, tuple[PortBinding, ...]] = field(default_factory=dict)
    reproduce: str = ""


_SECRET_KEY: Final = re.compile(
    r"PASS(WORD|WD|PHRASE)?|_PWD|SECRET|TOKEN|CREDENTIAL|(API|ACCESS|PRIVATE)_?KEY", re.I
)


def names_a_secret(key: str) -> bool:
    """Whether a variable of this name is treated as secret wherever it came from."""
    return _SECRET_KEY.search(key) is not None
