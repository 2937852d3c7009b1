"""Streams can be left at any moment, and frames arrive in any pieces."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.engines.docker_stream import Frames, Stream

FRAMES = st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=30)), max_size=8)


@given(frames=FRAMES, cuts=st.lists(st.integers(1, 20), max_size=40))
def test_frames_survive_being_cut_anywhere(
    frames: list[tuple[int, bytes]], cuts: list[int]
) -> None:
    data = b"".join(
        bytes([channel, 0, 0, 0]) + len(payload).to_bytes(4, "big") + payload
        for channel, payload in frames
    )
    reader = Frames()
    seen: list[tuple[int, bytes]] = []
    for cut in cuts:
        seen += reader.feed(data[:cut])
        data = data[cut:]
    assert [*seen, *reader.feed(data)] == frames


def test_a_stream_ends_with_what_it_reads() -> None:
    with Stream(lambda: iter([1, 2, 3]), until=lambda: False) as stream:
        assert list(stream) == [1, 2, 3]
    assert not stream.stopped


def test_a_stream_raises_what_reading_raised() -> None:
    def produce() -> Iterator[int]:
        yield 1
        raise ConnectionResetError("gone")

    with Stream(produce, until=lambda: False) as stream:
        items = iter(stream)
        assert next(items) == 1
        with pytest.raises(ConnectionResetError, match="gone"):
            next(items)


def test_a_stream_that_says_nothing_can_be_left() -> None:
    never = threading.Event()

    def produce() -> Iterator[int]:
        never.wait(30)
        yield 1

    asked = iter([False, False, True])
    with Stream(produce, until=lambda: next(asked)) as stream:
        assert list(stream) == []
    never.set()
    assert stream.stopped


def test_a_stream_that_was_stopped_before_it_began_is_not_read() -> None:
    with Stream(lambda: iter([1]), until=lambda: True) as stream:
        assert list(stream) == []
    assert stream.stopped
