"""Whatever a run waits for, the death of a component that runs already ends it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from orchestration.errors import ComponentError, StackwrightError, StoppedError
from orchestration.events import Event, StepFailed
from orchestration.gates import ExecGate, LogGate
from orchestration.model import Executed, Label, Ready, Verdict
from orchestration.ports import Gate, Target
from orchestration.run_plan import RunPlan
from orchestration.runner import Runner
from orchestration.stack import Component
from orchestration.state import SignalCancel, SystemClock
from tests.fakes import FakeProgram, Hang
from tests.runs_in_memory import OpenGate, Rig, component, plan

DB = component("postgres", "postgres:16")
APP = component("app", after=("postgres",))
FOUND = ("test", "-e", "ready")
LIVES_FOR = 6
"""Looks that postgres survives: more than its own start and gate take, so that it dies later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MuteGate(OpenGate):
    """A gate whose probe hangs."""

    hang: Hang

    def look(self, target: Target) -> Verdict:
        self.hang.suffer()
        return Ready()


@dataclass(slots=True)
class Doomed:
    """A rig in real time whose postgres dies; `heard`: events, and the engine's calls at each."""

    rig: Rig = field(default_factory=Rig)
    cancel: SignalCancel = field(default_factory=SignalCancel)
    heard: list[tuple[Event, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rig.engine.programs["postgres"] = FakeProgram(
            exit_code=1, exits_at=LIVES_FOR, lines=("panic",)
        )

    @property
    def runner(self) -> Runner:
        return replace(
            self.rig.runner,
            clock=SystemClock(),
            cancel=self.cancel,
            emit=lambda event: self.heard.append((event, len(self.rig.engine.calls))),
        )

    def failed(self) -> list[StepFailed]:
        return [event for event, _ in self.heard if isinstance(event, StepFailed)]

    def nothing_left(self) -> bool:
        return self.rig.engine.list_resources({Label.RUN: ""}) == () and not self.rig.runs.records


def timed(*components: Component) -> RunPlan:
    """With a deadline in real time."""
    return plan(*components, deadline=SystemClock().now() + 300.0)


@pytest.fixture
def doomed() -> Doomed:
    return Doomed()


def released(hang: Hang, once: Callable[[], object]) -> threading.Thread:
    """Let go of `hang` as soon as there is something in `once()`."""

    def act() -> None:
        assert hang.entered.wait(20)
        while not once():
            threading.Event().wait(0.01)
        hang.release()

    thread = threading.Thread(target=act)
    thread.start()
    return thread


def test_a_death_during_the_start_of_another_ends_the_run_and_what_starts_is_removed_too(
    doomed: Doomed,
) -> None:
    start = doomed.rig.engine.hang("start", nth=2)
    # It comes up only after the run has failed.
    late = released(start, doomed.failed)
    with pytest.raises(ComponentError, match="postgres died after its gate had opened") as caught:
        doomed.runner.up(timed(DB, APP))
    late.join()
    (failed,) = doomed.failed()
    assert (failed.step, failed.component) == ("start", "app")
    evidence = caught.value.evidence
    assert evidence is not None
    assert (evidence.component, evidence.logs) == ("postgres", {"postgres": "panic\n"})
    removed = [call.split("-")[1] for call in doomed.rig.engine.calls if call.startswith("remove")]
    assert "app" in removed
    assert doomed.nothing_left()


def test_a_start_that_takes_longer_than_anybody_waits_is_found_by_the_teardown(
    doomed: Doomed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.startup.LEAVE_S", 0.0)
    start = doomed.rig.engine.hang("start", nth=2)
    late = released(
        start, lambda: [each for each in doomed.rig.engine.calls if each.startswith("remove")]
    )
    with pytest.raises(ComponentError, match="postgres died"):
        doomed.runner.up(timed(DB, APP))
    late.join()
    assert doomed.nothing_left()


def test_a_stop_does_not_wait_for_a_start_that_is_under_way(doomed: Doomed) -> None:
    doomed.rig.engine.programs.clear()
    start = doomed.rig.engine.hang("start", nth=2)

    def press() -> bool:
        if not doomed.cancel.urgency():
            doomed.cancel.request(signal.SIGINT)
        return bool(doomed.failed())

    late = released(start, press)
    with pytest.raises(StoppedError):
        doomed.runner.up(timed(DB, APP))
    late.join()
    assert doomed.nothing_left()


@pytest.mark.parametrize(
    "last", [(), (component("seed", one_shot=True, gate=None),)], ids=["", "one-shot"]
)
@pytest.mark.parametrize(
    "gate", [LogGate(pattern="ready"), ExecGate(command=FOUND)], ids=["log", "exec"]
)
def test_who_leaves_word_that_it_is_ready_and_dies_is_not_up(
    gate: Gate, last: tuple[Component, ...]
) -> None:
    rig = Rig()
    rig.engine.programs["store"] = FakeProgram(
        exit_code=1,
        exits_at=LIVES_FOR - 1,
        lines=("ready",),
        answers={FOUND: Executed(exit_code=0, output="")},
    )
    rig.engine.programs["seed"] = FakeProgram(exit_code=0, exits_at=1)
    store = component("store", gate=gate)
    with pytest.raises(ComponentError, match="store died after its gate had opened"):
        rig.runner.up(plan(store, *last))
    assert rig.engine.list_resources({Label.RUN: ""}) == ()


def test_a_death_while_a_probe_of_another_does_not_come_back_ends_the_run(doomed: Doomed) -> None:
    probe = Hang()
    late = released(probe, doomed.failed)
    mute = replace(APP, gate=MuteGate(hang=probe))
    with pytest.raises(ComponentError, match="postgres died after its gate had opened"):
        doomed.runner.up(timed(DB, mute))
    late.join()
    (failed,) = doomed.failed()
    assert (failed.step, failed.component) == ("gate", "app")
    assert doomed.nothing_left()


def test_a_component_that_dies_while_its_own_probe_does_not_come_back_is_not_awaited(
    doomed: Doomed,
) -> None:
    probe = Hang()
    late = released(probe, doomed.failed)
    mute = replace(DB, gate=MuteGate(hang=probe))
    with pytest.raises(ComponentError, match=r"postgres died .* before its gate opened"):
        doomed.runner.up(timed(mute))
    late.join()
    assert doomed.nothing_left()


def test_a_death_while_an_image_is_awaited_ends_the_run_and_is_told(doomed: Doomed) -> None:
    image = doomed.rig.engine.hang("find_image", nth=2)
    late = released(image, doomed.failed)
    with pytest.raises(ComponentError, match="postgres died after its gate had opened"):
        doomed.runner.up(timed(DB, APP))
    late.join()
    (failed,) = doomed.failed()
    assert (failed.step, failed.component) == ("image", "app")
    assert "postgres died" in failed.reason
    assert doomed.nothing_left()


def test_a_death_is_blamed_on_the_one_that_died_first_and_took_others_along(
    doomed: Doomed,
) -> None:
    doomed.rig.engine.programs["postgres"] = FakeProgram(exit_code=137, exits_at=4)
    doomed.rig.engine.programs["app"] = FakeProgram(exit_code=1)
    with pytest.raises(ComponentError, match="component postgres died"):
        doomed.runner.up(timed(DB, APP))
    assert doomed.nothing_left()


def test_a_one_shot_that_fails_because_another_died_is_not_blamed(doomed: Doomed) -> None:
    doomed.rig.engine.programs["postgres"] = FakeProgram(exit_code=137, exits_at=4)
    doomed.rig.engine.programs["migrations"] = FakeProgram(exit_code=2)
    once = component("migrations", gate=None, one_shot=True, ports=(), after=("postgres",))
    with pytest.raises(ComponentError, match="component postgres died"):
        doomed.runner.up(timed(DB, once))
    assert [(each.step, each.component) for each in doomed.failed()] == [("run", "migrations")]


@pytest.mark.parametrize("at", range(1, 6))
def test_a_failure_is_told_before_its_evidence_is_collected(doomed: Doomed, at: int) -> None:
    """Wherever postgres dies: at its own gate, while the next one starts, or at the very end."""
    doomed.rig.engine.programs["postgres"] = FakeProgram(exit_code=1, exits_at=at)
    try:
        doomed.runner.up(timed(DB, APP))
    except StackwrightError:
        (told,) = [calls for event, calls in doomed.heard if isinstance(event, StepFailed)]
        assert not [each for each in doomed.rig.engine.calls[:told] if each.startswith("logs")]
        assert [each for each in doomed.rig.engine.calls[told:] if each.startswith("logs")]
        assert doomed.nothing_left()
    else:
        assert at > LOOKS_OF_A_GOOD_RUN
        assert not doomed.failed()


LOOKS_OF_A_GOOD_RUN = 3
