"""How long an answer of the engine is awaited: for the run, for evidence, for the removal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from signal import Signals
from typing import Final, Protocol

from orchestration.errors import SilenceError, StoppedError
from orchestration.ports import Cancel, Clock

EVIDENCE_S: Final = 3.0
"""How long each piece of evidence is awaited."""

LOOK_S: Final = 5.0
"""How long an engine may be silent to those who only want to know what there is."""

FIND_S: Final = 8.0
"""How long finding the engine may take them: each place that is silent costs 2 s, and a Podman
service of our own may have to start.
"""

REMOVAL_S: Final = 60.0
"""How long a teardown may take when nobody is in a hurry."""

STOPPED_S: Final = 3.5
"""How long it may take once a signal has come: all must be over within 6 s on a busy machine too,
because CI kills 10 s after its first signal.
"""

SILENT_S: Final = 10.0
"""How long it may take when the engine let the run's deadline pass without an answer."""

TURN_S: Final = 10.0
"""How long a removal keeps those that should follow it. One of a busy engine takes 3 s."""

WATCHDOG: Final = "the run's watchdog goes on trying; `stackwright stack clean` does it too"


class Patience(Protocol):
    """Decides when waiting for the engine is over."""

    def begin(self, call: str, at_least: float) -> Callable[[], None]:
        """Raise when no call may begin any more; else what to ask while `call` is on its way.

        What is returned raises when waiting is over. `at_least`: seconds the call gets even when
        time is nearly up.
        """
        ...


def stop_if_asked(cancel: Cancel) -> None:
    """Raise StoppedError when a stop was requested."""
    signal = cancel.requested()
    if signal is not None:
        raise StoppedError(f"stopped by {Signals(signal).name}", signal=signal)


@dataclass(frozen=True, slots=True)
class RunPatience:
    """Until a stop is requested, or until `deadline` on the clock."""

    clock: Clock
    cancel: Cancel
    deadline: float

    def begin(self, call: str, at_least: float) -> Callable[[], None]:
        """As Patience says."""
        begun = self.clock.now()
        until = max(self.deadline, begun + at_least)

        def still() -> None:
            stop_if_asked(self.cancel)
            now = self.clock.now()
            if now >= until:
                raise SilenceError(
                    f"the engine let the run's deadline pass without an answer ({call})",
                    why=f"the call has been on its way for {now - begun:.1f} s",
                    fix="see whether the engine still answers (`stackwright stack doctor`); if it "
                    "is only slow, raise the `deadline` of the stack",
                )

        stop_if_asked(self.cancel)
        return still


@dataclass(slots=True)
class BriefPatience:
    """A few seconds a call. None at all once a call was not answered or a stop was requested.

    `limit`: how many. `who` is asked, and `fix` is what to do when it does not answer.
    """

    clock: Clock
    cancel: Cancel
    limit: float = EVIDENCE_S
    who: str = "the engine"
    fix: str = ""
    _silent: bool = field(default=False, init=False)

    def begin(self, call: str, at_least: float) -> Callable[[], None]:  # noqa: ARG002 - as Patience
        """As Patience says."""
        until = self.clock.now() + self.limit

        def still() -> None:
            stop_if_asked(self.cancel)
            if self._silent or self.clock.now() >= until:
                self._silent = True
                raise SilenceError(
                    f"{self.who} did not answer within {self.limit:g} s ({call})",
                    why="it accepts connections, and says nothing" if self.fix else "",
                    fix=self.fix,
                )

        stop_if_asked(self.cancel)
        if self._silent:
            still()
        return still


class RemovalPatience:
    """For `limit` seconds, or STOPPED_S after the first signal; `broken_off_at` signals end it.

    `broken_off_at` 1 is for the removal of what others left: whoever wants to stop need not wait
    for that.
    """

    def __init__(
        self, clock: Clock, cancel: Cancel, *, limit: float = REMOVAL_S, broken_off_at: int = 3
    ) -> None:
        self._clock = clock
        self._cancel = cancel
        self._broken_off_at = broken_off_at
        self._started = clock.now()
        self._until = self._started + limit
        self._stopped = False

    @property
    def hurried(self) -> bool:
        """Whether the user has insisted: nothing is done then that only makes it more certain."""
        return self._cancel.urgency() >= 2

    def begin(self, call: str, at_least: float) -> Callable[[], None]:  # noqa: ARG002 - as Patience
        """As Patience says."""
        self.still()
        return self.still

    def turn_is_over(self, begun: float) -> bool:
        """Whether what began at `begun` on the clock has had its turn, TURN_S or half of the time
        there was, and the rest goes on beside it. Raises as `still`.
        """
        self.still()
        now = self._clock.now()
        return now - begun >= min(TURN_S, self._until - now)

    def still(self) -> None:
        """Raise SilenceError when time is up, and StoppedError at the last signal."""
        now = self._clock.now()
        signal = self._cancel.requested()
        if signal is not None and not self._stopped:
            self._stopped = True
            self._until = min(self._until, now + STOPPED_S)
        if signal is not None and self._cancel.urgency() >= self._broken_off_at:
            name = Signals(signal).name
            if self._broken_off_at == 1:
                raise StoppedError(f"stopped by {name}", signal=signal)
            raise StoppedError(
                f"stopped by {name} at once; the watchdog goes on removing", signal=signal
            )
        if now >= self._until:
            raise SilenceError(f"no answer of the engine within {now - self._started:.1f} s")
