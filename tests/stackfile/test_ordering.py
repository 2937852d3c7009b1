"""The order in which components start."""

from __future__ import annotations

import graphlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.stackfile.ordering import find_cycle, start_order


def test_what_waits_for_nothing_keeps_its_order() -> None:
    assert start_order({"c": [], "a": [], "b": []}) == ("c", "a", "b")


def test_only_what_must_wait_moves_back() -> None:
    assert start_order({"a": [], "b": ["d"], "c": [], "d": [], "e": []}) == tuple("acdbe")


def test_a_cycle_is_shown_from_end_to_end() -> None:
    waits = {"a": [], "b": ["c"], "c": ["d"], "d": ["b"]}
    assert find_cycle(waits) == ("b", "c", "d", "b")
    with pytest.raises(graphlib.CycleError):
        start_order(waits)


def test_what_is_no_component_is_waited_for_by_nobody() -> None:
    assert start_order({"a": ["ghost"]}) == ("a",)
    assert find_cycle({"a": ["ghost"]}) == ()


@given(st.lists(st.sets(st.integers(0, 9)), max_size=10))
def test_everything_starts_once_and_after_what_it_waits_for(earlier: list[set[int]]) -> None:
    waits = {
        str(index): [str(each) for each in wanted if each < index]
        for index, wanted in enumerate(earlier)
    }
    order = start_order(waits)
    assert sorted(order) == sorted(waits)
    for name, wanted in waits.items():
        assert all(order.index(each) < order.index(name) for each in wanted)
    assert find_cycle(waits) == ()
