"""One list, then a watch that goes on, whatever becomes of its connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from orchestration.cluster.api import Body, Listing
from orchestration.cluster.observed import Observed
from orchestration.cluster.watcher import SHAKY, STRIKES, UNSERVED_STRIKES, Backoff, Watcher
from tests.cluster.bodies import pod
from tests.cluster.fake_reader import FakeReader, Hangs, Piece, api_error, bookmark
from tests.cluster.observing import PODS, added, deleted, listing, modified, ref, seen

POD = ref(PODS, "one")


class NeverEndsError(Exception):
    """The watcher paused more often than the test wants to see."""


@dataclass(slots=True)
class Play:
    """A watcher that runs until it waits for a hanging watch, ends, or has paused `pauses` times.

    `slept`: its pauses in seconds, with the chance always at its most. `news`: how often it told.
    """

    reader: FakeReader
    pauses: int = 20
    slept: list[float] = field(default_factory=list)
    news: int = 0
    told: Callable[[], None] = lambda: None
    observed: Observed = field(default_factory=Observed)
    watcher: Watcher = field(init=False)

    def __post_init__(self) -> None:
        self.watcher = Watcher(
            reader=self.reader,
            observed=self.observed,
            kind=PODS,
            namespace="shop",
            told=self._told,
            backoff=Backoff(chance=lambda: 1.0, sleep=self.sleep),
        )

    def run(self) -> Play:
        asyncio.run(self._run())
        return self

    async def _run(self) -> None:
        task = asyncio.create_task(self.watcher.run())
        for _ in range(200):
            await asyncio.sleep(0)
        if task.done():
            error = task.exception()
            if error is not None and not isinstance(error, NeverEndsError):
                raise error
            return
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert task.cancelled()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if len(self.slept) >= self.pauses:
            raise NeverEndsError
        await asyncio.sleep(0)

    def _told(self) -> None:
        self.news += 1
        self.told()


def one(version: int = 1) -> Body:
    return seen(PODS, pod("one"), "one", version=version)


def first(version: int = 7) -> Listing:
    return listing(one(), version=version)


def test_it_lists_once_and_watches_from_there() -> None:
    reader = FakeReader([first()], [[modified(one(8)), Hangs()]])
    play = Play(reader).run()
    assert reader.asked == ["list", "7"]
    assert play.observed.body(POD) == one(8)
    assert play.news == 2
    assert not play.slept


def test_a_watch_that_ends_goes_on_where_it_was() -> None:
    reader = FakeReader([first()], [[modified(one(8))], [bookmark(9)], []])
    play = Play(reader).run()
    assert reader.asked == ["list", "7", "8", "9", "9"]
    assert play.news == 2


def test_a_broken_connection_is_no_reason_to_list_again() -> None:
    reader = FakeReader([first()], [[modified(one(8)), api_error(0, "Broken")], [added(one(9))]])
    assert Play(reader).run().observed.body(POD) == one(9)
    assert reader.asked == ["list", "7", "8", "9"]


def test_a_watch_that_is_too_old_lists_again_and_nothing_seems_gone_meanwhile() -> None:
    reader = FakeReader([first(), first(20)], [[api_error(410, "Expired")]])
    play = Play(reader)
    found: list[object] = []
    play.told = lambda: found.append(play.observed.body(POD))
    play.run()
    assert reader.asked == ["list", "7", "list", "20"]
    assert found == [one(), one()]


def test_what_was_deleted_before_it_listed_again_is_gone() -> None:
    reader = FakeReader([first(), listing(version=20)], [[api_error(410, "Expired")]])
    assert Play(reader).run().observed.body(POD) is None


def test_a_server_that_ends_every_watch_at_once_is_asked_ever_more_rarely() -> None:
    ended: list[list[Piece]] = [[] for _ in range(20)]
    play = Play(FakeReader([first()], ended), pauses=10).run()
    assert play.slept == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0, 5.0]


def test_so_is_one_that_lists_a_version_and_takes_it_back_each_time() -> None:
    expired: list[list[Piece]] = [[api_error(410, "Expired")] for _ in range(20)]
    play = Play(FakeReader([first()], expired), pauses=8).run()
    assert play.slept == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0]


def test_so_is_one_that_tells_the_same_again_and_again() -> None:
    same: list[list[Piece]] = [[modified(one(8))] for _ in range(20)]
    play = Play(FakeReader([first()], same), pauses=6).run()
    assert play.slept == [0.1, 0.1, 0.2, 0.4, 0.8, 1.6]


def test_a_watch_that_is_cut_after_each_event_is_soon_up_again() -> None:
    cut: list[list[Piece]] = [
        [modified(one(version)), api_error(0, "Broken")] for version in range(8, 20)
    ]
    play = Play(FakeReader([first()], cut)).run()
    assert play.observed.body(POD) == one(19)
    assert play.slept == [0.1] * 12


def test_pauses_are_anything_up_to_their_limit() -> None:
    assert Backoff(chance=lambda: 0.0).pause(4, None) == 0.0
    assert Backoff(chance=lambda: 0.5).pause(3, None) == pytest.approx(0.2)
    assert Backoff(chance=lambda: 1.0).pause(10_000, None) == 5.0


def test_a_server_that_says_when_to_come_back_is_not_asked_earlier() -> None:
    busy = api_error(429, "TooManyRequests", retry_after_s=7)
    play = Play(FakeReader([busy, first()])).run()
    assert play.slept == [pytest.approx(7.1)]
    assert play.observed.settled(("", "Pod"), "shop")


def test_what_passes_is_tried_for_ever() -> None:
    play = Play(FakeReader([api_error(503)]), pauses=20).run()
    assert len(play.slept) == 20
    assert play.watcher.fault is None


@pytest.mark.parametrize(
    ("code", "strikes"), [(401, STRIKES), (403, STRIKES), (404, UNSERVED_STRIKES), (405, STRIKES)]
)
def test_what_does_not_get_better_ends_it_and_is_told(code: int, strikes: int) -> None:
    reader = FakeReader([api_error(code)])
    play = Play(reader).run()
    assert play.watcher.fault is not None
    assert play.watcher.fault.code == code
    assert reader.asked == ["list"] * strikes
    assert play.news == 1


def test_a_certificate_that_is_not_trusted_ends_it() -> None:
    fault = Play(FakeReader([api_error(0, "Untrusted")])).run().watcher.fault
    assert fault is not None
    assert fault.reason == "Untrusted"


def test_a_right_that_is_taken_away_ends_a_watch_that_was_up() -> None:
    refused: list[list[Piece]] = [[api_error(403)] for _ in range(STRIKES)]
    play = Play(FakeReader([first()], [[modified(one(8))], *refused])).run()
    assert play.watcher.fault is not None
    assert play.observed.body(POD) == one(8)


def test_a_refusal_that_passes_is_none() -> None:
    refused = api_error(403)
    play = Play(FakeReader([refused, refused, api_error(503), refused, refused, first()])).run()
    assert play.watcher.fault is None
    assert play.observed.body(POD) == one()


def test_a_watcher_that_is_ended_closes_its_watch() -> None:
    reader = FakeReader([first()])
    Play(reader).run()
    assert reader.open == 0


def test_an_event_that_comes_with_an_error_counts() -> None:
    reader = FakeReader([first()], [[deleted(one(8)), api_error(500)]])
    assert Play(reader).run().observed.body(POD) is None


def test_a_server_that_does_not_answer_is_told_as_an_interruption() -> None:
    reader = FakeReader([first()], [[api_error(0, "Unreachable")] for _ in range(20)])
    play = Play(reader, pauses=12)
    found: list[object] = []

    async def told(seconds: float) -> None:
        found.append(play.watcher.interruption())
        await play.sleep(seconds)

    play.watcher.backoff = Backoff(chance=lambda: 1.0, sleep=told)
    play.run()
    assert found[: SHAKY - 1] == [None] * (SHAKY - 1)
    assert all(found[SHAKY - 1 :])
