"""When the runner has a run watched, and when it sends the watchdog away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from orchestration.errors import ClaimError, EngineError, StackwrightError, TeardownError
from orchestration.events import Notice
from orchestration.model import Label, Lifetime
from orchestration.record import Hold, Phase
from orchestration.run_plan import RunPlan
from orchestration.sharing import abandoned
from tests.records import ALIVE, DEAD, KnownOwners, record
from tests.runs_in_memory import OpenGate, Rig, component, plan

SESSION = Hold(owner=ALIVE, lifetime=Lifetime.SESSION)
STORE = plan(component("postgres", "postgres:16"))
IN_SESSION = replace(STORE, hold=SESSION)


def up(rig: Rig, meant: RunPlan = IN_SESSION) -> str:
    return rig.runner.up(meant).run


def words(rig: Rig) -> list[str]:
    return [each.split()[0] for each in rig.watchdogs.said]


def test_a_run_is_watched_before_it_is_claimed_and_the_watch_proved_before_anything_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = Rig()
    order: list[str] = []

    def noted(name: str, call: Callable[..., object]) -> Callable[..., object]:
        def wrapped(*given: object) -> object:
            order.append(name)
            return call(*given)

        return wrapped

    for owner, name in (
        (rig.watchdogs, "watch"),
        (rig.runs, "claim"),
        (rig.watchdogs, "armed"),
        (rig.engine, "create_network"),
    ):
        monkeypatch.setattr(owner, name, noted(name, getattr(owner, name)))
    up(rig)
    assert order == ["watch", "claim", "armed", "create_network"]


def test_a_session_stays_watched_until_its_stack_is_gone() -> None:
    rig = Rig()
    run = up(rig)
    assert rig.watchdogs.watched == {run}
    assert rig.runner.give_back(run, SESSION) == 2
    assert rig.watchdogs.watched == set()


def test_nobody_watches_a_kept_stack() -> None:
    rig = Rig()
    up(rig, STORE)
    assert rig.watchdogs.watched == set()


def test_a_run_that_is_not_claimed_is_not_watched() -> None:
    rig = Rig()
    up(rig, STORE)
    with pytest.raises(ClaimError):
        up(rig)
    assert rig.watchdogs.watched == set()


def test_a_failed_run_is_watched_until_it_is_removed() -> None:
    rig = Rig()
    rig.engine.fail("start", EngineError("no"))
    with pytest.raises(EngineError):
        up(rig)
    assert rig.watchdogs.watched == set()


def test_nobody_watches_a_wreck() -> None:
    rig = Rig()
    rig.engine.fail("start", EngineError("no"))
    with pytest.raises(EngineError):
        up(rig, replace(IN_SESSION, keep_wreck=True))
    assert [each.phase for each in rig.runs.all()] == [Phase.WRECK]
    assert rig.watchdogs.watched == set()


@pytest.mark.parametrize("meant", [STORE, IN_SESSION])
def test_what_could_not_be_removed_is_left_to_the_watchdog(meant: RunPlan) -> None:
    rig = Rig()
    rig.engine.fail("start", EngineError("no"))
    for nth in range(1, 20):
        rig.engine.fail("remove", EngineError("no"), nth=nth)
    with pytest.raises(EngineError):
        up(rig, meant)
    (left,) = rig.runs.all()
    assert rig.watchdogs.watched == {left.run}
    assert rig.watchdogs.said[-1] == f"act {left.run}"
    assert abandoned(left, KnownOwners())


def test_a_down_is_watched_until_it_has_succeeded() -> None:
    rig = Rig()
    up(rig, STORE)
    (run,) = rig.runs.all()
    for nth in range(1, 20):
        rig.engine.fail("remove", EngineError("no"), nth=nth)
    with pytest.raises(TeardownError):
        rig.runner.down(run)
    assert rig.watchdogs.watched == {run.run}
    assert words(rig)[-1] == "act"
    assert abandoned(rig.runs.records[run.run], KnownOwners())
    rig = Rig()
    up(rig, STORE)
    (run,) = rig.runs.all()
    rig.watchdogs.said.clear()
    rig.runner.down(run)
    assert words(rig) == ["watch", "over"]


def test_a_down_that_cannot_be_watched_is_made_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rig = Rig()
    up(rig, STORE)
    (run,) = rig.runs.all()

    def refuse(_run: str) -> None:
        raise StackwrightError("no watchdog can be started")

    monkeypatch.setattr(rig.watchdogs, "watch", refuse)
    assert rig.runner.down(run) == 2
    assert "no watchdog can be started" in [
        each.text for each in rig.events if isinstance(each, Notice)
    ]
    assert rig.runs.records == {}


def test_a_session_that_shares_a_kept_stack_is_watched_until_it_gives_it_back() -> None:
    rig = Rig()
    up(rig, STORE)
    (run,) = rig.runs.all()
    rig.runner.adopt(IN_SESSION, run)
    assert rig.watchdogs.watched == {run.run}
    assert rig.runner.give_back(run.run, SESSION) is None
    assert rig.watchdogs.watched == set()


def test_a_second_use_by_the_same_session_needs_no_second_watchdog() -> None:
    rig = Rig()
    up(rig, STORE)
    (run,) = rig.runs.all()
    rig.runner.adopt(IN_SESSION, run)
    before = rig.watchdogs.said.copy()
    rig.runner.adopt(IN_SESSION, run)
    assert f"watch {run.run}" not in rig.watchdogs.said[len(before) :]


def test_a_stack_that_is_kept_for_a_terminal_as_well_is_not_watched_for_that() -> None:
    rig = Rig()
    up(rig, STORE)
    (run,) = rig.runs.all()
    other = Hold(owner=DEAD, lifetime=Lifetime.KEPT)
    rig.runner.adopt(replace(STORE, hold=other), run)
    assert rig.watchdogs.watched == set()


def test_a_stack_that_is_not_proved_is_not_watched() -> None:
    rig = Rig()
    shut: list[int] = []
    meant = plan(component("app", gate=OpenGate(opens=lambda: not shut)))
    up(rig, meant)
    (run,) = rig.runs.all()
    shut.append(1)
    with pytest.raises(StackwrightError):
        rig.runner.adopt(replace(meant, hold=SESSION), run)
    assert rig.watchdogs.watched == set()


def test_what_turns_up_while_a_dead_run_is_cleared_is_removed_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The engine goes on with a call whose caller was killed."""
    rig = Rig()
    labels: dict[str, str] = {Label.RUN: "0a1b2c3d"}
    rig.engine.create_network("first", labels)
    late = iter(["second", "third"])
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if seconds == 7.0 and (name := next(late, None)):
            rig.engine.create_network(name, labels)

    monkeypatch.setattr(type(rig.clock), "sleep", lambda _clock, seconds: sleep(seconds))
    assert rig.runner.clear("0a1b2c3d", settled=7.0) == 3
    assert slept.count(7.0) == 3
    assert rig.engine.list_resources(labels) == ()


def test_a_sweep_leaves_alone_what_a_watchdog_is_taking_down() -> None:
    rig = Rig()
    rig.runs.claim(record(phase=Phase.STOPPING, starter=ALIVE, holds=()))
    rig.engine.create_network("net", {Label.RUN: "0a1b2c3d", Label.OWNER: DEAD.encode()})
    rig.runner.sweep()
    assert len(rig.engine.list_resources({Label.RUN: ""})) == 1
    rig.runs.records["0a1b2c3d"] = replace(rig.runs.records["0a1b2c3d"], starter=DEAD)
    rig.runner.sweep()
    assert rig.engine.list_resources({Label.RUN: ""}) == ()
    assert rig.runs.records == {}
