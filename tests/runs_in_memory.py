"""A runner on fakes: engine, clock, cancel, owners, and records in a dictionary."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from uuid import UUID

from orchestration.errors import ClaimError, PortError, StackwrightError
from orchestration.events import Event
from orchestration.model import (
    HostPort,
    Lifetime,
    NotYet,
    Pacing,
    PortRequest,
    Ready,
    Secret,
    Verdict,
)
from orchestration.ports import Target
from orchestration.record import Hold, RunRecord
from orchestration.run_plan import RunPlan
from orchestration.runner import Runner
from orchestration.stack import Build, Component, Stack
from tests.clocks import FakeCancel, FakeClock
from tests.fakes import FakeEngine
from tests.records import ALIVE, KnownOwners


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenGate:
    """A gate that opens when `opens` says so."""

    opens: Callable[[], bool] = lambda: True
    pacing: Pacing = field(default_factory=lambda: Pacing(timeout=5.0))
    port: str | None = "main"
    scheme: str = "tcp"

    def describe(self) -> str:
        return "knock on main"

    def look(self, target: Target) -> Verdict:
        return Ready() if self.opens() else NotYet("not in")

    def dsn(self, host: str, port: int) -> str:
        return f"tcp://{host}:{port}"


class MemoryRuns:
    """`Runs` in a dictionary."""

    identity = "memory"

    def __init__(self) -> None:
        self.records: dict[str, RunRecord] = {}
        self._turns: dict[str, Lock] = {}

    def claim(self, record: RunRecord) -> None:
        if any(each.key == record.key for each in self.records.values()):
            raise ClaimError(f"stack {record.stack} is held")
        self.records[record.run] = record

    def lease(self, run: str, ports: tuple[HostPort, ...]) -> None:
        for other in self.records.values():
            if other.run != run and any(a.clashes(b) for a in ports for b in other.ports):
                raise PortError(f"{ports} taken by {other.run}")
        record = self.records[run]
        self.records[run] = replace(record, ports=(*record.ports, *ports))

    def change(self, run: str, edit: Callable[[RunRecord], RunRecord]) -> RunRecord | None:
        if run not in self.records:
            return None
        self.records[run] = edit(self.records[run])
        return self.records[run]

    @contextmanager
    def alone(self, run: str) -> Iterator[bool]:
        ours = self._turns.setdefault(run, Lock()).acquire(blocking=False)
        try:
            yield ours
        finally:
            if ours:
                self._turns[run].release()

    def release(self, run: str) -> None:
        self.records.pop(run, None)

    def get(self, run: str) -> RunRecord | None:
        return self.records.get(run)

    def all(self) -> tuple[RunRecord, ...]:
        return tuple(self.records.values())


class RecordedWatchdogs:
    """`Watchdogs` that watch nothing and note what was asked of them.

    `said`: every call so far, as `watch 0a1b2c3d`. `watched`: the runs that are.
    """

    def __init__(self) -> None:
        self.said: list[str] = []
        self.watched: set[str] = set()

    def watch(self, run: str) -> None:
        self.said.append(f"watch {run}")
        self.watched.add(run)

    def armed(self, run: str) -> None:
        self.said.append(f"armed {run}")

    def act(self, run: str) -> None:
        self.said.append(f"act {run}")

    def over(self, run: str) -> None:
        self.said.append(f"over {run}")
        self.watched.discard(run)


@dataclass(slots=True)
class Rig:
    """A runner, and everything it touches, to look at."""

    engine: FakeEngine = field(
        default_factory=lambda: FakeEngine(images={"postgres:16": "p", "app:1": "a"})
    )
    runs: MemoryRuns = field(default_factory=MemoryRuns)
    watchdogs: RecordedWatchdogs = field(default_factory=RecordedWatchdogs)
    clock: FakeClock = field(default_factory=FakeClock)
    events: list[Event] = field(default_factory=list)
    failures: list[tuple[StackwrightError, dict[str, str]]] = field(default_factory=list)
    cancel: FakeCancel = field(init=False)

    def __post_init__(self) -> None:
        self.cancel = FakeCancel(self.clock)

    @property
    def runner(self) -> Runner:
        """A runner on these parts."""
        numbers = iter(range(1, 1000))

        def failed(error: StackwrightError, log: Callable[[str], str]) -> None:
            components = error.evidence.logs if error.evidence is not None else {}
            self.failures.append((error, {name: log(name) for name in components}))

        return Runner(
            engine=self.engine,
            runs=self.runs,
            owners=KnownOwners(),
            watchdogs=self.watchdogs,
            clock=self.clock,
            cancel=self.cancel,
            emit=self.events.append,
            new_uuid=lambda: UUID(int=next(numbers) << 96),
            on_failure=failed,
        )


def component(name: str, source: str | Build = "app:1", **changes: object) -> Component:
    """A server with one port and a gate that opens."""
    settings = {
        "name": name,
        "source": source,
        "ports": (PortRequest(name="main", container=80),),
        "gate": OpenGate(),
        **changes,
    }
    return Component(**settings)  # type: ignore[arg-type]  # tests name real fields


def plan(*components: Component, **changes: object) -> RunPlan:
    """What to bring up."""
    settings = {
        "stack": Stack(
            name="store", service="shop", project=Path("/project"), components=components
        ),
        "key": "project#store#",
        "config": "stackwright.toml",
        "hold": Hold(owner=ALIVE, lifetime=Lifetime.KEPT),
        "generated": Secret("made"),
        "inputs": {"app.image": "a"},
        "deadline": FakeClock().now() + 300.0,
        **changes,
    }
    return RunPlan(**settings)  # type: ignore[arg-type]  # tests name real fields
