"""A platform goes: from its cluster, with the cluster if that was made for it, and its images."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import Final

from orchestration.cluster.answering import answering
from orchestration.cluster.kind_cluster import KindCluster
from orchestration.cluster.kind_record import KindRecord
from orchestration.cluster.loop import EventLoop
from orchestration.cluster.platform_run import PlatformRun
from orchestration.cluster.removal import FIRST_S, Removal, remove
from orchestration.cluster.run_contents import read
from orchestration.engine_calls import EngineCalls
from orchestration.errors import StackwrightError, StateError, StoppedError, TeardownError
from orchestration.events import Emit, Notice, Removed
from orchestration.patience import REMOVAL_S, STOPPED_S, stop_if_asked
from orchestration.platform_place import connected
from orchestration.ports import Cancel
from orchestration.record import ClusterPlace, Hold, RunRecord
from orchestration.sharing import abandoned, hand_over, leave, mark_stopping, taken_over
from orchestration.state import SignalCancel
from orchestration.steps import step
from orchestration.wiring import Workplace, known_engine

GOES_S: Final = 120.0
"""How long a namespace may take to go: pods have 30 s to end, and finalizers need their owners."""

SWEEP_S: Final = 5.0
"""How long what dead runs left may keep one that is to come up."""

SAYS_S: Final = 1.0
"""How long a cluster may take, once its time is over, to tell what keeps the rest."""

KIND: Final = "kind"
"""The directory, in the state directory, of the clusters that were made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformRemoval:
    """Removes runs of platforms. `loop` has been entered."""

    workplace: Workplace
    loop: EventLoop
    cancel: Cancel
    emit: Emit

    def end(self, record: RunRecord, *, touched: bool = True) -> int:
        """Remove a run and forget it; the number of things removed. `touched`: False when nothing
        of it was ever made on its cluster, which need not even be there then.

        Raises TeardownError, ClusterError, EngineError and StoppedError; the watchdog goes on then.
        """
        runs, watchdogs = self.workplace.runs, self.workplace.watchdogs
        owners, clock = self.workplace.owners, self.workplace.clock
        watchdogs.watch(record.run)
        mark_stopping(runs, owners, record.run, self.emit)
        try:
            with step("remove", detail=record.run, clock=clock, emit=self.emit):
                count = self.remove(record, touched=touched)
        except StackwrightError:
            with suppress(StateError):
                hand_over(runs, owners, record.run)
            watchdogs.act(record.run)
            raise
        runs.release(record.run)
        watchdogs.over(record.run)
        return count

    def sweep(self, place: ClusterPlace) -> None:
        """Remove what dead runs of this user left where `place` is, all of them at once.

        What is not gone after SWEEP_S is told; it goes on by itself, and its record stays. Raises
        StoppedError.
        """
        runs, owners, clock = self.workplace.runs, self.workplace.owners, self.workplace.clock
        with ExitStack() as taken:
            dead = [
                each
                for each in runs.all()
                if _is_at(each, place)
                and abandoned(each, owners)
                and taken.enter_context(taken_over(runs, owners, each.run))
            ]
            if not dead:
                return
            begun = clock.now()
            detail = ", ".join(each.run for each in dead)
            with step("remove", detail=detail, clock=clock, emit=self.emit):
                ends = self.loop.run(self._swept(dead), self.cancel)
            for record, end in zip(dead, ends, strict=True):
                self._end_of_dead(record, end, begun)

    async def _swept(self, dead: Sequence[RunRecord]) -> list[Removal | StackwrightError]:
        async def gone(record: RunRecord) -> Removal | StackwrightError:
            try:
                return await self._gone(record, SWEEP_S, first_s=SWEEP_S / 2)
            except StackwrightError as error:
                return error

        return await asyncio.gather(*map(gone, dead))

    def _end_of_dead(
        self, record: RunRecord, end: Removal | StackwrightError, begun: float
    ) -> None:
        """Forget a dead run that has gone, and leave another one to a watchdog."""
        runs, watchdogs = self.workplace.runs, self.workplace.watchdogs
        try:
            if isinstance(end, StackwrightError):
                raise end
            self._told(record, end, begun)
            if record.place.builder:
                self._images(record, record.place)
        except StoppedError:
            raise
        except StackwrightError as error:
            told = str(error)
            if isinstance(error, TeardownError):
                told = f"{error.what}; it goes on by itself, `stackwright e2e clean` looks again"
            self.emit(Notice(text=told))
            with suppress(StackwrightError):
                watchdogs.watch(record.run)
            with suppress(StateError):
                hand_over(runs, self.workplace.owners, record.run)
            watchdogs.act(record.run)
        else:
            runs.release(record.run)

    def remove(self, record: RunRecord, *, touched: bool = True) -> int:
        """Remove all of a run and verify it; the number of things removed. The record stays.

        Once a signal has come there are only seconds: what is being deleted then goes on by itself,
        and what is left is told. Raises TeardownError, ClusterError, EngineError; StoppedError at
        the next signal.
        """
        place = record.place
        hurried = self.cancel.requested() is not None
        cancel: Cancel = _Next(self.cancel) if hurried else self.cancel
        problems: list[StackwrightError] = []
        count = 0
        try:
            if place.kind:
                made = kind_cluster(self.workplace, record, place)
                count = int(self.loop.run(made.delete(), cancel))
            elif touched:
                limit = STOPPED_S if hurried else GOES_S
                count = self._from_cluster(record, cancel, limit)
        except TeardownError as error:
            problems.append(error)
        if place.builder:
            count += self._images(record, place)
        if problems:
            raise problems[0]
        return count

    def _from_cluster(self, record: RunRecord, cancel: Cancel, limit: float) -> int:
        begun = self.workplace.clock.now()
        return self._told(record, self.loop.run(self._gone(record, limit), cancel), begun)

    async def _gone(self, record: RunRecord, limit: float, *, first_s: float = FIRST_S) -> Removal:
        """Raises ClusterError, when the cluster is silent as well."""
        now = asyncio.get_running_loop().time
        until = now() + limit
        silence = answering(
            limit + SAYS_S,
            record.place.context,
            fix="once it answers, `stackwright e2e clean` removes what is left of run "
            f"{record.run}",
        )
        async with silence, connected(self.workplace, record) as client:
            return await remove(
                client,
                platform_run(self.workplace, record),
                read(" ".join(record.outside)),
                deadline_s=until - now(),
                first_s=first_s,
            )

    def _told(self, record: RunRecord, removal: Removal, begun: float) -> int:
        """The number of things removed. Raises TeardownError when something is left."""
        for ref, others in removal.shared:
            self.emit(Notice(text=f"{ref} stays: run {', '.join(others)} uses it"))
        left = tuple(f"{ref}: {why}" for ref, why in removal.left)
        self.emit(
            Removed(
                count=len(removal.removed),
                left=left,
                elapsed_s=self.workplace.clock.now() - begun,
            )
        )
        if left:
            raise TeardownError(
                f"run {record.run} of {record.noun} {record.stack} is not gone from context "
                f"{record.place.context}: {'; '.join(left)}",
                fix="`stackwright e2e clean` goes on with it",
            )
        return len(removal.removed)

    def _images(self, record: RunRecord, place: ClusterPlace) -> int:
        with (
            self.workplace.connect_to(
                replace(record, engine=place.builder, url=place.builder_url)
            ) as engine,
            EngineCalls.to(
                engine,
                clock=self.workplace.clock,
                cancel=self.cancel,
                deadline=self.workplace.clock.now() + REMOVAL_S,
            ) as calls,
        ):
            return calls.tear_down(record.run, emit=self.emit, limit=REMOVAL_S)


def give_back(workplace: Workplace, run: RunRecord, hold: Hold, emit: Emit) -> None:
    """End the use of a run; the last one out takes it down.

    Raises TeardownError, ClusterError, EngineError; StoppedError when a signal came.
    """
    last = leave(workplace.runs, workplace.owners, run.run, hold)
    if last is None:
        workplace.watchdogs.over(run.run)
        return
    with SignalCancel() as cancel, EventLoop() as loop:
        PlatformRemoval(workplace=workplace, loop=loop, cancel=cancel, emit=emit).end(last)
        stop_if_asked(cancel)


def platform_run(workplace: Workplace, record: RunRecord) -> PlatformRun:
    """The run as it is marked on the cluster."""
    return PlatformRun(
        run=record.run,
        platform=record.stack,
        owner=record.owner,
        lifetime=record.lifetime,
        state=workplace.runs.identity,
        created=record.created,
    )


def kind_cluster(workplace: Workplace, record: RunRecord, place: ClusterPlace) -> KindCluster:
    """The cluster that was made, or is to be made, for a run."""
    return KindCluster(
        record=KindRecord(
            name=place.kind,
            run=record.run,
            owner=record.owner,
            engine=known_engine(place.builder),
            created=record.created,
        ),
        directory=workplace.home / KIND,
        environ=workplace.environ,
        ports=dict(place.published),
    )


def _is_at(record: RunRecord, place: ClusterPlace) -> bool:
    """Whether the run is on that very cluster, which was not made for it."""
    there = record.cluster
    if there is None or there.kind:
        return False
    return (there.kubeconfig, there.context) == (place.kubeconfig, place.context)


class _Next:
    """A Cancel that hears the signals after those that came already."""

    def __init__(self, cancel: Cancel) -> None:
        self._cancel = cancel
        self._before = cancel.urgency()

    def requested(self) -> int | None:
        return self._cancel.requested() if self._cancel.urgency() > self._before else None

    def urgency(self) -> int:
        return self._cancel.urgency() - self._before

    def pause(self, seconds: float) -> None:
        self._cancel.pause(seconds)
