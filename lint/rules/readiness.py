"""Which containers are started without a readiness wait before what depends on them (R7).

A datastore does not depend on another datastore: `PostgreSQL, Redis, wait, wait, application` is
fine. Migrations and application services depend on all that was started before them, the tests
on everything. A wait that cannot be told to be another container's counts for all that are open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from lint.effects import AnyEffect, Compose, RunsTests, Sleep, Start, Trace, Wait
from lint.project import Project
from lint.rules.argv import Argv
from lint.rules.functions import Functions
from lint.rules.images import Built, Role, images, role
from lint.rules.likeness import contains
from lint.rules.sequences import same_component, sequences

_DEPENDS: Final = (Role.APPLICATION, Role.MIGRATIONS)
_DATASTORES: Final = (Role.POSTGRES, Role.REDIS, Role.BACKING)
SHORTEST: Final = 1.0
"""A pause below this many seconds is pacing, not waiting."""
_WORDS: Final = {
    Role.POSTGRES: ("pg_isready", "postgres", "psql", "pgx", "psycopg", ":5432"),
    Role.REDIS: ("redis", "valkey", ":6379"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ungated:
    """A start that nothing waits for. `sleep`: a fixed pause stands where the wait should be;
    `before`: what is begun instead, None: nothing, no wait follows at all."""

    start: Start | Compose
    role: Role
    sleep: Sleep | None = None
    before: Start | RunsTests | None = None


@dataclass(slots=True)
class _Open:
    start: Start | Compose
    role: Role
    sleep: Sleep | None = None


@dataclass(slots=True)
class _Walk:
    """Through one sequence."""

    built: Built
    argv: Argv
    elsewhere: tuple[Wait, ...]
    open: list[_Open] = field(default_factory=list)
    known: list[_Open] = field(default_factory=list)

    def take(self, effect: AnyEffect) -> Iterator[Ungated]:
        match effect:
            case Start():
                yield from self._start(effect)
            case Compose(verb="up" | "start"):
                if not self.argv.holds(effect.at, "--wait", "--abort-on-container-exit"):
                    self.open.append(_Open(effect, Role.OTHER))
            case Wait():
                self._wait(effect)
            case Sleep():
                if effect.seconds is None or effect.seconds >= SHORTEST:
                    for one in self.open:
                        one.sleep = one.sleep or effect
            case RunsTests():
                yield from self._end(effect)

    def end(self) -> Iterator[Ungated]:
        """The sequence is over: what is still open must be waited for elsewhere."""
        yield from self._end(None)

    def _start(self, start: Start) -> Iterator[Ungated]:
        kind = role(start, self.built)
        if kind in _DEPENDS:
            for one in tuple(self.open):
                if isinstance(one.start, Start) and same_component(one.start, start):
                    continue
                if isinstance(one.start, Start) and not start.context.concurrent:
                    self.open.remove(one)
                    yield Ungated(start=one.start, role=one.role, sleep=one.sleep, before=start)
        if _lasts(start):
            here = _Open(start, kind)
            self.known.append(here)
            if not start.waits:
                self.open.append(here)

    def _wait(self, wait: Wait) -> None:
        meant = _meant(wait, self.known)
        if _over(wait) and not meant:
            return
        self.open = [one for one in self.open if meant and one not in meant]

    def _end(self, before: RunsTests | None) -> Iterator[Ungated]:
        for one in self.open:
            if not any(self._serves(wait, one) for wait in self.elsewhere):
                yield Ungated(start=one.start, role=one.role, sleep=one.sleep, before=before)
        self.open.clear()

    def _serves(self, wait: Wait, one: _Open) -> bool:
        meant = _meant(wait, self.known)
        return one in meant or not (meant or _over(wait))


def ungated(
    trace: Trace, project: Project, functions: Functions, built: Built
) -> Iterator[Ungated]:
    """The starts of a trace that no wait follows in time."""
    apart = list(sequences(trace, functions))
    argv = Argv(trace)
    for at, sequence in enumerate(apart):
        if not any(isinstance(effect, Start | Compose) for effect in sequence):
            continue
        others = [one for other in apart[:at] + apart[at + 1 :] for one in other]
        elsewhere = [one for one in others if isinstance(one, Wait)]
        runs = [effect for effect in sequence if isinstance(effect, RunsTests)]
        elsewhere += _of_suites(project, runs)
        walk = _Walk(built, argv, tuple(elsewhere))
        for effect in sequence:
            yield from walk.take(effect)
        yield from walk.end()


def _of_suites(project: Project, runs: Iterable[RunsTests]) -> Iterable[Wait]:
    """What the suites that a recipe runs wait for themselves."""
    runs = tuple(runs)
    for trace in project.live:
        if trace.entry.kind == "suite" and any(holds(one, trace) for one in runs):
            yield from (one for one in trace.effects if isinstance(one, Wait))


def holds(runs: RunsTests, suite: Trace) -> bool:
    """Whether a test runner's paths hold the suite; no paths, or a pattern, hold any."""
    directory = f"{suite.entry.place.path.rpartition('/')[0]}/"
    heads = [path.removeprefix("./").partition("...")[0].strip("/") for path in runs.paths]
    return not heads or any(
        not head or "*" in head or f"{head}/" in directory or suite.entry.place.path == head
        for head in heads
    )


def _lasts(start: Start) -> bool:
    """A container that stays: not one that runs to its end, nor one of which nothing is known."""
    if start.one_shot or any(image.tool for image in images(start.image)):
        return False
    return bool(start.image or start.name)


def _meant(wait: Wait, known: Iterable[_Open]) -> list[_Open]:
    """The containers that the wait surely looks at, none: it may be any."""
    started = [one for one in known if isinstance(one.start, Start)]
    surely = [one for one in started if _names(wait, one)]
    if surely or wait.how != "database":
        return surely
    return [one for one in started if one.role in _DATASTORES]


def _over(wait: Wait) -> bool:
    """Whether it waits for a container's end, which says nothing of any other."""
    return wait.how == "exit"


def _names(wait: Wait, one: _Open) -> bool:
    """Whether what it looks at has the container's name, port or kind."""
    target = wait.target
    if isinstance(one.start, Compose):
        return False
    if any(contains(target, name) for name in one.start.name if name.shown):
        return True
    if _over(wait):
        return target in one.start.image
    if any(_port_in(target.shown, host.known) for host, _ in one.start.ports):
        return True
    shown = target.shown.lower()
    return any(word in shown for word in _WORDS.get(one.role, ()))


def _port_in(target: str, port: str | None) -> bool:
    return bool(port) and port != "0" and f":{port}" in target
