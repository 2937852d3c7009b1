"""One platform for one caller, brought up whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Self
from uuid import uuid4

from orchestration.claim import claim
from orchestration.cluster.answering import SilentClusterError
from orchestration.cluster.deploy_report import DeployReport
from orchestration.cluster.kind_record import kind_name
from orchestration.cluster.loop import EventLoop
from orchestration.cluster.manifest import Manifest
from orchestration.cluster.node_ports import balancers_notice, exposed, plan_node_ports, published
from orchestration.cluster.platform_status import ObjectStatus, platform_status
from orchestration.cluster.run_logs import run_logs
from orchestration.errors import (
    ClusterError,
    ConfigError,
    ReuseError,
    StackwrightError,
    StoppedError,
)
from orchestration.events import Emit, Notice, RunReady
from orchestration.model import LOOPBACK, HostPort, Lifetime
from orchestration.patience import stop_if_asked
from orchestration.platform import Platform
from orchestration.platform_place import found_cluster, looking, raise_unless_there
from orchestration.platform_removal import (
    PlatformRemoval,
    give_back,
    kind_cluster,
    platform_run,
)
from orchestration.platform_source import PlatformSource
from orchestration.platform_startup import PlatformStartup
from orchestration.ports import Cancel
from orchestration.project import Project
from orchestration.record import PLATFORM_KEY, ClusterPlace, Hold, Phase, RunRecord
from orchestration.redact import Redactor
from orchestration.report import render_failure
from orchestration.report.deploy_error import deploy_error
from orchestration.report.deploy_subject import DeploySubject
from orchestration.report.deploy_table import render_deploy
from orchestration.running_platform import RunningPlatform
from orchestration.sharing import join, mark_wreck
from orchestration.state import SignalCancel
from orchestration.tags import short
from orchestration.wiring import Connection, Workplace, run_key, unless_stopped


@dataclass(slots=True, kw_only=True)
class PlatformSession:
    """A platform, ready to be brought up, adopted or given back.

    `engine`: what builds the images, when it is pinned. `report` and `subject`: what the
    last deployment came to, None when there was none. `silence`: of the cluster, when it was asked
    for logs.
    """

    workplace: Workplace
    project: Project
    source: PlatformSource
    key: str
    emit: Emit
    engine: str | None = None
    report: DeployReport | None = None
    subject: DeploySubject | None = None
    silence: SilentClusterError | None = None

    @classmethod
    def open(
        cls,
        workplace: Workplace,
        project: Project,
        source: PlatformSource,
        *,
        progress: Callable[[Redactor], Emit] = lambda _: _silent,
        session: str = "",
        engine: str | None = None,
    ) -> Self:
        """For `source`. `progress` makes what shows the events, given what takes secrets out of
        them; `session` tells runs apart that may exist side by side.
        """
        name = source.platform.name
        return cls(
            workplace=workplace,
            project=project,
            source=source,
            key=run_key(project, name if source.of_a_stack else f"{PLATFORM_KEY}{name}", session),
            emit=progress(source.redact),
            engine=engine,
        )

    @property
    def platform(self) -> Platform:
        """What is deployed."""
        return self.source.platform

    def bring_up(self, hold: Hold, *, keep_wreck: bool = False) -> RunningPlatform:
        """Deploy the platform; return when every object is ready.

        Raises what `errors` lists. Whatever is raised, everything that the run made has been
        removed first, unless the wreck is kept, the cluster does not answer, or the user insists on
        leaving at once: the watchdog goes on then.
        """
        manifests = self.source.manifests
        started = self.workplace.clock.now()
        for each in self.source.notices:
            self.emit(Notice(text=each))
        with (
            SignalCancel() as cancel,
            EventLoop() as loop,
            self._builder(cancel) as builder,
        ):
            # Build contexts may be large, or on a disk that does not answer.
            unless_stopped(cancel, self.source.inputs)
            record = self._record(hold, builder, keep_wreck=keep_wreck)
            if self.platform.cluster.kind:
                balancers = balancers_notice(manifests)
                if balancers:
                    self.emit(Notice(text=balancers))
                record, manifests = self._in_own_cluster(record, manifests)
            watchdogs = self.workplace.watchdogs
            watchdogs.watch(record.run)
            try:
                claim(
                    self.workplace.runs,
                    record,
                    deadline=started + self.platform.deadline,
                    clock=self.workplace.clock,
                    cancel=cancel,
                    emit=self.emit,
                )
            except BaseException:
                watchdogs.over(record.run)
                raise
            startup = PlatformStartup(
                workplace=self.workplace,
                platform=self.platform,
                manifests=manifests,
                record=record,
                project=self.project,
                engine=builder,
                locals=self.source.locals,
                trusting=self.source.of_a_stack,
                redact=self.source.redact,
                loop=loop,
                cancel=cancel,
                emit=self.emit,
            )
            try:
                watchdogs.armed(record.run)
                PlatformRemoval(
                    workplace=self.workplace, loop=loop, cancel=cancel, emit=self.emit
                ).sweep(record.place)
                self.report = startup.bring_up()
                self.subject = startup.subject
                self._raise_unless_ready()
                running = self._up(record)
                # A signal that came when all was up ends the run as one a moment earlier does.
                stop_if_asked(cancel)
            except BaseException as error:
                self.subject = startup.subject
                self._give_up(startup, error, keep_wreck=keep_wreck)
                raise
        if hold.lifetime is Lifetime.KEPT:
            watchdogs.over(record.run)
        elapsed = self.workplace.clock.now() - started
        self.emit(RunReady(run=record.run, endpoints=running.endpoints, elapsed_s=elapsed))
        return running

    def adopt(self, run: RunRecord, hold: Hold) -> RunningPlatform:
        """The platform that `run` keeps up, if it is what is written now, and all of it is ready.

        `hold` is on it then, until it is given back. Raises ReuseError, naming what differs or is
        not ready.
        """
        now = self.source.inputs()
        changed = sorted(
            name for name in {*now, *run.inputs} if now.get(name) != run.inputs.get(name)
        )
        if changed:
            raise ReuseError(
                f"the running platform {run.stack} is not what the configuration says now",
                why=f"changed since it was brought up: {', '.join(changed)}",
                fix=_again(run),
            )
        raise_unless_there(run, self.platform.cluster, self.workplace.environ)
        runs, owners = self.workplace.runs, self.workplace.owners
        joined, new = join(runs, owners, run.run, hold)
        watchdogs = self.workplace.watchdogs
        if new and hold.lifetime is Lifetime.SESSION:
            watchdogs.watch(run.run)
        try:
            watchdogs.armed(run.run)
            with SignalCancel() as cancel, EventLoop() as loop:
                try:
                    objects = loop.run(self._looked_at(run), cancel)
                except ClusterError as error:
                    why = "; ".join(filter(None, (error.what, error.why)))
                    raise ReuseError(
                        f"the running platform {run.stack} cannot be asked how it is",
                        why=why,
                        fix=_again(run),
                    ) from error
                stop_if_asked(cancel)
            _raise_unless_all_ready(run, objects)
        except BaseException:
            if new:
                self.give_back(joined, hold)
            raise
        return RunningPlatform.of(joined, ())

    def give_back(self, run: RunRecord, hold: Hold) -> None:
        """End the use of a run; the last one out takes it down.

        Raises TeardownError, ClusterError, EngineError; StoppedError when a signal came.
        """
        give_back(self.workplace, run, hold, self.emit)

    def logs(self, run: RunRecord, *, tail: int | None = None) -> Mapping[str, str]:
        """The logs of a run's containers, without secrets.

        Raises ClusterError; a cluster that was silent once is not asked again.
        """

        async def read() -> Mapping[str, str]:
            async with looking(self.workplace, run) as client:
                return await run_logs(client, run.place.namespace, tail=tail)

        if self.silence is not None:
            raise self.silence
        # Signals are for the session then: a test report asks for them.
        with EventLoop() as loop:
            try:
                found = loop.run(read(), SignalCancel())
            except SilentClusterError as error:
                self.silence = error
                raise
        return {name: self.source.redact.clean(text) for name, text in found.items()}

    def notice(self, text: str) -> None:
        """Tell the user something once."""
        self.emit(Notice(text=text))

    def explain(self, error: StackwrightError) -> str:
        """A failure as the user reads it, without secrets; the table first, if there is one."""
        told = render_failure(error, redact=self.source.redact)
        if self.report is None or self.subject is None or self.report.ok:
            return told
        return f"{render_deploy(self.report, self.subject, redact=self.source.redact)}\n{told}"

    async def _looked_at(self, run: RunRecord) -> tuple[ObjectStatus, ...]:
        async with looking(self.workplace, run) as client:
            return await platform_status(client, platform_run(self.workplace, run))

    @contextmanager
    def _builder(self, cancel: Cancel) -> Iterator[Connection | None]:
        """The container engine, where something is to be built or a cluster made."""
        if not (self.platform.images or self.source.locals or self.platform.cluster.kind):
            yield None
            return
        with self.workplace.connect(self.engine, self.project, cancel=cancel) as connection:
            if not connection.engine.info.uses_images:
                raise ConfigError(
                    f"platform {self.platform.name} needs a container engine, to build its "
                    "images or to make its cluster",
                    why=connection.found.note or "the embedded engine runs local processes",
                    fix="start Podman or Docker (`stackwright stack doctor` tells what was tried), "
                    "or pin one with `--engine`",
                )
            yield connection

    def _record(self, hold: Hold, builder: Connection | None, *, keep_wreck: bool) -> RunRecord:
        """The run, in the namespace where it is to be. Raises ClusterError."""
        owners = self.workplace.owners
        info = builder.engine.info if builder is not None else None
        record = RunRecord(
            run=short(uuid4()),
            key=self.key,
            stack=self.platform.name,
            service=self.platform.service,
            config=str(self.project.file),
            engine="kubernetes",
            url="",
            owner=owners.me(),
            starter=owners.here(),
            lifetime=Lifetime.KEPT if keep_wreck else hold.lifetime,
            phase=Phase.STARTING,
            created=self.workplace.clock.wall(),
            generated=self.source.generated,
            holds=(hold,),
            inputs=self.source.inputs(),
        )
        place = ClusterPlace(
            kubeconfig="",
            context="",
            namespace=platform_run(self.workplace, record).namespace,
            builder=info.name if info is not None else "",
            builder_url=info.url if info is not None else "",
        )
        if self.platform.cluster.kind:
            return replace(record, cluster=place)
        choice = self.platform.cluster
        kubeconfig, context = found_cluster(choice, self.workplace.environ)
        found = replace(place, kubeconfig=kubeconfig, context=context.name)
        return replace(record, cluster=found, url=context.server)

    def _in_own_cluster(
        self, record: RunRecord, manifests: tuple[Manifest, ...]
    ) -> tuple[RunRecord, tuple[Manifest, ...]]:
        """The run in a cluster that is made for it, which publishes what the tests reach.

        Raises PortError.
        """
        ports = plan_node_ports(
            self.platform.access,
            manifests,
            pinned=lambda each: self.project.ports.port_of(self.platform.service, each.name),
        )
        name = kind_name(self.platform.name, record.run)
        place = replace(record.place, kind=name, published=tuple(sorted(published(ports).items())))
        made = kind_cluster(self.workplace, record, place)
        place = replace(place, kubeconfig=str(made.kubeconfig), context=made.context)
        leased = tuple(HostPort(LOOPBACK, each.host) for each in ports)
        return (
            replace(record, cluster=place, url=made.context, ports=leased),
            tuple(exposed(each, ports) for each in manifests),
        )

    def _raise_unless_ready(self) -> None:
        if self.report is not None and self.subject is not None and not self.report.ok:
            raise deploy_error(self.report, self.subject, redact=self.source.redact)

    def _up(self, record: RunRecord) -> RunningPlatform:
        up = self.workplace.runs.change(record.run, lambda now: replace(now, phase=Phase.UP))
        return RunningPlatform.of(up or record, ())

    def _give_up(
        self,
        startup: PlatformStartup,
        error: BaseException,
        *,
        keep_wreck: bool,
    ) -> None:
        runs, watchdogs, record = self.workplace.runs, self.workplace.watchdogs, startup.record
        failed = isinstance(error, StackwrightError) and not isinstance(error, StoppedError)
        place = record.place
        made = bool(place.kind) and kind_cluster(self.workplace, record, place).begun
        wreck = startup.touched or made
        kept = failed and keep_wreck and wreck
        if kept and mark_wreck(runs, record.run, {}, self.emit):
            watchdogs.over(record.run)
            return
        removal = PlatformRemoval(
            workplace=self.workplace,
            loop=startup.loop,
            cancel=startup.cancel,
            emit=self.emit,
        )
        try:
            removal.end(record, touched=startup.touched)
        except StoppedError as stopped:
            # The user has insisted: that is the end of the run now, whatever came before.
            raise stopped from None
        except StackwrightError as problem:
            if isinstance(error, StoppedError):
                error.add(problem)
            else:
                self.emit(Notice(text=str(problem)))


def _raise_unless_all_ready(run: RunRecord, objects: Iterable[ObjectStatus]) -> None:
    missing = [f"{each.ref.short}: {each.reason}" for each in objects if not each.ready]
    if missing:
        raise ReuseError(
            f"the running platform {run.stack} is not ready",
            why="; ".join(missing),
            fix=_again(run),
        )


def _again(run: RunRecord) -> str:
    return f"`{_down(run)}`, and bring it up again"


def _down(run: RunRecord) -> str:
    return f"stackwright {run.command} down"


def _silent(_event: object) -> None:
    pass
