"""The whole sequence of a run, over ports alone: claim, sweep, network, images, then component by
component through its gate; and on any failure evidence first, then everything away again.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from math import inf
from uuid import UUID

from orchestration.claim import claim
from orchestration.engine_calls import EngineCalls
from orchestration.errors import SilenceError, StackwrightError, StateError, StoppedError
from orchestration.events import Emit, Notice, RunReady, RunStarted
from orchestration.images_ahead import ImagesAhead
from orchestration.model import Label, Lifetime
from orchestration.patience import REMOVAL_S, SILENT_S
from orchestration.ports import Cancel, Clock, Engine, Owners, Runs, Watchdogs
from orchestration.proof import Proof, in_turn
from orchestration.record import Hold, Phase, RunRecord
from orchestration.run_plan import RunPlan
from orchestration.running import RunningStack, endpoints_of
from orchestration.sharing import (
    hand_over,
    join,
    leave,
    mark_stopping,
    mark_wreck,
    taken_over,
)
from orchestration.stack import Component, Stack
from orchestration.startup import Startup
from orchestration.steps import step
from orchestration.sweep import Judgement, judge, stale_records
from orchestration.tags import network_name, short


@dataclass(slots=True, kw_only=True)
class Runner:
    """Brings stacks up and takes them down on one engine.

    `on_failure` is told of every failure, with a way to the components' whole logs, before anything
    is removed.
    """

    engine: Engine
    runs: Runs
    owners: Owners
    watchdogs: Watchdogs
    clock: Clock
    cancel: Cancel
    emit: Emit
    new_uuid: Callable[[], UUID]
    on_failure: Callable[[StackwrightError, Callable[[str], str]], None]

    def up(self, plan: RunPlan) -> RunningStack:
        """Bring the stack up; return when every gate has opened.

        Raises what `errors` lists, at the latest soon after the deadline of the plan. Whatever is
        raised, everything the run created has been removed first, unless the plan keeps the wreck,
        the engine does not answer, or the user insists on leaving at once.
        """
        started = self.clock.now()
        record = plan.record(
            run=short(self.new_uuid()),
            engine=self.engine.info,
            owners=self.owners,
            created=self.clock.wall(),
        )
        # First of all: whoever is killed from here on is watched.
        self.watchdogs.watch(record.run)
        try:
            claim(
                self.runs,
                record,
                deadline=plan.deadline,
                clock=self.clock,
                cancel=self.cancel,
                emit=self.emit,
            )
        except BaseException:
            self.watchdogs.over(record.run)
            raise
        with self._calls(plan.deadline) as calls:
            running = self._up(plan, record, calls)
        if plan.hold.lifetime is Lifetime.KEPT:
            self.watchdogs.over(record.run)
        elapsed = self.clock.now() - started
        self.emit(RunReady(run=record.run, endpoints=running.endpoints, elapsed_s=elapsed))
        return running

    def _up(self, plan: RunPlan, record: RunRecord, calls: EngineCalls) -> RunningStack:
        startup: Startup | None = None
        try:
            self.emit(
                RunStarted(
                    run=record.run,
                    stack=plan.stack.name,
                    engine=self.engine.info,
                    components=tuple(each.name for each in plan.stack.components),
                    note=plan.note,
                )
            )
            startup = self._startup(plan, record, calls)
            self._sweep(calls)
            self.watchdogs.armed(record.run)
            running = self._bring_up(plan.stack, startup, calls)
            self._mark_up(record.run, startup, running)
        except BaseException as error:
            self._give_up(plan, record, startup, error, calls)
            raise
        return running

    def sweep(self, judgement: Judgement | None = None) -> None:
        """Remove what provably dead runs left on this engine, and forget their records.

        `judgement`: which these are, if somebody has looked already. Raises TeardownError,
        EngineError, StateError when all is removed and a record stays, and StoppedError as soon as
        a stop is requested.
        """
        with self._calls(inf) as calls:
            self._sweep(calls, judgement)

    def _sweep(self, calls: EngineCalls, judgement: Judgement | None = None) -> None:
        judgement = judgement or judge(calls.running, self.runs, self.owners)
        stays: StateError | None = None
        for leftover in judgement.dead:
            with taken_over(self.runs, self.owners, leftover.run) as ours:
                if not ours:
                    continue
                with step("sweep", detail=leftover.run, clock=self.clock, emit=self.emit):
                    calls.tear_down(
                        leftover.run,
                        emit=self.emit,
                        limit=min(REMOVAL_S, calls.deadline - self.clock.now()),
                        broken_off_at=1,
                    )
                try:
                    self.runs.release(leftover.run)
                except StateError as error:
                    stays = error
        if stays is not None:
            raise stays
        held = [each.run for each in judgement.spared]
        for record in stale_records(self.runs, self.owners, held):
            if record.engine == self.engine.info.name:
                self.runs.release(record.run)

    def down(self, record: RunRecord) -> int:
        """Take a run down; the number of things removed.

        Raises TeardownError, and StoppedError when a third signal breaks it off; the watchdog goes
        on then. Raises StateError when all is removed, and the record stays.
        """
        self._watch_removal(record.run)
        mark_stopping(self.runs, self.owners, record.run, self.emit)
        with self._calls(inf) as calls:
            try:
                with step("remove", detail=record.run, clock=self.clock, emit=self.emit):
                    count = calls.tear_down(record.run, emit=self.emit, limit=REMOVAL_S)
            except StackwrightError:
                self._leave_to_watchdog(record.run, calls)
                raise
        self.runs.release(record.run)
        self.watchdogs.over(record.run)
        return count

    def clear(self, run: str, *, settled: float) -> int:
        """Remove all of a run whose maker was killed; the number of things removed.

        The engine may still be at work for the dead: this returns when nothing has turned up for
        `settled` seconds. The record stays. Raises TeardownError.
        """
        with self._calls(inf) as calls:
            count = calls.tear_down(run, emit=self.emit, limit=REMOVAL_S)
            while True:
                self.clock.sleep(settled)
                found = calls.tear_down(run, emit=self.emit, limit=REMOVAL_S)
                if not found:
                    return count
                count += found

    def adopt(self, plan: RunPlan, record: RunRecord) -> RunningStack:
        """Share a stack that already runs, once it is proved to be the one the plan means (Proof).

        `plan.hold` is on it then, until it is given back. Raises ReuseError.
        """
        with (
            self._calls(plan.deadline) as calls,
            in_turn(self.runs, record, calls, self.emit),
        ):
            joined, new = join(self.runs, self.owners, record.run, plan.hold)
            if new and plan.hold.lifetime is Lifetime.SESSION:
                self.watchdogs.watch(record.run)
            try:
                startup = self._startup(plan, joined, calls)
                self.watchdogs.armed(record.run)
                proof = Proof(startup=startup, runs=self.runs, record=joined, inputs=plan.inputs)
                return RunningStack.of(proof.establish())
            except BaseException:
                if new:
                    self.give_back(joined.run, plan.hold)
                raise

    def give_back(self, run: str, *holds: Hold) -> int | None:
        """End uses of a run. Whoever is the last one out takes it down: the number of things
        removed, or None while others use it. Raises TeardownError.
        """
        self._watch_removal(run)
        last = leave(self.runs, self.owners, run, *holds)
        if last is None:
            self.watchdogs.over(run)
            return None
        return self.down(last)

    def _watch_removal(self, run: str) -> None:
        """A removal that is killed must not leave half a stack; one that cannot be watched is made
        all the same.
        """
        try:
            self.watchdogs.watch(run)
        except StackwrightError as error:
            self.emit(Notice(text=str(error)))

    def _leave_to_watchdog(self, run: str, calls: EngineCalls) -> None:
        """It goes on with the removal at once: this process may live for long yet.

        Not while something is in the making here, which it would never find: then it begins when
        this process ends, and the making with it.
        """
        if calls.background.making():
            return
        try:
            hand_over(self.runs, self.owners, run)
        except StackwrightError as error:
            self.emit(Notice(text=str(error)))
        self.watchdogs.act(run)

    def _calls(self, deadline: float) -> AbstractContextManager[EngineCalls]:
        return EngineCalls.to(self.engine, clock=self.clock, cancel=self.cancel, deadline=deadline)

    def _bring_up(self, stack: Stack, startup: Startup, calls: EngineCalls) -> RunningStack:
        startup.stop_if_asked()
        with ImagesAhead(
            self.engine,
            stack if self.engine.info.uses_images else replace(stack, components=()),
            background=calls.background,
            deadline=calls.deadline,
            labels=startup.labels,
            new_uuid=self.new_uuid,
            clock=self.clock,
            cancel=self.cancel,
            emit=self.emit,
        ) as images:
            network = network_name(stack.name, startup.run)
            with step("network", detail=network, clock=self.clock, emit=self.emit):
                calls.running.create_network(network, startup.labels)
            for component in stack.components:
                image = self._image(images, component, startup)
                startup.stop_if_asked()
                startup.start(component, image)
        endpoints = tuple(
            endpoint
            for component in stack.components
            for endpoint in endpoints_of(component, startup.started[component.name])
        )
        return RunningStack(
            run=startup.run,
            stack=stack.name,
            endpoints=endpoints,
            instances=dict(startup.started),
        )

    def _image(self, images: ImagesAhead, component: Component, startup: Startup) -> str:
        if not self.engine.info.uses_images:
            return ""
        return startup.await_image(component, partial(images.image, component.name))

    def _mark_up(self, run: str, startup: Startup, running: RunningStack) -> None:
        self.runs.change(
            run,
            lambda record: replace(
                record,
                phase=Phase.UP,
                instances=dict(startup.started),
                endpoints=running.endpoints,
            ),
        )

    def _startup(self, plan: RunPlan, record: RunRecord, calls: EngineCalls) -> Startup:
        return Startup(
            engine=calls.running,
            witness=calls.witness,
            background=calls.background,
            runs=self.runs,
            stack=plan.stack,
            run=record.run,
            labels={
                Label.RUN: record.run,
                Label.OWNER: record.owner.encode(),
                Label.LIFETIME: record.lifetime,
                Label.STATE: self.runs.identity,
                Label.STACK: record.stack,
                Label.SERVICE: record.service,
            },
            clock=self.clock,
            cancel=self.cancel,
            emit=self.emit,
            deadline=calls.deadline,
        )

    def _give_up(
        self,
        plan: RunPlan,
        record: RunRecord,
        startup: Startup | None,
        error: BaseException,
        calls: EngineCalls,
    ) -> None:
        """Evidence out of the way first, then the teardown; `error` is raised by the caller."""
        instances = startup.started if startup is not None else {}
        if isinstance(error, StackwrightError) and not isinstance(error, StoppedError):
            try:
                self.on_failure(error, lambda name: calls.witness.logs(instances[name].id))
            except Exception as problem:  # noqa: BLE001 - telling must not prevent the removal
                self.emit(Notice(text=f"the failure could not be recorded: {problem!r}"))
            if plan.keep_wreck and mark_wreck(self.runs, record.run, instances, self.emit):
                self.watchdogs.over(record.run)
                return
        if not calls.background.made:
            # Nothing was asked for yet: there is nothing to remove, and an engine that is gone need
            # not be asked for it.
            self._forget(record.run)
            return
        mark_stopping(self.runs, self.owners, record.run, self.emit)
        limit = SILENT_S if isinstance(error, SilenceError) else REMOVAL_S
        try:
            with step("remove", detail=record.run, clock=self.clock, emit=self.emit):
                calls.tear_down(record.run, emit=self.emit, limit=limit, thorough=True)
        except StoppedError as stopped:
            self._leave_to_watchdog(record.run, calls)
            # The user has insisted: that is the end of the run now, whatever came before.
            raise stopped from None
        except StackwrightError as problem:
            self._leave_to_watchdog(record.run, calls)
            if isinstance(error, StoppedError):
                error.add(problem)
            else:
                self.emit(Notice(text=str(problem)))
            return
        self._forget(record.run)

    def _forget(self, run: str) -> None:
        """If that cannot be done now, the watchdog does it when this process has ended."""
        try:
            self.runs.release(run)
        except StateError as error:
            self.emit(Notice(text=f"the record of run {run} stays: {error}"))
        else:
            self.watchdogs.over(run)
