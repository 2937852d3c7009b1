"""Signals become a wish to stop that every wait hears; nothing is raised amid a call."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Final, Self

_STOPPING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_Handler = Callable[[int, FrameType | None], object] | int | None


class SignalCancel:
    """`Cancel` that hears SIGINT, SIGTERM and SIGHUP while its context is entered.

    Handlers are set only in the main thread, and the earlier ones put back at the end; in another
    thread only `request` stops the run. A fork of this process does as before.
    """

    def __init__(self) -> None:
        self._process = os.getpid()
        self._asked = threading.Event()
        self._signal: int | None = None
        self._before: dict[int, _Handler] = {}
        self._times = 0

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in _STOPPING:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._heard)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        while self._before:
            number, handler = self._before.popitem()
            signal.signal(number, handler)

    def request(self, number: int) -> None:
        """Ask for a stop, as if signal `number` had come."""
        if self._signal is None:
            self._signal = number
        self._times += 1
        self._asked.set()

    def requested(self) -> int | None:
        """The first signal that came, or None."""
        return self._signal

    def urgency(self) -> int:
        """How many signals came."""
        return self._times

    def pause(self, seconds: float) -> None:
        """Wait so long, or until a stop is asked for."""
        self._asked.wait(seconds)

    def _heard(self, number: int, _frame: FrameType | None) -> None:
        if os.getpid() != self._process:
            _again(number, self._before.get(number))
            return
        self.request(number)


def raise_on_sigterm() -> Callable[[], None]:
    """From now on SIGTERM raises in the main thread, so that blocks and fixtures end in order.

    Python itself would just die. Done only in the main thread, and only where nobody else has set a
    handler; what is returned undoes it, once all who asked for it have undone it. What is raised
    ends the program, or the session of pytest.
    """
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    found = signal.getsignal(signal.SIGTERM)
    if isinstance(found, _Raising) and found.is_here():
        raising = found
    elif isinstance(found, _Raising) or found is signal.SIG_DFL:
        raising = _Raising()
        signal.signal(signal.SIGTERM, raising)
    else:
        return lambda: None
    return raising.shared()


def in_pytest() -> bool:
    """Whether this process runs tests. Then only KeyboardInterrupt ends it: pytest takes SystemExit
    for the failure of one test.
    """
    # The variable alone is inherited by the programs that a test starts.
    return "_pytest" in sys.modules and "PYTEST_VERSION" in os.environ


class _Raising:
    """The handler of SIGTERM, for all who want it in the process that made it."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self._users = 0

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        if not self.is_here():
            _again(number, signal.SIG_DFL)
            return
        if in_pytest():
            raise KeyboardInterrupt(signal.Signals(number).name)
        raise SystemExit(128 + number)

    def is_here(self) -> bool:
        """Whether it is of this process; a fork has inherited it, and nothing that it is for."""
        return os.getpid() == self._process

    def shared(self) -> Callable[[], None]:
        """One more wants it; what is returned ends that, for the last one in fact."""
        self._users += 1

        def undo() -> None:
            self._users -= 1
            if not self._users and signal.getsignal(signal.SIGTERM) is self:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)

        return undo


def _again(number: int, handler: _Handler) -> None:
    """Have this process, a fork, hear the signal as if its parent had never listened."""
    signal.signal(number, signal.SIG_DFL if handler is None else handler)
    os.kill(os.getpid(), number)
