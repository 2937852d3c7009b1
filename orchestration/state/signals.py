"""Signals become a wish to stop that every wait hears; nothing is raised amid a call."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Final, Self

_STOPPING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_Handler = Callable[[int, FrameType | None], object] | int | None


class SignalCancel:
    """`Cancel` that hears SIGINT, SIGTERM and SIGHUP while its context is entered.

    Handlers are set only in the main thread, and the earlier ones put back at the end; in another
    thread only `request` stops the run.
    """

    def __init__(self) -> None:
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
        self.request(number)


def raise_on_sigterm(error: Callable[[], BaseException]) -> Callable[[], None]:
    """From now on SIGTERM raises in the main thread, so that blocks and fixtures end in order.

    Python itself would just die. Done only in the main thread, and only where nobody has set a
    handler before; what is returned undoes it.
    """
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        return lambda: None

    def heard(_number: int, _frame: FrameType | None) -> None:
        raise error()

    signal.signal(signal.SIGTERM, heard)

    def undo() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    return undo
