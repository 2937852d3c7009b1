"""What is told of runs that are left alone."""

from __future__ import annotations

import pytest

from orchestration.model import Label, Lifetime
from orchestration.owner import Owner
from orchestration.record import Hold, Phase
from orchestration.sweep import judge
from tests.records import ALIVE, ELSEWHERE, KnownOwners, record
from tests.runs_in_memory import Rig

UNSEEN = "its owner belongs to another host, PID namespace or user (there/other/1/1/0)"


@pytest.mark.parametrize(
    ("phase", "user", "why"),
    [
        (Phase.UP, ELSEWHERE, UNSEEN),
        (Phase.UP, ALIVE, "its owner, process 1, is alive"),
        (Phase.STARTING, ELSEWHERE, UNSEEN),
        (Phase.STARTING, ALIVE, "it is starting, by process 1"),
    ],
)
def test_it_is_told_whose_run_is_left_alone(phase: Phase, user: Owner, why: str) -> None:
    rig = Rig()
    hold = Hold(owner=user, lifetime=Lifetime.SESSION)
    rig.runs.claim(record(phase=phase, starter=user, holds=(hold,), lifetime=Lifetime.SESSION))
    rig.engine.create_network("net", {Label.RUN: "0a1b2c3d", Label.OWNER: user.encode()})
    found = judge(rig.engine, rig.runs, KnownOwners())
    assert [(each.run, each.why) for each in found.spared] == [("0a1b2c3d", why)]
    assert found.dead == ()
