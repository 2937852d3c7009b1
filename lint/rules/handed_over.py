"""What one entry leaves to another: a start whose tests come elsewhere, a pause for it there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from lint.effects import (
    AnyEffect,
    Command,
    Compose,
    Context,
    Removal,
    RunsTests,
    Skip,
    Sleep,
    Start,
    Trace,
    Wait,
)
from lint.model import Place, Severity
from lint.project import Project
from lint.rules.readiness import SHORTEST, Ungated, holds
from lint.rules.scope import of_tests

_IDLE: Final = frozenset(
    ("echo", "printf", "cd", "export", "set", "mkdir", "true", ":", "date", "cat", "sleep", "clear")
)
"""Programs that start nothing a pause could be for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A recipe or a suite begins with a pause, and starts nothing that it could be for."""

    trace: Trace
    sleep: Sleep


class HandedOver:
    """The recipes and jobs of a project that go on with what others started."""

    def __init__(self, project: Project) -> None:
        live = [one for one in project.live if one.entry.kind in ("recipe", "job")]
        judged = [one for one in live if of_tests(one, Severity.ERROR) is not None]
        recipes = [one for one in judged if one.entry.kind == "recipe"]
        self._tested = frozenset(place for one in judged for place in _tested(one))
        self._waiting = [one for one in recipes if _waits_first(one.effects)]
        self._of_recipes = _pauses(recipes, _pauses_first)
        suites = [one for one in project.live if one.entry.kind == "suite"]
        self._of_suites = _pauses(suites, _only_pauses)
        self.pauses = (*self._of_recipes, *self._of_suites)

    def pauses_for(self, trace: Trace, one: Ungated) -> Iterator[Pause]:
        """Where recipes pause for what a recipe of the same file starts and leaves running, and
        suites for what is started before they are run."""
        for pause in self._of_recipes if _left_running(trace, one) else ():
            if _beside(pause.trace, trace):
                yield pause
        if isinstance(one.before, RunsTests) and one.sleep is None:
            yield from (each for each in self._of_suites if holds(one.before, each.trace))

    def judged_elsewhere(self, trace: Trace, one: Ungated) -> bool:
        """Whether another trace tells if a start is waited for: it runs the tests, or begins with
        a wait or a pause."""
        if trace.entry.kind == "script" and one.before is None:
            return one.start.at in self._tested
        if any(self.pauses_for(trace, one)):
            return True
        return _left_running(trace, one) and (
            one.start.at in self._tested or any(_beside(other, trace) for other in self._waiting)
        )


def _pauses(
    traces: Iterable[Trace], pausing: Callable[[tuple[AnyEffect, ...]], Sleep | None]
) -> tuple[Pause, ...]:
    found = ((one, pausing(one.effects)) for one in traces)
    return tuple(Pause(trace=one, sleep=sleep) for one, sleep in found if sleep is not None)


def _left_running(trace: Trace, one: Ungated) -> bool:
    return trace.entry.kind == "recipe" and one.before is None and one.sleep is None


def _beside(one: Trace, other: Trace) -> bool:
    """Whether they are two recipes of one file."""
    return one.entry.place.path == other.entry.place.path and one.entry.place != other.entry.place


def _tested(trace: Trace) -> Iterator[Place]:
    """Where containers are started that tests are run against afterwards."""
    started: set[Place] = set()
    for effect in trace.effects:
        if isinstance(effect, Start | Compose):
            started.add(effect.at)
        elif isinstance(effect, RunsTests):
            yield from started


def _waits_first(effects: tuple[AnyEffect, ...]) -> bool:
    first = next((one for one in effects if isinstance(one, Wait | Start | Compose)), None)
    return isinstance(first, Wait)


def _pauses_first(effects: tuple[AnyEffect, ...]) -> Sleep | None:
    """The pause that comes first, when tests come next."""
    sleep: Sleep | None = None
    for effect in effects:
        match effect:
            case RunsTests():
                return sleep
            case Sleep() if not (effect.context.handler or effect.context.loop):
                sleep = sleep or (effect if _long(effect) else None)
            case Command() if sleep is not None or _idle(effect):
                continue
            case Wait() | Start() | Compose(verb="up" | "start" | "run") | Command():
                return None
            case Removal():
                continue
            case _ if sleep is None:
                return None
    return None


def _only_pauses(effects: tuple[AnyEffect, ...]) -> Sleep | None:
    """The pause of a suite's fixtures and hooks, when they do nothing else."""
    sleep: Sleep | None = None
    for effect in effects:
        match effect:
            case Sleep(context=Context(phase="setup")) if _long(effect):
                sleep = sleep or effect
            case Start() | Compose() | Wait():
                return None
            case Sleep() | Skip():
                continue
            case _ if effect.context.phase != "test":
                return None
    return sleep


def _long(sleep: Sleep) -> bool:
    return sleep.seconds is None or sleep.seconds >= SHORTEST


def _idle(command: Command) -> bool:
    if command.context.concurrent or not command.argv:
        return False
    return all(text.shown.rpartition("/")[2] in _IDLE for text in command.argv[0])
