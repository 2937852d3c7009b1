"""The one loop that waits: looks at a gate until it opens, or until waiting is pointless."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypedDict

from orchestration.background import TICK_S
from orchestration.model import Failed, NotYet, Pacing, Ready, State, Verdict
from orchestration.ports import Cancel, Clock

CONFIRM_S: Final = 0.05
"""How soon the second of two looks follows the first, however seldom the gate looks otherwise."""

KEPT: Final = 5
"""How many distinct answers a result carries."""

LOOK_S: Final = 0.1
"""How old the last look at a component may be, whatever is waited for; a tick comes on top."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """What all outcomes share.

    `elapsed_s`: seconds since the first look. `looks`: how often the gate looked. `answers`: the
    last five distinct answers before the gate opened, the latest at the end, each with its times:
    `0.0-2.1 s, 14 times: connection refused`.
    """

    elapsed_s: float
    looks: int
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(_Held):
    """The gate opened with `answer`, and the component lived on. `lasting`: see Ready."""

    answer: str
    lasting: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Died(_Held):
    """The component is not alive."""

    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedOut(_Held):
    """Time ran out: the run's when `by_deadline`, else the gate's own."""

    by_deadline: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(_Held):
    """The gate said that waiting cannot help."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled(_Held):
    """A stop was requested by this signal."""

    signal: int


Held = Opened | Died | TimedOut | Refused | Cancelled


def hold(
    probe: Callable[[Callable[[], None]], Verdict],
    pacing: Pacing,
    *,
    look: Callable[[], State],
    still: Callable[[], None],
    clock: Clock,
    cancel: Cancel,
    on_answer: Callable[[str, float], None],
    deadline: float | None,
) -> Held:
    """Probe a gate as `pacing` says, for its timeout or until `deadline` on `clock`.

    `probe` looks at the gate once; on every tick of its wait it calls what it is given, and passes
    on what that raises. `look` tells the component's state. It is asked before each probe, so that
    a death ends the wait whatever the probe would say, LOOK_S later at the latest however slow the
    probe or long the pause, and after the last one: a component that answers and dies is not ready.
    `still` is asked on every tick and may raise.
    `on_answer` gets each answer short of opening but the first of several good ones, and the
    seconds since the start. A last probe is
    made when time is up, so that the wait is longer than its limit by one probe, and the one that
    confirms it, at the most. What `look`, `still` and the probe raise (EngineError) passes through.
    """
    watch = _Watch(clock)
    vigil = _Vigil(look, still, clock)
    own = watch.started + pacing.timeout
    limit = own if deadline is None else min(own, deadline)
    pauses = pacing.intervals()
    in_a_row = 0
    try:
        while True:
            signal = cancel.requested()
            if signal is not None:
                return Cancelled(signal=signal, **watch.tally())
            vigil.look()
            verdict = probe(vigil.keep)
            watch.looks += 1
            in_a_row = in_a_row + 1 if isinstance(verdict, Ready) else 0
            opened = in_a_row >= pacing.successes
            if not opened:
                answer, elapsed = watch.note(_in_words(verdict, in_a_row, pacing.successes))
                # The first of a row is no news: the next look follows at once.
                if in_a_row != 1:
                    on_answer(answer, elapsed)
            confirming = in_a_row == 1 and pacing.successes == 2
            late = clock.now() >= limit and not confirming
            if opened or isinstance(verdict, Failed) or late:
                vigil.look()
                match verdict:
                    case Ready(answer, lasting) if opened:
                        return Opened(answer=answer, lasting=lasting, **watch.tally())
                    case Failed(reason):
                        return Refused(reason=reason, **watch.tally())
                    case _:
                        return TimedOut(by_deadline=limit < own, **watch.tally())
            if confirming:
                until = clock.now() + min(pacing.interval, CONFIRM_S)
            else:
                pause = pacing.interval if in_a_row else next(pauses)
                until = min(clock.now() + pause, limit)
            while (left := until - clock.now()) > 0 and cancel.requested() is None:
                vigil.keep()
                cancel.pause(min(left, TICK_S))
    except _DeathError as death:
        return Died(state=death.state, **watch.tally())


class _DeathError(Exception):
    """The component was seen dead. Ends a probe and a pause; nobody outside of `hold` sees it."""

    def __init__(self, state: State) -> None:
        self.state = state
        super().__init__(state)


class _Vigil:
    """Looks at the component. Raises _DeathError when it is not alive."""

    def __init__(self, look: Callable[[], State], still: Callable[[], None], clock: Clock) -> None:
        self._look = look
        self._still = still
        self._clock = clock
        self._due = 0.0

    def look(self) -> None:
        """Look now."""
        self._still()
        state = self._look()
        if not state.alive:
            raise _DeathError(state)
        self._due = self._clock.now() + LOOK_S

    def keep(self) -> None:
        """Look if the last look is too old."""
        if self._clock.now() >= self._due:
            self.look()
        else:
            self._still()


class _Tally(TypedDict):
    elapsed_s: float
    looks: int
    answers: tuple[str, ...]


@dataclass(slots=True)
class _Heard:
    first: float
    last: float
    times: int


class _Watch:
    """Counts looks and remembers answers."""

    def __init__(self, clock: Clock) -> None:
        self.started = clock.now()
        self.looks = 0
        self._clock = clock
        self._heard: dict[str, _Heard] = {}

    def note(self, answer: str) -> tuple[str, float]:
        """Remember an answer as the latest; it, and the seconds since the start."""
        elapsed = self._clock.now() - self.started
        heard = self._heard.pop(answer, _Heard(elapsed, elapsed, 0))
        heard.last = elapsed
        heard.times += 1
        self._heard[answer] = heard
        if len(self._heard) > KEPT:
            del self._heard[next(iter(self._heard))]
        return answer, elapsed

    def tally(self) -> _Tally:
        """What every outcome carries."""
        answers = tuple(f"{_when(heard)}: {answer}" for answer, heard in self._heard.items())
        return _Tally(elapsed_s=self._clock.now() - self.started, looks=self.looks, answers=answers)


def _when(heard: _Heard) -> str:
    if heard.times == 1:
        return f"{heard.first:.1f} s"
    return f"{heard.first:.1f}-{heard.last:.1f} s, {heard.times} times"


def _in_words(verdict: Verdict, in_a_row: int, wanted: int) -> str:
    match verdict:
        case Ready():
            return f"ready, {in_a_row} of {wanted} in a row"
        case NotYet(reason) | Failed(reason):
            return reason
