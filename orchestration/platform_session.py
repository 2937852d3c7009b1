"""One platform for one caller, brought up whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, Self
from uuid import uuid4

from orchestration.claim import claim
from orchestration.cluster.cluster_access import cluster_access
from orchestration.cluster.deferred import deferred
from orchestration.cluster.deploy_report import DeployReport
from orchestration.cluster.kind_record import kind_name
from orchestration.cluster.kubeconfig import read_kubeconfig
from orchestration.cluster.loop import EventLoop
from orchestration.cluster.manifest import Manifest
from orchestration.cluster.manifest_files import load
from orchestration.cluster.node_ports import exposed, plan_node_ports, published
from orchestration.errors import ConfigError, StackwrightError, StoppedError
from orchestration.events import Emit, Notice, RunReady
from orchestration.model import LOOPBACK, HostPort, Lifetime, Secret
from orchestration.platform import ClusterChoice, Platform
from orchestration.platform_removal import PlatformRemoval, kind_cluster, platform_run
from orchestration.platform_startup import PlatformStartup
from orchestration.ports import Cancel
from orchestration.project import Project
from orchestration.record import ClusterPlace, Hold, Phase, RunRecord
from orchestration.redact import Redactor
from orchestration.report import DeploySubject, deploy_error
from orchestration.running_platform import RunningPlatform
from orchestration.sharing import hand_over
from orchestration.state import SignalCancel
from orchestration.steps import step
from orchestration.tags import short
from orchestration.wiring import Connection, Workplace, run_key, secrets_in

KEY: Final = "e2e/"
"""Before the names of platforms in the keys of run records: they are no stacks."""


@dataclass(slots=True, kw_only=True)
class PlatformSession:
    """A platform read from its project, ready to be brought up.

    `made`: manifests that were made rather than read. `engine`: what builds the images, when it is
    pinned. `force`: take over fields that somebody else manages. `report` and `subject`: what the
    last deployment came to, None when there was none.
    """

    workplace: Workplace
    project: Project
    platform: Platform
    key: str
    redact: Redactor
    emit: Emit
    made: tuple[Manifest, ...] = ()
    engine: str | None = None
    force: bool = False
    report: DeployReport | None = None
    subject: DeploySubject | None = None

    @classmethod
    def open(
        cls,
        workplace: Workplace,
        project: Project,
        platform: str,
        *,
        choose: Callable[[ClusterChoice], ClusterChoice] = lambda choice: choice,
        progress: Callable[[Redactor], Emit] = lambda _: _silent,
        session: str = "",
        engine: str | None = None,
        force: bool = False,
    ) -> Self:
        """Read the platform. `choose`: what the caller says instead of the configuration.

        Raises ConfigError.
        """
        meant = project.platform(platform, workplace.environ)
        meant = replace(meant, cluster=choose(meant.cluster))
        redact = Redactor(secrets_in(meant))
        return cls(
            workplace=workplace,
            project=project,
            platform=meant,
            key=run_key(project, f"{KEY}{platform}", session),
            redact=redact,
            emit=progress(redact),
            engine=engine,
            force=force,
        )

    def manifests(self) -> tuple[Manifest, ...]:
        """What is to be applied, as it is written. Raises ConfigError with every mistake in it."""
        found = (*load(self.platform.paths), *self.made) if self.platform.paths else self.made
        if not found:
            raise ConfigError(
                f"platform {self.platform.name} has no manifests",
                fix=f"name files or folders in `manifests` of [e2e.{self.platform.name}]",
            )
        deferred(found)
        return found

    def bring_up(self, hold: Hold, *, keep_wreck: bool = False) -> RunningPlatform:
        """Deploy the platform; return when every object is ready.

        Raises what `errors` lists. Whatever is raised, everything that the run made has been
        removed first, unless the wreck is kept, the cluster does not answer, or the user insists on
        leaving at once: the watchdog goes on then.
        """
        manifests = self.manifests()
        started = self.workplace.clock.now()
        with (
            SignalCancel() as cancel,
            EventLoop() as loop,
            self._builder(cancel) as builder,
        ):
            record = self._record(hold, builder)
            if self.platform.cluster.kind:
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
                engine=builder,
                force=self.force,
                redact=self.redact,
                loop=loop,
                cancel=cancel,
                emit=self.emit,
            )
            try:
                watchdogs.armed(record.run)
                self.report = startup.bring_up()
                self.subject = startup.subject
                self._raise_unless_ready()
                running = self._up(record)
            except BaseException as error:
                self.subject = startup.subject
                self._give_up(record, error, loop, cancel, keep_wreck=keep_wreck)
                raise
        if hold.lifetime is Lifetime.KEPT:
            watchdogs.over(record.run)
        elapsed = self.workplace.clock.now() - started
        self.emit(RunReady(run=record.run, endpoints=running.endpoints, elapsed_s=elapsed))
        return running

    @contextmanager
    def _builder(self, cancel: Cancel) -> Iterator[Connection | None]:
        """The container engine, where something is to be built or a cluster made."""
        if not self.platform.images and not self.platform.cluster.kind:
            yield None
            return
        with self.workplace.connect(self.engine, self.project, cancel=cancel) as connection:
            if not connection.engine.info.uses_images:
                raise ConfigError(
                    f"platform {self.platform.name} needs a container engine, to build its images "
                    "or to make its cluster",
                    why=connection.found.note or "the embedded engine runs local processes",
                    fix="start Podman or Docker (`stackwright stack doctor` tells what was tried), "
                    "or pin one with `--engine`",
                )
            yield connection

    def _record(self, hold: Hold, builder: Connection | None) -> RunRecord:
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
            lifetime=hold.lifetime,
            phase=Phase.STARTING,
            created=self.workplace.clock.wall(),
            generated=Secret(""),
            holds=(hold,),
        )
        place = ClusterPlace(
            kubeconfig="",
            context="",
            namespace=platform_run(self.workplace, record).namespace,
            builder=info.name if info is not None else "",
            builder_url=info.url if info is not None else "",
        )
        choice = self.platform.cluster
        if choice.kind:
            return replace(record, cluster=place)
        kubeconfig = read_kubeconfig(choice, self.workplace.environ)
        context = cluster_access(kubeconfig, choice.context).context
        file = str(context.kubeconfig or "")
        found = replace(place, kubeconfig=file, context=context.name)
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
            raise deploy_error(self.report, self.subject, redact=self.redact)

    def _up(self, record: RunRecord) -> RunningPlatform:
        up = self.workplace.runs.change(record.run, lambda now: replace(now, phase=Phase.UP))
        return RunningPlatform.of(up or record, ())

    def _give_up(
        self,
        record: RunRecord,
        error: BaseException,
        loop: EventLoop,
        cancel: Cancel,
        *,
        keep_wreck: bool,
    ) -> None:
        runs, watchdogs = self.workplace.runs, self.workplace.watchdogs
        failed = isinstance(error, StackwrightError) and not isinstance(error, StoppedError)
        if failed and keep_wreck:
            runs.change(record.run, lambda now: replace(now, phase=Phase.WRECK))
            self.emit(Notice(text=f"kept as it failed: run {record.run}; `stackwright e2e down`"))
            watchdogs.over(record.run)
            return
        here = self.workplace.owners.here()
        runs.change(record.run, lambda now: replace(now, phase=Phase.STOPPING, starter=here))
        removal = PlatformRemoval(
            workplace=self.workplace, loop=loop, cancel=cancel, emit=self.emit
        )
        clock = self.workplace.clock
        try:
            with step("remove", detail=record.run, clock=clock, emit=self.emit):
                removal.remove(record)
        except StackwrightError as problem:
            hand_over(runs, self.workplace.owners, record.run)
            watchdogs.act(record.run)
            if isinstance(problem, StoppedError):
                raise problem from None
            if isinstance(error, StoppedError):
                error.add(problem)
            else:
                self.emit(Notice(text=str(problem)))
            return
        runs.release(record.run)
        watchdogs.over(record.run)


def _silent(_event: object) -> None:
    pass
