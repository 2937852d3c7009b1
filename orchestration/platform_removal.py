"""A platform goes: from its cluster, with the cluster if that was made for it, and its images."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from orchestration.cluster.kind_cluster import KindCluster
from orchestration.cluster.kind_record import KindRecord
from orchestration.cluster.loop import EventLoop
from orchestration.cluster.platform_run import PlatformRun
from orchestration.cluster.removal import Removal, remove
from orchestration.engine_calls import EngineCalls
from orchestration.errors import StackwrightError, StoppedError, TeardownError
from orchestration.events import Emit, Notice, Removed
from orchestration.patience import REMOVAL_S, STOPPED_S, stop_if_asked
from orchestration.platform_place import connected
from orchestration.ports import Cancel
from orchestration.record import ClusterPlace, Hold, Phase, RunRecord
from orchestration.sharing import abandoned, hand_over, leave, taken_over
from orchestration.state import SignalCancel
from orchestration.steps import step
from orchestration.wiring import Workplace, known_engine

GOES_S: Final = 120.0
"""How long a namespace may take to go: pods have 30 s to end, and finalizers need their owners."""

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
        here = owners.here()
        runs.change(record.run, lambda now: replace(now, phase=Phase.STOPPING, starter=here))
        try:
            with step("remove", detail=record.run, clock=clock, emit=self.emit):
                count = self.remove(record, touched=touched)
        except StackwrightError:
            hand_over(runs, owners, record.run)
            watchdogs.act(record.run)
            raise
        runs.release(record.run)
        watchdogs.over(record.run)
        return count

    def sweep(self, place: ClusterPlace) -> None:
        """Remove what dead runs of this user left where `place` is. What cannot be removed is told,
        and left to `e2e clean`. Raises StoppedError.
        """
        for record in self.workplace.runs.all():
            if record.cluster is None or not abandoned(record, self.workplace.owners):
                continue
            there = record.place
            if (there.kubeconfig, there.context) != (place.kubeconfig, place.context):
                continue
            with taken_over(self.workplace.runs, self.workplace.owners, record.run) as ours:
                if not ours:
                    continue
                try:
                    self.end(record)
                except StoppedError:
                    raise
                except StackwrightError as error:
                    self.emit(Notice(text=str(error)))

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
                self.loop.run(made.delete(), cancel)
                count = 1
            elif touched:
                limit = STOPPED_S if hurried else GOES_S
                count = self._from_cluster(record, place, cancel, limit)
        except TeardownError as error:
            problems.append(error)
        if place.builder:
            count += self._images(record, place)
        if problems:
            raise problems[0]
        return count

    def _from_cluster(
        self, record: RunRecord, place: ClusterPlace, cancel: Cancel, limit: float
    ) -> int:
        run = platform_run(self.workplace, record)

        async def go() -> Removal:
            async with connected(self.workplace, record) as client:
                return await remove(client, run, {}, deadline_s=limit)

        begun = self.workplace.clock.now()
        removal = self.loop.run(go(), cancel)
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
                f"run {record.run} of platform {record.stack} is not gone from context "
                f"{place.context}: {'; '.join(left)}",
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
