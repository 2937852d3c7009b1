"""`log`: what a component wrote."""

from __future__ import annotations

import pytest

from orchestration.gates import LogGate
from orchestration.model import NotYet, Ready
from tests.gates.peers import FakeTarget

LOG = "starting\nready to accept connections\nstopping\nready to accept connections\nlistening\n"


def test_a_line_that_matches_opens_the_gate() -> None:
    gate = LogGate(pattern=r"^ready to \w+")
    assert gate.look(FakeTarget(log=LOG)) == Ready("ready to accept", lasting=True)


def test_a_pattern_can_be_wanted_more_than_once() -> None:
    verdict = LogGate(pattern="ready", count=2).look(FakeTarget(log=LOG))
    assert verdict == Ready("ready", lasting=True)
    verdict = LogGate(pattern="ready", count=3).look(FakeTarget(log=LOG))
    assert verdict == NotYet('found 2 of 3, last line "listening"')


def test_the_last_line_tells_how_far_the_component_is() -> None:
    assert LogGate(pattern="up").look(FakeTarget(log="a\nb\n \n")) == NotYet('last line "b"')


def test_an_empty_log_is_said_so() -> None:
    assert LogGate(pattern="up").look(FakeTarget(log="\n")) == NotYet("the log is empty")


@pytest.mark.parametrize(("pattern", "count", "named"), [("(", 1, "pattern"), ("up", 0, "count")])
def test_settings_without_sense_are_refused(pattern: str, count: int, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        LogGate(pattern=pattern, count=count)


def test_a_gate_describes_itself_and_its_address() -> None:
    gate = LogGate(pattern="up", count=2)
    assert gate.describe() == "/up/ 2 times in the log"
    assert LogGate(pattern="up").describe() == "/up/ in the log"
    assert (gate.port, gate.scheme, gate.dsn("h", 1)) == (None, "tcp", "tcp://h:1")
