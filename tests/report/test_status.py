"""What is up, and whether it is well."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from orchestration.model import Life, State
from orchestration.record import Phase
from orchestration.report import ComponentStatus, RunStatus, render_status
from tests.records import record
from tests.report.subjects import ENDPOINTS, SECRET


@pytest.mark.parametrize(
    ("state", "with_endpoints", "healthy"),
    [
        (State(life=Life.RUNNING), True, True),
        (State(life=Life.RUNNING, restarts=1), True, False),
        (State(life=Life.EXITED, exit_code=0), False, True),
        (State(life=Life.EXITED, exit_code=0), True, False),
        (State(life=Life.EXITED, exit_code=1), False, False),
        (State(life=Life.MISSING), False, False),
    ],
)
def test_a_component_is_well_when_it_lives_or_is_done(
    state: State, with_endpoints: bool, healthy: bool
) -> None:
    endpoints = ENDPOINTS[:1] if with_endpoints else ()
    assert ComponentStatus(component="x", state=state, endpoints=endpoints).healthy is healthy


def test_a_run_is_well_when_it_is_up_and_all_of_it_is() -> None:
    well = ComponentStatus(component="x", state=State(life=Life.RUNNING))
    ill = ComponentStatus(component="y", state=State(life=Life.MISSING))
    assert RunStatus(run=record(), components=(well,)).healthy
    assert not RunStatus(run=record(), components=(well, ill)).healthy
    assert not RunStatus(run=record(), components=(well,), problem="no answer").healthy
    assert not RunStatus(run=record(phase=Phase.WRECK), components=(well,)).healthy


def test_what_could_not_be_asked_is_told_as_the_record_has_it() -> None:
    unknown = ComponentStatus(component="postgres", state=None, endpoints=ENDPOINTS[:1])
    assert not unknown.healthy
    run = RunStatus(run=record(), components=(unknown,), problem="no answer")
    shown = render_status([run])
    assert "the engine could not be asked: no answer" in shown
    assert "postgres  not known  postgresql://127.0.0.1:15437" in shown
    assert '"life": "unknown"' in json.dumps(run.as_json())


def test_status_as_json_has_no_credentials() -> None:
    component = ComponentStatus(
        component="postgres", state=State(life=Life.RUNNING), endpoints=ENDPOINTS[:1]
    )
    shown = RunStatus(run=record(), components=(component,)).as_json()
    assert shown["created"] == "2023-11-14T22:13:20.500Z"
    assert shown["components"] == [
        {
            "component": "postgres",
            "life": "running",
            "exit_code": None,
            "words": "running",
            "healthy": True,
            "endpoints": [
                {
                    "port_name": "postgres",
                    "host": "127.0.0.1",
                    "port": 15437,
                    "url": "postgresql://127.0.0.1:15437",
                }
            ],
        }
    ]
    assert SECRET not in json.dumps(shown)
    assert "made-for-this-run" not in json.dumps(shown)


def test_a_problem_and_a_state_are_told_without_what_the_record_knows_as_secret() -> None:
    said = f"no answer at tcp://me:{SECRET}@host, made-for-this-run, hunter33-in-a-dsn"
    state = State(life=Life.EXITED, exit_code=1, error=said)
    component = ComponentStatus(component="x", state=state)
    dsn = "postgresql://me:hunter33-in-a-dsn@127.0.0.1:1/db"
    run = record(endpoints=(replace(ENDPOINTS[0], dsn=dsn),))
    status = RunStatus(run=run, components=(component,), problem=said)
    for shown in (json.dumps(status.as_json()), render_status([status])):
        assert "tcp://me:***@host" in shown
        assert not [each for each in (SECRET, "made-for-this-run", "hunter33") if each in shown]
