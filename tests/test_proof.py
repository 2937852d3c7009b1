"""One proof of a running stack at a time, whoever else wants to use it."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

import pytest

from orchestration.errors import ReuseError, StoppedError
from orchestration.events import Notice
from orchestration.model import Lifetime
from orchestration.record import Hold, RunRecord
from orchestration.run_plan import RunPlan
from tests.fakes import FakeProgram
from tests.records import DEAD
from tests.runs_in_memory import Rig, component, plan

STORE = (
    component("postgres", "postgres:16"),
    component("migrations", "postgres:16", gate=None, one_shot=True, ports=()),
)


def changed_migrations() -> tuple[Rig, RunPlan, RunRecord]:
    """A stack that is up, and the plan for it after its migration was edited."""
    rig = Rig()
    rig.engine.programs["migrations"] = FakeProgram(exit_code=0)
    meant = plan(*STORE, inputs={"migrations.volumes": "old"})
    rig.runner.up(meant)
    (record,) = rig.runs.all()
    rig.engine.calls.clear()
    return rig, replace(meant, inputs={"migrations.volumes": "new"}), record


def test_what_another_has_run_again_meanwhile_is_not_run_once_more() -> None:
    rig, edited, record = changed_migrations()
    with ExitStack() as other:
        assert other.enter_context(rig.runs.alone(record.run))

        def done(_seconds: float) -> None:
            rig.cancel.on_pause = None
            rig.runs.change(record.run, lambda now: replace(now, inputs=edited.inputs))
            other.close()

        rig.cancel.on_pause = done
        rig.runner.adopt(edited, record)
    assert "start migrations" not in rig.engine.calls
    assert [each.text for each in rig.events if isinstance(each, Notice)] == [
        "stack store is being proved by another: waiting for it"
    ]


def test_nobody_waits_for_another_proof_for_longer_than_the_deadline_of_the_stack() -> None:
    rig, edited, record = changed_migrations()
    before = rig.clock.now()
    with rig.runs.alone(record.run), pytest.raises(ReuseError, match="cannot be proved in time"):
        rig.runner.adopt(edited, record)
    assert rig.clock.now() - before == pytest.approx(edited.stack.deadline, abs=0.2)
    assert rig.engine.calls == []


def test_whoever_waits_for_another_proof_can_be_stopped() -> None:
    rig, edited, record = changed_migrations()
    rig.cancel.signal, rig.cancel.after = signal.SIGINT, len(rig.cancel.pauses) + 3
    with rig.runs.alone(record.run), pytest.raises(StoppedError):
        rig.runner.adopt(edited, record)


def test_the_hold_of_one_whose_proof_failed_is_back_before_the_next_one_joins() -> None:
    """Both come from one terminal, and so share one hold."""
    rig = Rig()
    alone: list[bool] = []
    meant = plan(component("app"), inputs={})
    rig.runner.up(meant)
    (record,) = rig.runs.all()
    hold = Hold(owner=DEAD, lifetime=Lifetime.KEPT)
    change = rig.runs.change

    def noted(run: str, edit: Callable[[RunRecord], RunRecord]) -> RunRecord | None:
        with rig.runs.alone(run) as free:
            alone.append(not free)
        return change(run, edit)

    rig.runs.change = noted  # type: ignore[method-assign]  # the fake's own method is noted
    with pytest.raises(ReuseError, match="is not what the configuration says"):
        rig.runner.adopt(replace(meant, hold=hold, inputs={"app.env": "x"}), record)
    assert alone == [True, True]
    assert rig.runs.records[record.run].holds == record.holds
