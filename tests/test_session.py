"""One stack for one caller, over fakes: one deadline holds for the whole way up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from orchestration.base_images import make_bases
from orchestration.engines.discovery import FoundEngine
from orchestration.engines.engine_address import Address
from orchestration.errors import ConfigError, GateError, ImageError, SilenceError, StoppedError
from orchestration.events import BuildLine, Event
from orchestration.images import ImageStore
from orchestration.model import Lifetime, Mount, Pacing, Secret
from orchestration.patience import Patience, RunPatience
from orchestration.ports import Cancel
from orchestration.project import Project
from orchestration.record import Hold
from orchestration.redact import Redactor
from orchestration.session import Session
from orchestration.stackfile import load
from orchestration.wiring import Connection, Workplace
from tests.clocks import FakeCancel, FakeClock
from tests.fakes import FakeEngine
from tests.records import ALIVE, KnownOwners
from tests.runs_in_memory import MemoryRuns, OpenGate, RecordedWatchdogs, component, plan

DEADLINE_S = 60.0
HOLD = Hold(owner=ALIVE, lifetime=Lifetime.KEPT)
POSTGRES = "localhost/stackwright-postgres:15"
CONFIG = f"""\
[images.overrides]
"postgres:16" = "{POSTGRES}"

[stacks.store.components.app]
image = "app:1"
gate = {{ kind = "log", pattern = "up" }}
"""
Make = Callable[..., None]


class SlowEngine(FakeEngine):
    """One that takes 10 s to look for an image."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(images={"app:1": "a"})
        self._clock = clock

    def find_image(self, reference: str) -> str | None:
        self._clock.advance(10.0)
        return super().find_image(reference)


class FakeConnection(Connection):
    """An engine whose store of images nobody looks into."""

    @contextmanager
    def image_store(self) -> Iterator[ImageStore]:
        yield None  # type: ignore[misc]  # what makes images is a fake as well


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeWorkplace(Workplace):
    """A place with one engine, which takes `finding` seconds to be found."""

    engine: FakeEngine
    finding: float = 0.0

    @contextmanager
    def connect(
        self,
        option: str | None,
        project: Project | None,
        *,
        cancel: Cancel | None = None,
        patience: Patience | None = None,
    ) -> Iterator[Connection]:
        assert isinstance(patience, RunPatience)
        still = patience.begin("finding it", 0.0)
        assert isinstance(self.clock, FakeClock)
        self.clock.advance(self.finding)
        still()
        yield connection(self.engine)

    def image_cache(self) -> Path:
        return self.home


def connection(engine: FakeEngine) -> FakeConnection:
    address = Address(rule="a fake", url="unix:///nowhere.sock")
    found = FoundEngine(name="podman", version="0", rule="a fake", address=address)
    return FakeConnection(engine=engine, found=found)


def project_at(directory: Path) -> Project:
    (directory / "stackwright.toml").write_text(CONFIG)
    return load(directory / "stackwright.toml")


def session(directory: Path, gate: OpenGate, clock: FakeClock, finding: float = 0.0) -> Session:
    workplace = FakeWorkplace(
        environ={},
        cwd=directory,
        home=directory,
        clock=clock,
        owners=KnownOwners(),
        runs=MemoryRuns(),
        watchdogs=RecordedWatchdogs(),
        engine=SlowEngine(clock),
        finding=finding,
    )
    stack = plan(component("app", gate=gate)).stack
    return Session(
        workplace=workplace,
        project=project_at(directory),
        stack=replace(stack, deadline=DEADLINE_S),
        generated=Secret("made"),
        key="project#store#",
        redact=Redactor(),
        emit=lambda _event: None,
        artifacts=directory / "failures",
    )


def made_by(make: Make, patch: pytest.MonkeyPatch) -> None:
    patch.setattr("orchestration.base_images.build_base_image", make)


def test_what_comes_before_the_run_takes_its_time_from_the_one_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeClock()
    made_by(lambda *_, **__: clock.advance(10.0), monkeypatch)
    monkeypatch.setattr(
        "orchestration.session.SignalCancel", lambda: nullcontext(FakeCancel(clock))
    )
    patient = OpenGate(opens=lambda: False, pacing=Pacing(timeout=900.0))
    ours = session(tmp_path, patient, clock)
    began = clock.now()
    with pytest.raises(GateError, match="the run's deadline"):
        ours.bring_up(HOLD)
    assert clock.now() - began == pytest.approx(DEADLINE_S, abs=1.0)


def test_base_images_that_are_not_made_in_time_end_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeClock()
    done = threading.Event()

    def hang(*_: object, **__: object) -> None:
        clock.advance(DEADLINE_S)
        done.wait(30.0)

    made_by(hang, monkeypatch)
    ours = session(tmp_path, OpenGate(), clock)
    try:
        with pytest.raises(ImageError, match="not made by the run's deadline") as caught:
            ours.bring_up(HOLD)
    finally:
        done.set()
    assert "stackwright images build" in caught.value.fix


@pytest.mark.parametrize("signal", [None, 15])
def test_files_that_are_read_for_too_long_end_the_run_and_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signal: int | None
) -> None:
    clock = FakeClock()
    cancel = FakeCancel(clock)
    answered = threading.Event()
    read: list[Path] = []

    def hang(directory: Path) -> list[Path]:
        if signal is None:
            clock.advance(DEADLINE_S)
        cancel.signal = signal
        answered.wait(30.0)
        read.append(directory)
        return []

    monkeypatch.setattr("orchestration.inputs.tree", hang)
    monkeypatch.setattr("orchestration.session.SignalCancel", lambda: nullcontext(cancel))
    made_by(lambda *_, **__: None, monkeypatch)
    ours = session(tmp_path, OpenGate(), clock)
    mount = Mount(source=tmp_path, target="/data", read_only=True)
    ours.stack = replace(ours.stack, components=(component("app", mounts=(mount,)),))
    try:
        with pytest.raises(StoppedError if signal else ConfigError) as caught:
            ours.bring_up(HOLD)
        assert read == []
    finally:
        answered.set()
    assert signal is not None or str(tmp_path) in caught.value.why


def test_an_engine_that_is_not_found_in_time_ends_the_run(tmp_path: Path) -> None:
    ours = session(tmp_path, OpenGate(), FakeClock(), finding=DEADLINE_S)
    with pytest.raises(SilenceError, match="deadline"):
        ours.bring_up(HOLD)


@pytest.mark.parametrize("signal", [None, 15])
def test_what_nobody_waits_for_any_more_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signal: int | None
) -> None:
    clock = FakeClock()
    cancel = FakeCancel(clock)
    left, ended = threading.Event(), threading.Event()
    told: list[Event] = []

    def slow(*_: object, on_line: Callable[[str], None], **__: object) -> None:
        on_line("begun")
        if signal is None:
            clock.advance(DEADLINE_S)
        cancel.signal = signal
        left.wait(30.0)
        on_line("still at it")
        ended.set()

    made_by(slow, monkeypatch)
    with pytest.raises(ImageError if signal is None else StoppedError):
        make_bases(
            [POSTGRES],
            connection(FakeEngine()),
            project_at(tmp_path),
            cache=tmp_path,
            clock=clock,
            cancel=cancel,
            deadline=clock.now() + DEADLINE_S,
            emit=told.append,
        )
    left.set()
    assert ended.wait(30.0)
    assert [each.line for each in told if isinstance(each, BuildLine)] == ["begun"]
