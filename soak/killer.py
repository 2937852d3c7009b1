"""Ends one component at a moment chosen beforehand, and remembers when it died."""

from __future__ import annotations

import os
import select
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

DIES_WITHIN_S: Final = 10.0

WAYS: Final[Mapping[str, Mapping[str, signal.Signals]]] = MappingProxyType(
    {
        # Neither server has a way to end with 1 when it is asked to end.
        "postgres": {"SIGKILL": signal.SIGKILL, "exit 0": signal.SIGINT},
        "redis": {"SIGKILL": signal.SIGKILL, "exit 0": signal.SIGTERM},
        "app": {"SIGKILL": signal.SIGKILL, "exit 0": signal.SIGUSR1, "exit 1": signal.SIGUSR2},
        "late": {"SIGKILL": signal.SIGKILL, "exit 0": signal.SIGUSR1, "exit 1": signal.SIGUSR2},
    }
)
"""Signals by component and by what they do to it.

SIGKILL is sent from the machine, as the kernel does when memory runs out: the first process of a
container is immune to one from inside.
"""

LATEST_S: Final[Mapping[str, float]] = MappingProxyType(
    {"postgres": 6.0, "redis": 4.0, "app": 3.0, "late": 2.0}
)
"""By component, the latest moment after its start (or its gate): most of them fall on the start or
the gate of another one, some on the gate of `late`."""


def cue(victim: str, how: str) -> str:
    """The step of the victim at whose end its time begins, "" for its first answer.

    A signal that ends a component in order does nothing, or something else, before its gate is
    open; the gate of `late` never opens.
    """
    if how == "SIGKILL":
        return "start"
    return "" if victim == "late" else "gate"


@dataclass(slots=True, kw_only=True)
class Killer:
    """`find` tells the victim's pid; `delay` counts from `begin`.

    `acted`, `died`: on the monotonic clock, the moment before the signal, and that of the death. Of
    what ends at once they are the same; a server that ends in order died when its process was seen
    gone, which the run may have seen a little earlier. `problem`: why nothing died.
    """

    find: Callable[[], int | None]
    number: signal.Signals
    delay: float
    orderly: bool
    acted: float | None = None
    died: float | None = None
    problem: str = ""
    _thread: threading.Thread | None = field(default=None, init=False)

    def begin(self) -> None:
        """Start the clock."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._act, daemon=True)
            self._thread.start()

    def wait(self) -> None:
        """Until it is over."""
        if self._thread is None:
            self.problem = "the moment to kill never came"
        else:
            self._thread.join()

    def _act(self) -> None:
        time.sleep(self.delay)
        try:
            pid = self.find()
            if pid is None:
                self.problem = "it had no process"
                return
            handle = os.pidfd_open(pid)
        except OSError as error:
            self.problem = f"it could not be found: {error}"
            return
        try:
            self._kill(handle)
        except OSError as error:
            self.problem = f"it could not be killed: {error}"
        finally:
            os.close(handle)

    def _kill(self, handle: int) -> None:
        self.acted = time.monotonic()
        signal.pidfd_send_signal(handle, self.number)
        gone = select.poll()
        gone.register(handle, select.POLLIN)
        if not gone.poll(DIES_WITHIN_S * 1000):
            self.problem = f"it lived on after {self.number.name}"
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            return
        self.died = time.monotonic() if self.orderly else self.acted
