"""Who is woken by a world, and how it ends. Its cluster answers from memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from orchestration.cluster import troubles
from orchestration.cluster.world import World
from orchestration.model import NotYet, Ready
from tests.cluster.bodies import pod
from tests.cluster.fake_reader import FakeReader
from tests.cluster.observing import DEPLOYMENTS, MAPS, PODS, listing, ref, seen

LONGEST_S = 20.0
"""What hangs is a failure; nothing here takes a second."""


def run(play: Callable[[], Awaitable[None]]) -> None:
    async def timed() -> None:
        async with asyncio.timeout(LONGEST_S):
            await play()

    asyncio.run(timed())


def test_what_is_watched_already_is_not_watched_again() -> None:
    async def play() -> None:
        reader = FakeReader([listing()])
        async with World(reader) as world:
            for namespace in ("shop", "shop", None, "other", None):
                world.watch(DEPLOYMENTS, namespace)
            world.watch(PODS, "shop")
            await asyncio.sleep(0.01)
            # Three kinds, in the one namespace and then in all.
            assert reader.asked.count("list") == 6
            assert reader.open == 6
        assert reader.open == 0
        with pytest.raises(RuntimeError, match="has ended"):
            world.watch(MAPS, "shop")

    run(play)


def test_the_end_of_a_grace_wakes_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(troubles, "CONTAINER_GRACE_S", 0.2)

    async def play() -> None:
        stuck = seen(PODS, pod("one", waiting="ErrImagePull"), "one")
        reader = FakeReader([listing(stuck)])
        async with World(reader) as world:
            world.watch(PODS, "shop")
            await world.changed()
            assert isinstance(world.verdict(ref(PODS, "one")), NotYet)
            revision = world.revision
            await world.changed()
            assert world.revision == revision

    run(play)


def test_what_happened_since_the_look_is_not_waited_for() -> None:
    async def play() -> None:
        async with World(FakeReader([listing()])) as world:
            world.watch(PODS, "shop")
            looked = world.revision
            await world.changed()
            assert world.revision != looked
            await world.changed(since=looked)
            await world.changed(0.01, since=world.revision)

    run(play)


def test_everybody_who_waits_is_woken() -> None:
    async def play() -> None:
        async with World(FakeReader([listing()])) as world:
            waiting = [asyncio.create_task(world.changed()) for _ in range(3)]
            await asyncio.sleep(0)
            world.applied(ref(MAPS, "one"), seen(MAPS, {}, "one"))
            await asyncio.gather(*waiting)
            assert world.verdict(ref(MAPS, "one")) == Ready("exists")

    run(play)


def test_a_mistake_of_ours_is_raised_and_not_waited_out() -> None:
    async def watched() -> None:
        async with World(FakeReader([])) as world:
            world.watch(PODS, "shop")
            await world.changed()

    async def left() -> None:
        async with World(FakeReader([])) as world:
            world.watch(PODS, "shop")
            await asyncio.sleep(0.01)

    for play in (watched, left):
        with pytest.raises(IndexError):
            run(play)


def test_what_ends_the_block_is_raised_as_it_is() -> None:
    async def play() -> None:
        async with World(FakeReader([listing()])) as world:
            world.watch(PODS, "shop")
            raise LookupError("of the caller")

    with pytest.raises(LookupError, match="of the caller"):
        run(play)
