"""The cluster's time is estimated from Date headers."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.cluster.server_clock import ServerClock
from tests.clocks import FakeClock

EPOCH = 1_800_000_000.0


def clock(time: FakeClock) -> ServerClock:
    return ServerClock(wall=lambda: EPOCH + time.now(), monotonic=time.now)


def date(seconds: float) -> str:
    return formatdate(int(seconds), usegmt=True)


def test_before_any_answer_it_is_the_time_of_this_machine() -> None:
    time = FakeClock()
    seen = clock(time)
    assert seen.now() == EPOCH + 1000
    time.advance(1)
    assert seen.now() == EPOCH + 1001


@given(
    offset=st.floats(min_value=-1e6, max_value=1e6),
    trips=st.lists(
        st.tuples(
            st.floats(min_value=0, max_value=2),
            st.floats(min_value=0, max_value=2),
            st.floats(min_value=0, max_value=5),
        ),
        min_size=1,
        max_size=30,
    ),
)
def test_one_answer_is_off_by_half_a_second_and_half_its_round_trip_at_most(
    offset: float, trips: list[tuple[float, float, float]]
) -> None:
    time = FakeClock()
    seen = clock(time)
    worst = min((there + back) / 2 for there, back, _ in trips) + 0.5
    for there, back, pause in trips:
        sent = time.now()
        time.advance(there)
        written = date(EPOCH + time.now() + offset)
        time.advance(back)
        seen.saw(written, sent, time.now())
        time.advance(pause)
    assert seen.now() == pytest.approx(EPOCH + time.now() + offset, abs=worst + 1e-3)


def test_several_answers_at_other_fractions_of_a_second_are_nearer() -> None:
    time = FakeClock()
    seen = clock(time)
    for _ in range(20):
        sent = time.now()
        time.advance(0.01)
        seen.saw(date(EPOCH + time.now() + 60.37), sent, time.now() + 0.01)
        time.advance(0.137)
    assert seen.now() == pytest.approx(EPOCH + time.now() + 60.37, abs=0.05)


def test_it_never_goes_back() -> None:
    time = FakeClock()
    seen = clock(time)
    seen.saw(date(EPOCH), time.now(), time.now())
    before = seen.now()
    seen.saw(date(EPOCH - 3600), time.now(), time.now())
    assert seen.now() == before
    time.advance(3700)
    assert before < seen.now() < EPOCH + 200


def test_a_clock_that_was_set_forwards_is_followed() -> None:
    time = FakeClock()
    seen = clock(time)
    seen.saw(date(EPOCH), time.now(), time.now())
    seen.saw(date(EPOCH + 3600), time.now(), time.now())
    assert seen.now() == pytest.approx(EPOCH + 3600.5, abs=0.01)


@pytest.mark.parametrize("nonsense", ["", "soon", "Sat, 99 Nov 2026 18:00:00 GMT"])
def test_a_header_that_is_none_is_left(nonsense: str) -> None:
    time = FakeClock()
    seen = clock(time)
    seen.saw(nonsense, 0.0, 1.0)
    assert seen.now() == EPOCH + 1000
