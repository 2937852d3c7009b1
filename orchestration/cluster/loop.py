"""An event loop in a thread of its own: signals stay with the main thread, and its `Cancel`."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

from orchestration.background import TICK_S
from orchestration.errors import StackwrightError, StoppedError
from orchestration.patience import STOPPED_S, stop_if_asked
from orchestration.ports import Cancel

T = TypeVar("T")
LEFT_S: Final = 2.0
"""How long tasks that are left over get to end, once the context has."""


class EventLoop:
    """Runs coroutines from code that is not asynchronous, or that has a loop of its own running.

    The thread ends with the context, and what still runs on it is cancelled.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        # Names are looked up there; whoever waits for a name server need not hold up the end.
        self._executor = ThreadPoolExecutor(thread_name_prefix="stackwright-names")
        self._loop.set_default_executor(self._executor)
        self._thread = Thread(target=self._serve, name="stackwright-loop", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        # Nothing but code that blocks the loop can take longer; the thread is a daemon.
        self._thread.join(2 * LEFT_S)

    def run(self, coroutine: Coroutine[object, object, T], cancel: Cancel) -> T:
        """What `coroutine` comes to, or raises.

        On a stop it is cancelled, gets STOPPED_S to end, and StoppedError is raised, which also
        tells what went wrong on the way out. So it is with any other interruption of this thread.
        """
        work = _Work(coroutine)
        self._loop.call_soon_threadsafe(work.begin, self._loop)
        try:
            while not work.done.wait(TICK_S):
                stop_if_asked(cancel)
        except BaseException as interruption:
            self._loop.call_soon_threadsafe(work.cancel)
            work.done.wait(STOPPED_S)
            problem = work.error
            if isinstance(interruption, StoppedError) and isinstance(problem, StackwrightError):
                interruption.add(problem)
            raise
        return work.result()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            left = asyncio.all_tasks(self._loop)
            for task in left:
                task.cancel()
            if left:
                self._loop.run_until_complete(asyncio.wait(left, timeout=LEFT_S))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            self._executor.shutdown(wait=False, cancel_futures=True)
            asyncio.set_event_loop(None)
            self._loop.close()


class _Work(Generic[T]):
    """A coroutine on its way. `done` is set when it ended, however it did."""

    def __init__(self, coroutine: Coroutine[object, object, T]) -> None:
        self.done = Event()
        self.error: BaseException | None = None
        self._coroutine = coroutine
        self._value: list[T] = []
        self._task: asyncio.Task[None] | None = None

    def begin(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start it, on the loop's thread."""
        self._task = loop.create_task(self._run())
        self._task.add_done_callback(self._ended)

    def cancel(self) -> None:
        """Cancel it, on the loop's thread."""
        if self._task is not None:
            self._task.cancel()

    def result(self) -> T:
        """What it came to, or raised."""
        if self.error is not None:
            raise self.error
        return self._value[0]

    async def _run(self) -> None:
        try:
            self._value.append(await self._coroutine)
        except BaseException as error:  # noqa: BLE001 - raised where it is asked for; here, SystemExit would end the loop
            self.error = error

    def _ended(self, _: asyncio.Task[None]) -> None:
        # Cancelled before it began.
        self._coroutine.close()
        if self.error is None and not self._value:
            self.error = asyncio.CancelledError()
        self.done.set()
