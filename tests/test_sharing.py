"""Who uses a run, and who takes it down."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestration.errors import ReuseError
from orchestration.model import Lifetime
from orchestration.owner import Owner
from orchestration.record import Hold, Phase
from orchestration.sharing import abandoned, join, leave, taken_over, untold
from tests.records import ALIVE, DEAD, ELSEWHERE, KnownOwners, record
from tests.runs_in_memory import MemoryRuns

OWNERS = KnownOwners()
RUN = "0a1b2c3d"


def session(owner: Owner, use: str = "") -> Hold:
    return Hold(owner=owner, lifetime=Lifetime.SESSION, use=use)


def kept(owner: Owner) -> Hold:
    return Hold(owner=owner, lifetime=Lifetime.KEPT)


def runs(*holds: Hold, phase: Phase = Phase.UP, starter: Owner = ALIVE) -> MemoryRuns:
    found = MemoryRuns()
    found.claim(record(holds=holds, phase=phase, starter=starter))
    return found


@pytest.mark.parametrize(
    ("phase", "starter", "holds", "nobody_answers"),
    [
        (Phase.STARTING, ALIVE, (kept(DEAD),), False),
        (Phase.STARTING, ELSEWHERE, (kept(ALIVE),), False),
        (Phase.STARTING, DEAD, (session(ALIVE),), True),
        (Phase.STOPPING, DEAD, (kept(ALIVE),), True),
        (Phase.STOPPING, ALIVE, (), False),
        (Phase.UP, DEAD, (kept(DEAD),), False),
        (Phase.UP, DEAD, (session(ALIVE),), False),
        (Phase.UP, DEAD, (session(ELSEWHERE),), False),
        (Phase.UP, DEAD, (session(DEAD),), True),
        (Phase.UP, DEAD, (session(DEAD), session(ALIVE)), False),
        (Phase.UP, ALIVE, (), True),
        (Phase.WRECK, DEAD, (session(DEAD),), False),
    ],
)
def test_a_run_is_abandoned_when_provably_nobody_answers_for_it(
    phase: Phase, starter: Owner, holds: tuple[Hold, ...], nobody_answers: bool
) -> None:
    run = record(phase=phase, starter=starter, holds=holds)
    assert abandoned(run, OWNERS) is nobody_answers


@pytest.mark.parametrize(
    ("phase", "starter", "holds", "unseen"),
    [
        (Phase.STARTING, ELSEWHERE, (session(ALIVE),), ELSEWHERE),
        (Phase.STOPPING, ELSEWHERE, (), ELSEWHERE),
        (Phase.STOPPING, DEAD, (session(ELSEWHERE),), None),
        (Phase.UP, ALIVE, (session(DEAD), session(ELSEWHERE)), ELSEWHERE),
        (Phase.UP, ALIVE, (session(ELSEWHERE), session(ALIVE)), None),
        (Phase.UP, ALIVE, (session(ELSEWHERE), kept(DEAD)), None),
        (Phase.UP, ELSEWHERE, (), None),
        (Phase.WRECK, ELSEWHERE, (session(ELSEWHERE),), None),
    ],
)
def test_whoever_alone_may_answer_for_a_run_and_is_not_seen_from_here_is_known(
    phase: Phase, starter: Owner, holds: tuple[Hold, ...], unseen: Owner | None
) -> None:
    run = record(phase=phase, starter=starter, holds=holds)
    assert untold(run, OWNERS) == unseen


def test_the_last_one_out_gets_the_record_to_take_down() -> None:
    known = runs(kept(ALIVE))
    _, new = join(known, OWNERS, RUN, session(ALIVE))
    assert new
    assert leave(known, OWNERS, RUN, kept(ALIVE)) is None
    last = leave(known, OWNERS, RUN, session(ALIVE))
    assert last is not None
    assert last.phase is Phase.STOPPING
    assert known.get(RUN) == last


def test_joining_twice_from_one_place_is_joining_once() -> None:
    known = runs(kept(ALIVE))
    _, new = join(known, OWNERS, RUN, kept(ALIVE))
    assert not new
    assert leave(known, OWNERS, RUN, kept(ALIVE)) is not None


def test_two_uses_in_one_process_are_two_holds() -> None:
    known = runs(session(ALIVE, "a"))
    join(known, OWNERS, RUN, session(ALIVE, "b"))
    assert leave(known, OWNERS, RUN, session(ALIVE, "a")) is None
    assert leave(known, OWNERS, RUN, session(ALIVE, "b")) is not None


def test_a_dead_session_does_not_keep_a_stack_up() -> None:
    known = runs(kept(ALIVE), session(DEAD))
    assert leave(known, OWNERS, RUN, kept(ALIVE)) is not None


def test_only_one_of_those_who_leave_last_takes_it_down() -> None:
    known = runs(kept(ALIVE))
    assert leave(known, OWNERS, RUN, kept(ALIVE)) is not None
    assert leave(known, OWNERS, RUN, kept(ALIVE)) is None


@pytest.mark.parametrize("phase", [Phase.STARTING, Phase.STOPPING, Phase.WRECK])
def test_what_is_not_up_is_not_joined(phase: Phase) -> None:
    known = runs(kept(ALIVE), phase=phase)
    with pytest.raises(ReuseError, match="going down"):
        join(known, OWNERS, RUN, kept(DEAD))
    assert known.get(RUN) == replace(record(phase=phase), holds=(kept(ALIVE),))


def test_what_is_gone_is_neither_joined_nor_left() -> None:
    known = MemoryRuns()
    with pytest.raises(ReuseError, match="not up any more"):
        join(known, OWNERS, RUN, kept(ALIVE))
    assert leave(known, OWNERS, RUN, kept(ALIVE)) is None


def test_only_one_takes_an_abandoned_run_over() -> None:
    known = runs(session(DEAD), starter=DEAD)
    with taken_over(known, OWNERS, RUN) as ours:
        assert ours
        taken = known.get(RUN)
        assert taken is not None
        assert (taken.phase, taken.starter) == (Phase.STOPPING, ALIVE)
        with taken_over(known, OWNERS, RUN) as theirs:
            assert not theirs
    assert known.get(RUN) == taken


def test_after_a_removal_that_failed_anybody_may_take_the_run_over() -> None:
    known = runs(session(DEAD), starter=DEAD)
    with pytest.raises(ReuseError), taken_over(known, OWNERS, RUN):
        raise ReuseError("any error")
    left = known.get(RUN)
    assert left is not None
    assert abandoned(left, OWNERS)


def test_a_run_that_somebody_uses_is_not_taken_over() -> None:
    known = runs(kept(ALIVE))
    before = known.get(RUN)
    with taken_over(known, OWNERS, RUN) as ours:
        assert not ours
    with pytest.raises(ReuseError), taken_over(known, OWNERS, RUN):
        raise ReuseError("any error")
    assert known.get(RUN) == before


def test_what_has_no_record_is_whose_finds_it() -> None:
    with taken_over(MemoryRuns(), OWNERS, RUN) as ours:
        assert ours
