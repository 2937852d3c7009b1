"""`exec`: exit codes of commands, as an engine reports them."""

from __future__ import annotations

import pytest

from orchestration.gates import ExecGate
from orchestration.model import Executed, Failed, NotYet, Ready, Verdict
from tests.gates.peers import FakeTarget


def look(exit_code: int, output: str = "") -> Verdict:
    done = Executed(exit_code=exit_code, output=output)
    return ExecGate(command=("check", "--now")).look(FakeTarget(done=done))


def test_exit_0_is_ready_by_what_may_outlive_the_component() -> None:
    assert look(0) == Ready("exit 0", lasting=True)
    assert look(0, "accepting connections\n") == Ready("accepting connections", lasting=True)


def test_another_exit_code_is_not_yet_ready_and_comes_with_the_last_line() -> None:
    assert look(2, "first\nno response\n\n") == NotYet("exit 2: no response")
    assert look(1) == NotYet("exit 1")


@pytest.mark.parametrize("code", [126, 127])
def test_a_command_that_cannot_be_run_fails_at_once(code: int) -> None:
    verdict = look(code, "exec: check: not found")
    assert isinstance(verdict, Failed)
    assert verdict.reason.startswith(f"exit {code} (")
    assert verdict.reason.endswith("exec: check: not found")


def test_a_command_that_outlives_its_time_is_not_yet_ready() -> None:
    assert look(124, "still trying") == NotYet("no exit within 5 s: still trying")


def test_it_looks_less_often_than_gates_that_ask_a_port() -> None:
    pacing = ExecGate(command=("check",)).pacing
    assert (pacing.interval, pacing.growth, pacing.longest) == (0.15, 1.5, 1.0)


def test_an_empty_command_is_refused() -> None:
    with pytest.raises(ValueError, match="command is empty"):
        ExecGate(command=())


def test_a_gate_describes_itself_and_its_address() -> None:
    gate = ExecGate(command=("sh", "-c", "test -e /ready"), port="api")
    assert gate.describe() == "command sh -c 'test -e /ready'"
    assert (gate.port, gate.scheme, gate.dsn("h", 1)) == ("api", "tcp", "tcp://h:1")
