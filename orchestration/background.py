"""Work on daemon threads: whoever waits for it may stop waiting, and the process may still end.

`concurrent.futures` joins its threads when the interpreter exits, and so a call that hangs would
keep the process for as long.
"""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
TICK_S: Final = 0.05
"""How often whoever waits looks whether waiting is over."""


class Job(Generic[T_co]):
    """One piece of work on its way. `makes`: what it may still bring into being, "" for nothing."""

    __slots__ = ("_error", "_running", "_value", "_work", "makes")

    def __init__(self, work: Callable[[], T_co], makes: str = "") -> None:
        self.makes = makes
        self._work = work
        self._value: list[T_co] = []
        self._error: BaseException | None = None
        self._running = Lock()
        self._running.acquire()

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, after so many seconds at the most."""
        if not self._running.acquire(timeout=seconds):
            return False
        self._running.release()
        return True

    def result(self, still: Callable[[], None]) -> T_co:
        """What the work came to, or raised.

        `still` is asked on every tick and ends the waiting by raising. The work goes on then, and
        nobody hears of it any more.
        """
        while not self.wait(TICK_S):
            still()
        if self._error is not None:
            raise self._error
        return self._value[0]

    def run(self) -> None:
        """Do the work; nobody sees that it ended before `end`."""
        try:
            self._value.append(self._work())
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is asked for
            self._error = error

    def end(self) -> None:
        """Wake whoever waits."""
        self._running.release()


class Background:
    """Daemon threads that are kept for the next piece of work, and let go when the context ends.

    There are as many as there was work at once. A thread whose work hangs is simply not used again.
    `made`: whether any work was begun that may leave something behind.
    """

    def __init__(self) -> None:
        self.made = False
        self._idle: list[SimpleQueue[_AnyJob | None]] = []
        self._making: set[_AnyJob] = set()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._closed = True
        self._dismiss()

    def begin(self, work: Callable[[], T], *, makes: str = "") -> Job[T]:
        """Begin `work` at once. `makes`: what it may leave behind when nobody waits for it."""
        job = Job(work, makes)
        if makes:
            self.made = True
            self._making.add(job)
        try:
            # The one that was busy last: its stack is still in the processor's cache.
            inbox = self._idle.pop()
        except IndexError:
            inbox = SimpleQueue()
            Thread(target=self._serve, args=(inbox,), name="stackwright", daemon=True).start()
        inbox.put(job)
        return job

    def making(self) -> tuple[str, ...]:
        """What is still being made, whether or not anybody waits for it."""
        return tuple(sorted({job.makes for job in self._making.copy()}))

    def settled(self, seconds: float) -> bool:
        """Whether nothing is being made any more, after so many seconds at the most."""
        for job in self._making.copy():
            return job.wait(seconds) and not self._making
        return True

    def _serve(self, inbox: SimpleQueue[_AnyJob | None]) -> None:
        while (job := inbox.get()) is not None:
            job.run()
            self._making.discard(job)
            # Before the end is told, so that the next call finds this thread idle.
            self._idle.append(inbox)
            job.end()
            del job
            if self._closed:
                self._dismiss()

    def _dismiss(self) -> None:
        while self._idle:
            try:
                self._idle.pop().put(None)
            except IndexError:
                return


_AnyJob = Job[object]
