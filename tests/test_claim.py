"""Taking the place of a stack while another run of it is on its way down."""

from __future__ import annotations

import signal
from dataclasses import replace

import pytest

from orchestration.claim import claim
from orchestration.errors import ClaimError, StoppedError
from orchestration.events import Notice
from orchestration.model import HostPort
from orchestration.record import Phase, RunRecord
from tests.records import record
from tests.runs_in_memory import Rig

WANTED = record("0badcafe", phase=Phase.STARTING)


def take(rig: Rig, wanted: RunRecord = WANTED, *, within: float = 5.0) -> None:
    claim(
        rig.runs,
        wanted,
        deadline=rig.clock.now() + within,
        clock=rig.clock,
        cancel=rig.cancel,
        emit=rig.events.append,
    )


def going(rig: Rig, other: RunRecord, *, gone_after: int) -> None:
    """Store a run that is forgotten after so many pauses."""
    rig.runs.claim(other)

    def paused(_seconds: float) -> None:
        if len(rig.cancel.pauses) == gone_after:
            rig.runs.release(other.run)

    rig.cancel.on_pause = paused


def test_what_is_going_down_is_waited_for_and_that_is_told_once() -> None:
    rig = Rig()
    going(rig, record(phase=Phase.STOPPING), gone_after=3)
    take(rig)
    assert set(rig.runs.records) == {WANTED.run}
    assert [type(each) for each in rig.events] == [Notice]
    assert len(rig.cancel.pauses) == 3


@pytest.mark.parametrize("phase", [Phase.STARTING, Phase.UP, Phase.WRECK])
def test_what_is_not_going_down_is_not_waited_for(phase: Phase) -> None:
    rig = Rig()
    going(rig, record(phase=phase), gone_after=1)
    with pytest.raises(ClaimError):
        take(rig)
    assert rig.cancel.pauses == []


def test_a_port_of_a_run_that_is_going_down_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig()
    port = HostPort("127.0.0.1", 15433)
    going(rig, record(key="another", phase=Phase.STOPPING, ports=(port,)), gone_after=2)
    known = rig.runs.claim

    def strictly(wanted: RunRecord) -> None:
        if any(port in each.ports for each in rig.runs.all()):
            raise ClaimError("the port is leased")
        known(wanted)

    monkeypatch.setattr(rig.runs, "claim", strictly)
    take(rig, replace(WANTED, ports=(port,)))
    assert len(rig.cancel.pauses) == 2


def test_the_deadline_ends_the_wait_with_the_error_that_names_the_holder() -> None:
    rig = Rig()
    going(rig, record(phase=Phase.STOPPING), gone_after=1000)
    with pytest.raises(ClaimError):
        take(rig, within=1.0)
    assert rig.clock.time == pytest.approx(1001.0, abs=0.2)


def test_a_signal_ends_the_wait() -> None:
    rig = Rig()
    going(rig, record(phase=Phase.STOPPING), gone_after=1000)
    rig.cancel.signal, rig.cancel.after = signal.SIGTERM, 2
    with pytest.raises(StoppedError):
        take(rig)
    assert WANTED.run not in rig.runs.records
