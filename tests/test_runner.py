"""The whole sequence, over fakes: order, faults at every call, and what is left."""

from __future__ import annotations

import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.errors import (
    BuildError,
    ClaimError,
    ComponentError,
    EngineError,
    GateError,
    ImageError,
    OneShotError,
    ReuseError,
    StoppedError,
)
from orchestration.events import Event, Notice, RunReady, StepStarted
from orchestration.model import Label, Launch, Lifetime, Secret
from orchestration.record import Phase
from orchestration.stack import Build
from orchestration.teardown import ATTEMPTS
from tests.clocks import FakeCancel
from tests.fakes import FakeBuild, FakeProgram
from tests.records import DEAD
from tests.runs_in_memory import OpenGate, Rig, component, plan

STORE = (
    component("postgres", "postgres:16"),
    component("migrations", "postgres:16", gate=None, one_shot=True, ports=()),
    component("app", after=("postgres", "migrations")),
)


def rig_with_migrations(**program: object) -> Rig:
    rig = Rig()
    done = FakeProgram(exit_code=0, **program)  # type: ignore[arg-type]  # tests name real fields
    rig.engine.programs["migrations"] = done
    return rig


def nothing_left(rig: Rig) -> bool:
    return rig.engine.list_resources({Label.RUN: ""}) == () and not rig.runs.records


def test_components_start_one_after_another_each_behind_the_gate_before_it() -> None:
    rig = rig_with_migrations()
    running = rig.runner.up(plan(*STORE))
    steps = [f"{e.step} {e.component}".strip() for e in rig.events if isinstance(e, StepStarted)]
    assert steps == [
        *("network", "start postgres", "gate postgres", "start migrations", "run migrations"),
        *("start app", "gate app"),
    ]
    assert [each.component for each in running.endpoints] == ["postgres", "app"]
    assert isinstance(rig.events[-1], RunReady)
    (record,) = rig.runs.all()
    assert record.phase is Phase.UP
    assert set(record.instances) == {"postgres", "migrations", "app"}


def test_a_start_is_told_before_the_engine_is_asked_for_it() -> None:
    rig = rig_with_migrations()
    early: list[str] = []

    class Told(list[Event]):
        def append(self, event: Event) -> None:
            super().append(event)
            if isinstance(event, StepStarted) and event.step == "start":
                time.sleep(0.05)  # for a thread that would be at it already
                asked = f"start {event.component}"
                early.extend(call for call in rig.engine.calls if call == asked)

    rig.events = Told()
    rig.runner.up(plan(*STORE))
    assert "start app" in rig.engine.calls
    assert early == []


def test_everything_made_carries_run_owner_and_service() -> None:
    rig = rig_with_migrations()
    running = rig.runner.up(plan(*STORE))
    for resource in rig.engine.list_resources({Label.RUN: running.run}):
        assert resource.labels[Label.SERVICE] == "shop"
        assert resource.labels[Label.STATE] == "memory"
        assert resource.labels[Label.OWNER].startswith("here/this/1/")
    assert len(rig.engine.list_resources({Label.RUN: running.run})) == 4


def test_down_removes_all_and_forgets_the_run() -> None:
    rig = rig_with_migrations()
    rig.runner.up(plan(*STORE))
    (record,) = rig.runs.all()
    assert rig.runner.down(record) == 4
    assert nothing_left(rig)


def calls_of_a_good_run() -> int:
    rig = rig_with_migrations()
    rig.runner.up(plan(*STORE))
    return len(rig.engine.calls)


@pytest.mark.parametrize("nth", range(calls_of_a_good_run()))
def test_an_engine_that_fails_at_any_call_leaves_nothing(nth: int) -> None:
    good = rig_with_migrations()
    good.runner.up(plan(*STORE))
    method = good.engine.calls[nth].split()[0]
    before = sum(call.split()[0] == method for call in good.engine.calls[:nth])
    rig = rig_with_migrations()
    rig.engine.fail(method, EngineError("the engine hiccuped"), nth=before + 1)
    with pytest.raises(EngineError, match="hiccuped"):
        rig.runner.up(plan(*STORE))
    assert nothing_left(rig)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("after", range(6))
def test_a_stop_at_any_pause_leaves_nothing(after: int, number: int) -> None:
    rig = rig_with_migrations(exits_at=3)
    rig.cancel = FakeCancel(rig.clock, signal=number, after=after)
    opened: list[int] = []

    def slowly() -> bool:
        opened.append(1)
        return len(opened) > 4

    slow = component("app", gate=OpenGate(opens=slowly), after=("migrations",))
    with pytest.raises(StoppedError) as caught:
        rig.runner.up(plan(*STORE[:2], slow))
    assert caught.value.code == 128 + number
    assert nothing_left(rig)
    assert rig.failures == []


def test_a_dead_component_is_told_with_the_logs_of_what_it_depends_on() -> None:
    rig = rig_with_migrations(lines=("migrated",))
    rig.engine.programs["app"] = FakeProgram(exit_code=137, lines=("no memory",))
    rig.engine.programs["postgres"] = FakeProgram(lines=("listening",))
    with pytest.raises(ComponentError, match="component app died") as caught:
        rig.runner.up(plan(*STORE))
    evidence = caught.value.evidence
    assert evidence is not None
    assert list(evidence.logs) == ["app", "migrations", "postgres"]
    assert evidence.state is not None
    assert "possibly out of memory" in evidence.state.describe()
    assert evidence.reproduce.startswith("podman run")
    assert nothing_left(rig)


def test_evidence_is_taken_before_anything_is_removed() -> None:
    rig = rig_with_migrations()
    rig.engine.programs["app"] = FakeProgram(exit_code=1, lines=("why",))
    with pytest.raises(ComponentError):
        rig.runner.up(plan(*STORE))
    ((_, logs),) = rig.failures
    assert logs["app"] == "why\n"
    removed = next(at for at, call in enumerate(rig.engine.calls) if call.startswith("remove"))
    last_log = max(at for at, call in enumerate(rig.engine.calls) if call.startswith("logs"))
    assert last_log < removed


def test_a_gate_that_stays_shut_times_out_with_its_answers() -> None:
    rig = Rig()
    shut = component("app", gate=OpenGate(opens=lambda: False))
    with pytest.raises(GateError, match=r"did not open within 5\.0 s") as caught:
        rig.runner.up(plan(shut))
    assert caught.value.evidence is not None
    assert "not in" in caught.value.evidence.answers[-1]
    assert nothing_left(rig)


def test_the_deadline_of_the_run_ends_a_patient_gate() -> None:
    rig = Rig()
    patient = component(
        "app", gate=OpenGate(opens=lambda: False, pacing=replace(OpenGate().pacing, timeout=900.0))
    )
    meant = plan(patient)
    with pytest.raises(GateError, match="the run's deadline"):
        rig.runner.up(replace(meant, deadline=rig.clock.now() + 7.0))
    assert rig.clock.now() < 1010.0


def test_a_component_that_dies_while_another_waits_ends_the_run() -> None:
    rig = Rig()
    rig.engine.programs["postgres"] = FakeProgram(exit_code=1, exits_at=8)
    shut = component("app", gate=OpenGate(opens=lambda: False))
    with pytest.raises(ComponentError, match="postgres died after its gate had opened"):
        rig.runner.up(plan(STORE[0], shut))
    assert nothing_left(rig)


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (FakeProgram(exit_code=3), "exit code 3"),
        (FakeProgram(exit_code=127), "command not found"),
        (FakeProgram(exit_code=0, error="could not start"), "could not start"),
    ],
)
def test_a_one_shot_must_end_with_0_and_without_an_error(program: FakeProgram, words: str) -> None:
    rig = Rig()
    rig.engine.programs["migrations"] = program
    with pytest.raises(OneShotError, match=words):
        rig.runner.up(plan(*STORE))
    assert nothing_left(rig)


def test_a_one_shot_that_does_not_end_is_ended() -> None:
    rig = Rig()
    slow = replace(STORE[1], timeout=4.0)
    with pytest.raises(OneShotError, match=r"has not ended after 4\.\d s"):
        rig.runner.up(plan(STORE[0], slow))
    assert nothing_left(rig)


def test_a_missing_image_stops_the_run_where_it_is_needed() -> None:
    rig = Rig()
    with pytest.raises(ImageError, match="cannot be pulled"):
        rig.runner.up(plan(STORE[0], component("app", "nowhere:1")))
    assert nothing_left(rig)


def test_a_build_is_shared_by_those_that_declare_the_same(tmp_path: Path) -> None:
    (tmp_path / "Containerfile").write_text("FROM scratch")
    rig = Rig()
    build = Build(context=tmp_path)
    rig.runner.up(plan(component("one", build), component("two", build)))
    built = [call for call in rig.engine.calls if call.startswith("build_image")]
    assert len(built) == 1
    assert built[0].startswith("build_image localhost/one:shop-")


def test_builds_that_differ_only_in_a_secret_are_not_shared(tmp_path: Path) -> None:
    (tmp_path / "Containerfile").write_text("FROM scratch")
    rig = Rig()
    builds = [Build(context=tmp_path, args={"TOKEN": Secret(each)}) for each in ("a", "b")]
    rig.runner.up(plan(*(component(f"c{at}", each) for at, each in enumerate(builds))))
    assert sum(call.startswith("build_image") for call in rig.engine.calls) == 2


def test_a_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "Containerfile").write_text("FROM scratch")
    rig = Rig()
    rig.engine.builds["localhost/app"] = FakeBuild(lines=("step 1",), why="no such file")
    with pytest.raises(BuildError, match="does not build") as caught:
        rig.runner.up(plan(STORE[0], component("app", Build(context=tmp_path))))
    assert "no such file" in caught.value.why
    assert nothing_left(rig)


def test_a_taken_network_name_is_told_and_left_alone() -> None:
    rig = Rig()
    rig.engine.create_network("stackwright-store-00000001", {"somebody": "else"})
    with pytest.raises(ClaimError, match="is taken"):
        rig.runner.up(plan(component("app")))
    assert [each.labels for each in rig.engine.list_resources({})] == [{"somebody": "else"}]


def test_a_wreck_is_kept_on_request_and_down_removes_it() -> None:
    rig = Rig()
    rig.engine.programs["app"] = FakeProgram(exit_code=1)
    with pytest.raises(ComponentError):
        rig.runner.up(plan(component("app"), keep_wreck=True))
    (record,) = rig.runs.all()
    assert record.phase is Phase.WRECK
    assert any(isinstance(each, Notice) for each in rig.events)
    rig.runner.down(record)
    assert nothing_left(rig)


def test_what_cannot_be_removed_is_told_beside_the_failure_and_found_again() -> None:
    rig = Rig()
    rig.engine.programs["app"] = FakeProgram(exit_code=1)
    for nth in range(1, 2 * ATTEMPTS + 1):
        rig.engine.fail("remove", EngineError("the engine is busy"), nth=nth)
    with pytest.raises(ComponentError):
        rig.runner.up(plan(component("app")))
    notices = [each.text for each in rig.events if isinstance(each, Notice)]
    assert any("could not be removed" in text and "is busy" in text for text in notices)
    (record,) = rig.runs.all()
    assert record.phase is Phase.STOPPING
    rig.runner.down(record)
    assert nothing_left(rig)


def labelled(run: str, owner: str, lifetime: Lifetime, state: str = "memory") -> Launch:
    return Launch(
        name=f"old-{run}",
        component="app",
        image="a",
        ports=(),
        network="n",
        labels={
            Label.RUN: run,
            Label.OWNER: owner,
            Label.LIFETIME: lifetime,
            Label.STATE: state,
            Label.STACK: "old",
        },
    )


ELSEWHERE = "there/other/1/1/0"
LIVING = "here/this/1/1/0"


@pytest.mark.parametrize(
    ("owner", "lifetime", "state", "swept"),
    [
        (DEAD.encode(), Lifetime.SESSION, "memory", True),
        (DEAD.encode(), Lifetime.SESSION, "another", True),
        (DEAD.encode(), Lifetime.KEPT, "memory", True),
        (DEAD.encode(), Lifetime.KEPT, "another", False),
        (LIVING, Lifetime.SESSION, "memory", False),
        (LIVING, Lifetime.KEPT, "memory", False),
        (ELSEWHERE, Lifetime.SESSION, "memory", False),
        ("nonsense", Lifetime.SESSION, "memory", False),
    ],
)
def test_only_what_is_provably_dead_is_swept(
    owner: str, lifetime: Lifetime, state: str, swept: bool
) -> None:
    rig = Rig()
    rig.engine.start(labelled("deadbeef", owner, lifetime, state))
    rig.runner.sweep()
    assert (rig.engine.list_resources({Label.RUN: "deadbeef"}) == ()) is swept


def test_a_kept_stack_that_is_up_outlives_its_process() -> None:
    rig = Rig()
    rig.runner.up(plan(component("app")))
    (record,) = rig.runs.all()
    rig.runs.change(record.run, lambda now: replace(now, owner=DEAD, starter=DEAD))
    rig.runner.sweep()
    assert rig.runs.all()
    assert rig.engine.list_resources({Label.RUN: record.run})


def test_a_running_stack_is_handed_out_when_its_inputs_are_the_same_and_its_gates_open() -> None:
    rig = Rig()
    meant = plan(component("app"))
    running = rig.runner.up(meant)
    (record,) = rig.runs.all()
    assert rig.runner.adopt(meant, record) == running


def test_a_running_stack_with_other_inputs_is_refused_by_name() -> None:
    rig = Rig()
    rig.runner.up(plan(component("app")))
    (record,) = rig.runs.all()
    with pytest.raises(ReuseError) as caught:
        rig.runner.adopt(plan(component("app"), inputs={"app.image": "b", "app.env": "x"}), record)
    assert caught.value.why.endswith("app.env, app.image")


def test_a_running_stack_whose_gate_does_not_open_again_is_refused() -> None:
    rig = Rig()
    well = [True]
    meant = plan(component("app", gate=OpenGate(opens=lambda: well[0])))
    rig.runner.up(meant)
    (record,) = rig.runs.all()
    well[0] = False
    with pytest.raises(ReuseError, match="is not healthy"):
        rig.runner.adopt(meant, record)
    assert rig.engine.list_resources({Label.RUN: record.run})


def test_a_defect_in_a_gate_still_removes_everything() -> None:
    rig = Rig()

    def broken() -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        rig.runner.up(plan(component("app", gate=OpenGate(opens=broken))))
    assert nothing_left(rig)
