"""What the runner needs from the world, as protocols. Each has one real side and one hand-written
fake in `tests/fakes.py`, both held to the same contract test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from orchestration.model import (
    BuildOrder,
    EngineInfo,
    Executed,
    HostPort,
    Instance,
    Launch,
    Pacing,
    PortBinding,
    PortRequest,
    Resource,
    State,
    Text,
    Verdict,
)
from orchestration.owner import Owner
from orchestration.record import RunRecord


class Clock(Protocol):
    """Time and pauses."""

    def now(self) -> float:
        """Seconds on a clock that never goes back."""
        ...

    def wall(self) -> float:
        """Seconds since the epoch, for people."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait so long whatever the user wants: only where nothing is left to stop."""
        ...


class Cancel(Protocol):
    """Whether the user wants the run to stop. All waiting for components goes through `pause`."""

    def requested(self) -> int | None:
        """The number of the signal that asked for it, or None."""
        ...

    def urgency(self) -> int:
        """How often it was asked for: once is to stop, twice to remove at once and by force,
        three times to exit at once and leave the rest to the watchdog."""
        ...

    def pause(self, seconds: float) -> None:
        """Wait so long, or until a stop is requested."""
        ...


class Engine(Protocol):
    """Runs components. Every method raises `EngineError` when the engine does not answer.

    Methods may be called from several threads at once.
    """

    @property
    def info(self) -> EngineInfo:
        """What this engine is."""
        ...

    def create_network(self, name: str, labels: Mapping[str, str]) -> None:
        """Make a network. Raises ClaimError when the name is taken."""
        ...

    def find_image(self, reference: str) -> str | None:
        """The id of a local image, or None."""
        ...

    def pull_image(self, reference: str, cancel: Cancel) -> str:
        """Pull an image; its id. Raises ImageError, whose fix names `images build`."""
        ...

    def build_image(self, order: BuildOrder, on_line: Callable[[str], None], cancel: Cancel) -> str:
        """Build an image; its id. Raises BuildError with the end of the output as `why`.

        Leaves no intermediate container or image behind when it fails or is cancelled.
        """
        ...

    def plan_ports(self, requests: tuple[PortRequest, ...]) -> tuple[PortBinding, ...]:
        """Where the ports will be, as far as it is known before the start."""
        ...

    def peer_host(self, alias: str) -> str:
        """The name under which peers in the same network reach the component."""
        ...

    def start(self, launch: Launch) -> Instance:
        """Create and start an instance.

        Raises PortError when a pinned port is in use, ComponentError when the command cannot be
        run, ClaimError when the name is taken.
        """
        ...

    def look(self, instance: str) -> State:
        """The state of an instance by id; `Life.MISSING` when there is none."""
        ...

    def logs(self, instance: str, *, tail: int | None = None) -> str:
        """Standard output and error together, the last `tail` lines; "" when it is gone."""
        ...

    def follow(self, instance: str, cancel: Cancel) -> Iterator[str]:
        """Lines of the log as they come, from now, until the instance ends or `cancel`."""
        ...

    def execute(self, instance: str, command: tuple[str, ...], *, timeout: float) -> Executed:
        """Run a command inside; as exit code 126/127 when it cannot be run, 124 when it outlives
        `timeout` seconds, 137 when the instance does not run."""
        ...

    def list_resources(self, labels: Mapping[str, str]) -> tuple[Resource, ...]:
        """Everything the engine holds that has all `labels` (an empty value: any value)."""
        ...

    def remove(self, resource: Resource) -> None:
        """Remove by force; content when it is already gone. Containers take their anonymous
        volumes along."""
        ...

    def close(self) -> None:
        """Give back connections, and end what the engine's client itself started."""
        ...


class Target(Protocol):
    """What a probe may touch of the component it looks at."""

    def address(self, port_name: str) -> tuple[str, int]:
        """Host and port at which this machine reaches a port of the component."""
        ...

    def execute(self, command: tuple[str, ...], *, timeout: float) -> Executed:
        """As `Engine.execute`."""
        ...

    def logs(self) -> str:
        """As `Engine.logs`, whole."""
        ...


class Gate(Protocol):
    """Decides whether a component is ready. One look, no waiting, no state."""

    @property
    def pacing(self) -> Pacing:
        """How often and how long to look."""
        ...

    @property
    def port(self) -> str | None:
        """The name of the port it probes, if any."""
        ...

    def describe(self) -> str:
        """The probe in a few words: `GET /health on http`."""
        ...

    def look(self, target: Target) -> Verdict:
        """Probe once. Never raises for what a component may do; takes 2 s at the most, and
        5 s for a command."""
        ...

    def dsn(self, host: str, port: int) -> Text:
        """The address with scheme, credentials and database, for whoever connects."""
        ...

    @property
    def scheme(self) -> str:
        """The URL scheme of what it probes: `http`, `postgresql`, `redis`, `tcp`."""
        ...


class Owners(Protocol):
    """Tells the processes of this machine apart."""

    def me(self) -> Owner:
        """Who answers for what this process creates: itself, or the controller it works for."""
        ...

    def here(self) -> Owner:
        """This process itself."""
        ...

    def terminal(self) -> Owner:
        """The leader of the terminal or job that this process belongs to."""
        ...

    def alive(self, owner: Owner) -> bool | None:
        """Whether the process still runs; None when that cannot be told from here (another host or
        PID namespace, or a process of another user that is hidden)."""
        ...


class Watchdogs(Protocol):
    """Watch over runs, so that they are taken down when the processes that use them are killed.

    What a watched process leaves in order is not touched: a stack that is kept, and one that others
    still use.
    """

    def watch(self, run: str) -> None:
        """Have `run` watched; returns before it is armed. Content when it is watched already.
        Raises StackwrightError."""
        ...

    def armed(self, run: str) -> None:
        """Wait until nothing of `run` would be missed any more. Raises StackwrightError."""
        ...

    def act(self, run: str) -> None:
        """Have the watchdog of `run` look now whether anybody answers for it, and clean up unless
        somebody does, although the watched process lives; content when it is not watched."""
        ...

    def over(self, run: str) -> None:
        """Stop watching `run`; content when it is not watched."""
        ...


class Runs(Protocol):
    """The run records of this user on this host, safe against concurrent processes.

    What stores or forgets raises StateError when that cannot be done, as on a full disk.
    """

    @property
    def identity(self) -> str:
        """Names this set of records in labels: others' kept stacks are not ours to judge."""
        ...

    def claim(self, record: RunRecord) -> None:
        """Store a new run. Raises ClaimError, naming the holder, when its key is held, and
        PortError when one of its ports is leased."""
        ...

    def lease(self, run: str, ports: tuple[HostPort, ...]) -> None:
        """Add to the ports of a run. Raises PortError, naming the holder, when one is leased, and
        ClaimError when the run is gone."""
        ...

    def change(self, run: str, edit: Callable[[RunRecord], RunRecord]) -> RunRecord | None:
        """Store what `edit` makes of the record as it is now, and give it back; None when it is
        gone. What `edit` raises passes through, and nothing is stored then."""
        ...

    def alone(self, run: str) -> AbstractContextManager[bool]:
        """Whether no other thread or process is inside for `run`; nobody else gets in while the
        context lasts, and the process lives. Does not wait. True as well for what is unknown."""
        ...

    def release(self, run: str) -> None:
        """Forget a run; content when it is unknown."""
        ...

    def get(self, run: str) -> RunRecord | None:
        """The record of a run."""
        ...

    def all(self) -> tuple[RunRecord, ...]:
        """All records, oldest first."""
        ...
