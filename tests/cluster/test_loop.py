"""Coroutines of a command run on a loop of their own, and a stop ends them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from signal import SIGINT, SIGTERM

import pytest

from orchestration.cluster.loop import EventLoop
from orchestration.errors import ClusterError, StoppedError
from tests.clocks import FakeCancel, FakeClock

SOON_S = 20.0
NEVER = FakeCancel(FakeClock())


@dataclass(slots=True)
class StopWhen:
    """Asks for a stop as soon as `come` says so."""

    come: Callable[[], bool]
    signal: int = SIGINT

    def requested(self) -> int | None:
        return self.signal if self.come() else None

    def urgency(self) -> int:
        return int(self.come())

    def pause(self, seconds: float) -> None:
        threading.Event().wait(seconds)


def loops() -> set[threading.Thread]:
    return {each for each in threading.enumerate() if each.name == "stackwright-loop"}


async def answer() -> int:
    await asyncio.sleep(0)
    return 42


async def fail(error: BaseException) -> None:
    raise error


def run(coroutine: Coroutine[object, object, object]) -> object:
    with EventLoop() as loop:
        return loop.run(coroutine, NEVER)


def test_what_a_coroutine_comes_to_is_given_back() -> None:
    assert run(answer()) == 42


@pytest.mark.parametrize("error", [ZeroDivisionError(), SystemExit(3), asyncio.CancelledError()])
def test_what_it_raises_is_raised(error: BaseException) -> None:
    with EventLoop() as loop:
        with pytest.raises(type(error)):
            loop.run(fail(error), NEVER)
        assert loop.run(answer(), NEVER) == 42


def test_it_works_where_a_loop_already_runs() -> None:
    async def outer() -> object:
        return run(answer())

    assert asyncio.run(outer()) == 42


def test_tasks_go_on_between_two_runs() -> None:
    async def begin() -> asyncio.Task[int]:
        return asyncio.create_task(answer())

    async def end(task: asyncio.Task[int]) -> int:
        return await task

    with EventLoop() as loop:
        assert loop.run(end(loop.run(begin(), NEVER)), NEVER) == 42


@pytest.mark.parametrize("signal", [SIGINT, SIGTERM])
def test_a_stop_cancels_it_and_waits_for_its_end(signal: int) -> None:
    begun, cleaned = threading.Event(), threading.Event()

    async def wait() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned.set()

    with EventLoop() as loop:
        with pytest.raises(StoppedError, match="stopped by SIG") as caught:
            loop.run(wait(), StopWhen(begun.is_set, signal))
        assert cleaned.is_set()
    assert caught.value.signal == signal


def test_what_goes_wrong_on_the_way_out_is_told_too() -> None:
    begun = threading.Event()

    async def wait() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise ClusterError("the namespace stays", fix="remove it")

    with EventLoop() as loop, pytest.raises(StoppedError) as caught:
        loop.run(wait(), StopWhen(begun.is_set))
    assert caught.value.what == "stopped by SIGINT; the namespace stays"
    assert caught.value.fix == "remove it"


def test_any_interruption_of_the_waiting_thread_cancels_it() -> None:
    begun, cancelled = threading.Event(), threading.Event()

    async def wait() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    def interrupt() -> bool:
        if begun.is_set():
            raise KeyboardInterrupt
        return False

    with EventLoop() as loop:
        with pytest.raises(KeyboardInterrupt):
            loop.run(wait(), StopWhen(interrupt))
        assert cancelled.is_set()


def test_a_stop_that_was_asked_for_before_cancels_at_once() -> None:
    with EventLoop() as loop, pytest.raises(StoppedError):
        loop.run(asyncio.sleep(3600), FakeCancel(FakeClock(), signal=SIGINT))


def test_the_end_cancels_what_still_runs_and_ends_the_thread() -> None:
    before = loops()
    cancelled = threading.Event()

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async def begin() -> asyncio.Task[None]:
        task = asyncio.create_task(forever())
        await asyncio.sleep(0)
        return task

    with EventLoop() as loop:
        kept = loop.run(begin(), NEVER)
        (thread,) = loops() - before
    thread.join(SOON_S)
    assert not thread.is_alive()
    assert cancelled.is_set()
    assert kept.cancelled()


def test_the_thread_ends_when_the_context_ends_by_an_error() -> None:
    before = loops()
    with pytest.raises(ZeroDivisionError), EventLoop() as loop:
        loop.run(fail(ZeroDivisionError()), NEVER)
    assert loops() == before


def test_programs_can_be_run_on_it() -> None:
    async def ask() -> bytes:
        made = await asyncio.create_subprocess_exec("echo", "hello", stdout=-1)
        return (await made.communicate())[0]

    assert run(ask()) == b"hello\n"
