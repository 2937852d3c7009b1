"""An engine that stops answering, at every call of `up` and of `down`: nobody waits for it long."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from orchestration.errors import (
    EngineError,
    SilenceError,
    StackwrightError,
    StoppedError,
    TeardownError,
    exit_code_of,
)
from orchestration.events import Notice
from orchestration.model import Executed, Label, Ready, Verdict
from orchestration.ports import Target
from orchestration.record import Phase, RunRecord
from orchestration.run_plan import RunPlan
from orchestration.runner import Runner
from orchestration.stack import Build
from orchestration.state import SignalCancel
from tests.clocks import HurriedClock
from tests.fakes import FakeProgram, Hang
from tests.runs_in_memory import OpenGate, Rig, component, plan

FAST = HurriedClock(40.0)
DEADLINE_S = 30.0
ASK = ("ready?",)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingGate(OpenGate):
    """A gate that needs the engine for each look."""

    def look(self, target: Target) -> Verdict:
        target.logs()
        target.execute(ASK, timeout=5.0)
        return Ready()


class Bench:
    """A rig whose waiting is real, and a stack that needs every method of an engine."""

    def __init__(self, directory: Path) -> None:
        (directory / "Containerfile").write_text("FROM scratch")
        self.rig = Rig()
        self.rig.engine.programs["migrations"] = FakeProgram(exit_code=0)
        self.rig.engine.programs["app"] = FakeProgram(
            answers={ASK: Executed(exit_code=0, output="")}
        )
        self.cancel = SignalCancel()
        self._meant = plan(
            component("migrations", "postgres:16", gate=None, one_shot=True, ports=()),
            component("app", Build(context=directory), gate=AskingGate(), after=("migrations",)),
        )

    @property
    def plan(self) -> RunPlan:
        """To be up within DEADLINE_S from now."""
        return replace(self._meant, deadline=FAST.now() + DEADLINE_S)

    @property
    def runner(self) -> Runner:
        return replace(self.rig.runner, clock=FAST, cancel=self.cancel)

    def record(self) -> RunRecord:
        (record,) = self.rig.runs.all()
        return record

    def notices(self) -> str:
        return "\n".join(each.text for each in self.rig.events if isinstance(each, Notice))

    @contextmanager
    def signalled(self, hang: Hang, times: int = 1) -> Iterator[None]:
        """While it hangs, so many signals come."""

        def press() -> None:
            assert hang.entered.wait(20)
            for _ in range(times):
                self.cancel.request(signal.SIGTERM)

        thread = threading.Thread(target=press)
        thread.start()
        try:
            yield
        finally:
            thread.join()
            hang.release()


def calls_of(directory: Path, *, down: bool) -> list[str]:
    bench = Bench(directory)
    bench.runner.up(bench.plan)
    if not down:
        return bench.rig.engine.calls
    first = len(bench.rig.engine.calls)
    bench.runner.down(bench.record())
    return bench.rig.engine.calls[first:]


METHODS = {
    *("list_resources", "find_image", "build_image", "create_network", "plan_ports", "start"),
    *("look", "logs", "execute"),
}
UP_CALLS = 12
DOWN_CALLS = 6


def test_these_are_all_the_calls_there_are(tmp_path: Path) -> None:
    up = calls_of(tmp_path, down=False)
    assert {call.split()[0] for call in up} == METHODS
    assert len(up) >= UP_CALLS
    down = calls_of(tmp_path, down=True)
    assert {call.split()[0] for call in down} == {"list_resources", "remove"}
    assert len(down) == DOWN_CALLS


def test_an_engine_that_is_silent_before_it_was_asked_for_anything_leaves_no_run(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path)
    hang = bench.rig.engine.silence(after=0)
    with bench.signalled(hang), pytest.raises(StoppedError) as caught:
        bench.runner.up(bench.plan)
    assert caught.value.what == "stopped by SIGTERM"
    assert bench.runner.runs.all() == ()


@pytest.mark.parametrize("after", range(1, UP_CALLS))
def test_a_stop_ends_an_up_whose_engine_is_silent_from_any_call_on(
    tmp_path: Path, after: int
) -> None:
    bench = Bench(tmp_path)
    hang = bench.rig.engine.silence(after=after)
    with bench.signalled(hang), pytest.raises(StoppedError) as caught:
        bench.runner.up(bench.plan)
    error = caught.value
    assert error.code == 128 + signal.SIGTERM
    assert error.what.startswith("stopped by SIGTERM; ")
    assert "does not answer" in error.why
    assert "watchdog" in error.fix
    assert "stack clean" in error.fix
    assert bench.record().phase is Phase.STOPPING
    assert bench.rig.failures == []


@pytest.mark.parametrize("after", range(1, UP_CALLS))
def test_the_deadline_ends_an_up_whose_engine_is_silent_from_any_call_on(
    tmp_path: Path, after: int
) -> None:
    bench = Bench(tmp_path)
    hang = bench.rig.engine.silence(after=after)
    with pytest.raises(StackwrightError) as caught:
        bench.runner.up(bench.plan)
    hang.release()
    assert exit_code_of(caught.value) == EngineError.exit_code
    assert "deadline" in caught.value.what
    assert "watchdog" in bench.notices()
    assert bench.record().phase is Phase.STOPPING


@pytest.mark.parametrize("method", sorted(METHODS))
def test_one_call_that_hangs_is_left_and_what_it_makes_in_the_end_is_found(
    tmp_path: Path, method: str
) -> None:
    bench = Bench(tmp_path)
    hang = bench.rig.engine.hang(method)
    with bench.signalled(hang), pytest.raises(StoppedError) as caught:
        bench.runner.up(bench.plan)
    if method in ("build_image", "create_network", "start"):
        assert "watchdog" in caught.value.fix
        for thread in threading.enumerate():
            if thread.name == "stackwright":
                thread.join()
        bench.cancel = SignalCancel()
        bench.runner.down(bench.record())
    assert bench.rig.engine.list_resources({Label.RUN: ""}) == ()
    assert not bench.rig.runs.records


@pytest.mark.parametrize("after", range(DOWN_CALLS))
@pytest.mark.parametrize("signals", [0, 1])
def test_a_down_whose_engine_is_silent_names_what_is_left(
    tmp_path: Path, after: int, signals: int
) -> None:
    bench = Bench(tmp_path)
    bench.runner.up(bench.plan)
    hang = bench.rig.engine.silence(after=after)
    with bench.signalled(hang, signals), pytest.raises(TeardownError) as caught:
        bench.runner.down(bench.record())
    error = caught.value
    assert "does not answer" in error.why
    assert "watchdog" in error.fix
    if after == 0:
        assert "could not even be listed" in error.what
    elif after < DOWN_CALLS - 1:
        assert "could not be removed" in error.what
        assert "image localhost/app:" in error.what
    assert bench.record().phase is Phase.STOPPING


def test_a_third_signal_ends_a_down_at_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.runner.up(bench.plan)
    hang = bench.rig.engine.silence(after=0)
    with bench.signalled(hang, 3), pytest.raises(StoppedError) as caught:
        bench.runner.down(bench.record())
    assert caught.value.code == 143
    assert str(caught.value).count("\n") == 0
    assert "the watchdog goes on" in str(caught.value)
    assert not any(type(each).__name__ == "Removed" for each in bench.rig.events)


def test_a_third_signal_ends_an_up_at_once_even_when_it_had_failed_by_itself(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path)
    bench.rig.engine.fail("execute", EngineError("the engine hiccuped"))
    hang = bench.rig.engine.hang("remove")
    with bench.signalled(hang, 3), pytest.raises(StoppedError, match="watchdog goes on") as caught:
        bench.runner.up(bench.plan)
    assert caught.value.code == 143


def test_a_signal_ends_the_collection_of_evidence_and_the_failure_is_told_all_the_same(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path)
    bench.rig.engine.programs["app"] = FakeProgram(exit_code=1, lines=("why",))
    hang = bench.rig.engine.hang("logs", nth=1)
    with bench.signalled(hang), pytest.raises(StackwrightError, match="app died") as caught:
        bench.runner.up(bench.plan)
    evidence = caught.value.evidence
    assert evidence is not None
    assert evidence.logs["app"] == "(no log: stopped by SIGTERM)"
    assert bench.rig.engine.list_resources({Label.RUN: ""}) == ()


def test_evidence_that_does_not_come_is_waited_for_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.rig.engine.programs["app"] = FakeProgram(exit_code=1, lines=("why",))
    hang = bench.rig.engine.hang("logs")
    with pytest.raises(StackwrightError, match="app died") as caught:
        bench.runner.up(bench.plan)
    hang.release()
    evidence = caught.value.evidence
    assert evidence is not None
    assert evidence.logs["app"].startswith("(no log: the engine did not answer within 3 s")
    assert "migrations" in evidence.logs
    assert sum(call.startswith("logs") for call in bench.rig.engine.calls) == 1
    assert bench.rig.engine.list_resources({Label.RUN: ""}) == ()


def test_a_signal_during_the_sweep_of_others_is_not_kept_waiting(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.runner.up(bench.plan)
    hang = bench.rig.engine.silence(after=0)
    with bench.signalled(hang), pytest.raises(StoppedError, match=r"^stopped by SIGTERM$"):
        bench.runner.sweep()


def test_a_running_stack_whose_engine_is_silent_is_not_handed_out(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.runner.up(bench.plan)
    hang = bench.rig.engine.silence(after=0)
    with bench.signalled(hang), pytest.raises(StoppedError):
        bench.runner.adopt(bench.plan, bench.record())


def test_no_thread_of_a_hung_run_keeps_the_interpreter_from_exiting(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    before = set(threading.enumerate())
    hang = bench.rig.engine.silence(after=3)
    with pytest.raises(SilenceError):
        bench.runner.up(bench.plan)
    left = set(threading.enumerate()) - before
    assert left
    assert all(thread.daemon for thread in left)
    hang.release()
