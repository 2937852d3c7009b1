"""The whole sequence of a run, over ports alone: claim, sweep, network, images, then component by
component through its gate; and on any failure evidence first, then everything away again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from orchestration.errors import ReuseError, StackwrightError, StoppedError
from orchestration.events import Emit, Notice, RunReady, RunStarted
from orchestration.images_ahead import ImagesAhead
from orchestration.model import Label, Lifetime, Secret
from orchestration.ports import Cancel, Clock, Engine, Owners, Runs
from orchestration.record import Phase, RunRecord
from orchestration.running import RunningStack, endpoints_of
from orchestration.stack import Component, Stack
from orchestration.startup import Startup
from orchestration.steps import step
from orchestration.sweep import judge, stale_records
from orchestration.tags import network_name, short
from orchestration.teardown import tear_down


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """What to bring up, for whom.

    `key`: see RunRecord. `keep_wreck`: leave everything as it is when the run fails.
    `generated`: the password made for this run. `inputs`: see RunRecord.
    """

    stack: Stack
    key: str
    config: str
    lifetime: Lifetime
    generated: Secret
    inputs: Mapping[str, str]
    keep_wreck: bool = False
    note: str = ""


@dataclass(slots=True, kw_only=True)
class Runner:
    """Brings stacks up and takes them down on one engine.

    `on_failure` is told of every failure, with a way to the components' whole logs, before anything
    is removed.
    """

    engine: Engine
    runs: Runs
    owners: Owners
    clock: Clock
    cancel: Cancel
    emit: Emit
    new_uuid: Callable[[], UUID]
    on_failure: Callable[[StackwrightError, Callable[[str], str]], None]

    def up(self, plan: RunPlan) -> RunningStack:
        """Bring the stack up; return when every gate has opened.

        Raises what `errors` lists. Whatever is raised, everything the run created has been removed
        first, unless the plan keeps the wreck.
        """
        started = self.clock.now()
        record = self._record(plan)
        self.runs.claim(record)
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
            startup = self._startup(plan, record)
            self.sweep()
            running = self._bring_up(plan.stack, startup)
            record = replace(
                record,
                phase=Phase.UP,
                instances=dict(startup.started),
                endpoints=running.endpoints,
            )
            self.runs.update(record)
        except BaseException as error:
            self._give_up(plan, record, startup, error)
            raise
        elapsed = self.clock.now() - started
        self.emit(RunReady(run=record.run, endpoints=running.endpoints, elapsed_s=elapsed))
        return running

    def sweep(self) -> None:
        """Remove what provably dead runs left on this engine, and forget their records."""
        judgement = judge(self.engine, self.runs, self.owners)
        for leftover in judgement.dead:
            with step("sweep", detail=leftover.run, clock=self.clock, emit=self.emit):
                tear_down(self.engine, leftover.run, clock=self.clock, emit=self.emit)
                self.runs.release(leftover.run)
        held = [each.run for each in judgement.spared]
        for record in stale_records(self.runs, self.owners, held):
            if record.engine == self.engine.info.name:
                self.runs.release(record.run)

    def down(self, record: RunRecord) -> int:
        """Take a run down; the number of things removed. Raises TeardownError."""
        self.runs.update(replace(record, phase=Phase.STOPPING))
        with step("remove", detail=record.run, clock=self.clock, emit=self.emit):
            count = tear_down(self.engine, record.run, clock=self.clock, emit=self.emit)
        self.runs.release(record.run)
        return count

    def adopt(self, plan: RunPlan, record: RunRecord) -> RunningStack:
        """Hand out a stack that already runs, once it is proved to be the one the plan means.

        Raises ReuseError: an input differs, something died, or a gate does not open again.
        """
        changed = sorted(
            name
            for name in {*plan.inputs, *record.inputs}
            if plan.inputs.get(name) != record.inputs.get(name)
        )
        again = "`stackwright stack down`, then bring it up again"
        if changed:
            raise ReuseError(
                f"the running stack {record.stack} is not what the configuration says now",
                why=f"changed since it was started: {', '.join(changed)}",
                fix=again,
            )
        startup = self._startup(plan, record)
        for component in plan.stack.components:
            instance = record.instances.get(component.name)
            if instance is None:
                raise ReuseError(
                    f"the running stack {record.stack} has no {component.name}", fix=again
                )
            if component.gate is not None:
                try:
                    startup.ask_again(component, component.gate, instance)
                except StoppedError:
                    raise
                except StackwrightError as error:
                    raise ReuseError(
                        f"the running stack {record.stack} is not healthy: {error.what}",
                        why=error.why,
                        fix=again,
                        evidence=error.evidence,
                    ) from error
        return RunningStack.of(record)

    def _bring_up(self, stack: Stack, startup: Startup) -> RunningStack:
        startup.stop_if_asked()
        with ImagesAhead(
            self.engine,
            stack if self.engine.info.uses_images else replace(stack, components=()),
            labels=startup.labels,
            new_uuid=self.new_uuid,
            clock=self.clock,
            cancel=self.cancel,
            emit=self.emit,
        ) as images:
            network = network_name(stack.name, startup.run)
            with step("network", detail=network, clock=self.clock, emit=self.emit):
                self.engine.create_network(network, startup.labels)
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
        try:
            return images.image(component.name) or ""
        except StackwrightError as error:
            startup.blame(error, component, "image")
            raise

    def _record(self, plan: RunPlan) -> RunRecord:
        return RunRecord(
            run=short(self.new_uuid()),
            key=plan.key,
            stack=plan.stack.name,
            service=plan.stack.service,
            config=plan.config,
            engine=self.engine.info.name,
            url=self.engine.info.url,
            owner=self.owners.me(),
            lifetime=plan.lifetime,
            phase=Phase.STARTING,
            created=self.clock.wall(),
            generated=plan.generated,
            inputs=plan.inputs,
        )

    def _startup(self, plan: RunPlan, record: RunRecord) -> Startup:
        return Startup(
            engine=self.engine,
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
            deadline=self.clock.now() + plan.stack.deadline,
        )

    def _give_up(
        self, plan: RunPlan, record: RunRecord, startup: Startup | None, error: BaseException
    ) -> None:
        """Evidence out of the way first, then the teardown; `error` is raised by the caller."""
        instances = startup.started if startup is not None else {}
        if isinstance(error, StackwrightError) and not isinstance(error, StoppedError):
            try:
                self.on_failure(error, lambda name: self.engine.logs(instances[name].id))
            except Exception as problem:  # noqa: BLE001 - telling must not prevent the removal
                self.emit(Notice(text=f"the failure could not be recorded: {problem!r}"))
            if plan.keep_wreck:
                self.runs.update(replace(record, phase=Phase.WRECK, instances=dict(instances)))
                self.emit(
                    Notice(text=f"kept as it failed: run {record.run}; `stackwright stack down`")
                )
                return
        self.runs.update(replace(record, phase=Phase.STOPPING))
        try:
            with step("remove", detail=record.run, clock=self.clock, emit=self.emit):
                tear_down(self.engine, record.run, clock=self.clock, emit=self.emit, thorough=True)
        except StackwrightError as problem:
            self.emit(Notice(text=str(problem)))
            return
        self.runs.release(record.run)
