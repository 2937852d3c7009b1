"""The way up of one run of a platform: images and cluster side by side, load, deploy, wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final, TypeVar
from uuid import uuid4

from orchestration.background import Job
from orchestration.base_images import make_bases
from orchestration.cluster.answering import answering
from orchestration.cluster.client import Client
from orchestration.cluster.cluster_failure import told
from orchestration.cluster.deploy import deploy
from orchestration.cluster.deploy_plan import plan
from orchestration.cluster.deploy_report import DeployReport, ObjectResult
from orchestration.cluster.image_loaders import target_of
from orchestration.cluster.image_loading import LoadedImage, load_images
from orchestration.cluster.image_names import with_images
from orchestration.cluster.localize import localize
from orchestration.cluster.loop import EventLoop
from orchestration.cluster.manifest import Manifest, Place, Ref
from orchestration.cluster.retry import GaveUp, Retry
from orchestration.cluster.run_contents import entries
from orchestration.cluster.stock import GOING_S, take_stock
from orchestration.cluster.world import World
from orchestration.deaf_cancel import DeafCancel
from orchestration.engine_calls import EngineCalls
from orchestration.errors import ConfigError
from orchestration.events import Emit, Notice, RunStarted, StepFinished
from orchestration.model import ClusterInfo, Label
from orchestration.patience import stop_if_asked
from orchestration.platform import Platform
from orchestration.platform_events import DeploymentTold
from orchestration.platform_images import build_images
from orchestration.platform_place import connected, environ_of
from orchestration.platform_removal import SAYS_S, kind_cluster, platform_run
from orchestration.ports import Cancel
from orchestration.project import Project
from orchestration.record import RunRecord
from orchestration.redact import Redactor
from orchestration.report.deploy_subject import DeploySubject
from orchestration.steps import step
from orchestration.wiring import Connection, Workplace, missing_bases

T = TypeVar("T")

LEAVE_S: Final = 5.0
"""How long builds get to hear that nobody wants them any more."""


@dataclass(slots=True, kw_only=True)
class PlatformStartup:
    """Brings up what `record` stands for, in an entered `loop`.

    `engine`: what has and builds the images, None when there are none. `locals`: images that are
    there instead of others, by the image as the manifests name it. `trusting`: where nobody knows
    how images get to the nodes, they are there. `phases`: how long each part took before the
    deployment, in seconds. `deploying`: whether that has begun. `report`: what became of every
    object, None until that is known.
    """

    workplace: Workplace
    platform: Platform
    manifests: tuple[Manifest, ...]
    record: RunRecord
    project: Project
    engine: Connection | None
    locals: Mapping[str, str]
    trusting: bool
    redact: Redactor
    loop: EventLoop
    cancel: Cancel
    emit: Emit
    phases: list[tuple[str, float]] = field(default_factory=list)
    subject: DeploySubject | None = None
    report: DeployReport | None = None
    deploying: bool = False

    @property
    def touched(self) -> bool:
        """Whether the cluster may have anything of the run."""
        if self.report is None:
            return self.deploying
        return not all(_refused_at_once(each) for each in self.report.results)

    def bring_up(self) -> DeployReport:
        """What became of every object. Raises what `errors` lists; what was made stays then."""
        if self.engine is not None and (self.platform.images or self.locals) and not self.trusting:
            # Before anything is built for nothing.
            target_of(self.platform.load, self.record.place.context)
        with ExitStack() as ending, self._images() as images:
            if self.record.place.kind:
                with self._phase("cluster", self.record.place.kind):
                    self.loop.run(self._kind_cluster(), self.cancel)
            # While something is built, what the cluster serves may become another.
            client = self._connected(ending, () if images else self._api_versions())
            context, namespace = client.context.name, self.record.place.namespace
            self.emit(
                RunStarted(
                    run=self.record.run,
                    stack=self.platform.name,
                    engine=ClusterInfo(
                        version=client.server_version,
                        url=client.context.server,
                        rule=f"context {context}, namespace {namespace}",
                    ),
                    components=tuple(each.ref.short for each in self.manifests),
                )
            )
            tags = images.result(partial(stop_if_asked, self.cancel)) if images else {}
            if tags and self.engine is not None:
                with self._phase("load", f"{len(tags)} images"):
                    self._load(tags, self.engine)
            with self._phase("deploy", f"{len(self.manifests)} objects"):
                self.report = self.loop.run(self._deployed(client, tags), self.cancel)
            return self.report

    @contextmanager
    def _phase(self, name: str, detail: str) -> Iterator[None]:
        begun = self.workplace.clock.now()
        with step(name, detail=detail, clock=self.workplace.clock, emit=self.emit):
            yield
        self.phases.append((name, self.workplace.clock.now() - begun))

    @contextmanager
    def _images(self) -> Iterator[Job[dict[str, str]] | None]:
        """What is built meanwhile; whoever leaves before it is done abandons it."""
        if self.engine is None or not (self.platform.images or self.locals):
            yield None
            return
        connection = self.engine
        clock = self.workplace.clock
        leaving = _Leaving(self.cancel)
        with EngineCalls.to(
            connection.engine,
            clock=clock,
            cancel=leaving,
            deadline=clock.now() + self.platform.deadline,
        ) as calls:
            begun = clock.now()

            def build() -> dict[str, str]:
                self._make_bases(connection, calls.deadline)
                tags = build_images(
                    self.platform,
                    calls,
                    labels=self._labels(),
                    new_uuid=uuid4,
                    emit=self.emit,
                )
                self.phases.append(("images", clock.now() - begun))
                return {**self.locals, **tags}

            job = calls.background.begin(build, makes="images")
            try:
                yield job
            finally:
                leaving.left = True
                job.wait(LEAVE_S)

    def _make_bases(self, connection: Connection, deadline: float) -> None:
        missing = missing_bases(self.project, connection.engine)
        if missing:
            make_bases(
                missing,
                connection,
                self.project,
                cache=self.workplace.image_cache(),
                clock=self.workplace.clock,
                cancel=self.cancel,
                deadline=deadline,
                emit=self.emit,
            )

    def _labels(self) -> dict[str, str]:
        return {
            Label.RUN: self.record.run,
            Label.OWNER: self.record.owner.encode(),
            Label.LIFETIME: self.record.lifetime,
            Label.STATE: self.workplace.runs.identity,
            Label.STACK: self.platform.name,
            Label.SERVICE: self.platform.service,
        }

    async def _kind_cluster(self) -> None:
        await kind_cluster(self.workplace, self.record, self.record.place).create()

    def _api_versions(self) -> set[str]:
        return {each.api_version for each in self.manifests}

    def _connected(self, ending: ExitStack, api_versions: Iterable[str]) -> Client:
        """A client that is closed on the loop it was made in, whatever happens; `api_versions` are
        asked for at once."""
        kept = AsyncExitStack()
        opening = connected(
            self.workplace, self.record, limit=self.platform.limit, api_versions=api_versions
        )
        client = self.loop.run(kept.enter_async_context(opening), self.cancel)
        ending.callback(lambda: self.loop.run(kept.aclose(), DeafCancel()))
        return client

    async def _asked(self, client: Client, request: Callable[[], Awaitable[T]]) -> T:
        """The answer to a question that may be asked again. Raises ClusterError, DeployError."""
        retry = Retry()
        found = await retry(request, deadline=retry.clock() + self.platform.deadline)
        if isinstance(found, GaveUp):
            raise told(found.error, context=client.context, redact=self.redact) from found.error
        return found.answer

    def _load(self, tags: Mapping[str, str], engine: Connection) -> None:
        try:
            target = target_of(self.platform.load, self.record.place.context)
        except ConfigError as error:
            if not self.trusting:
                raise
            self.emit(Notice(text=f"{error.what}: they must be there ({error.why})"))
            return

        def loaded(image: LoadedImage) -> None:
            elapsed = image.saved_s + image.loaded_s
            self.emit(StepFinished(step="load", component=image.image, elapsed_s=elapsed))

        with engine.image_store() as store:
            self.loop.run(
                load_images(
                    tags.values(),
                    target,
                    save=store.save,
                    environ=self._tool_environ(),
                    on_loaded=loaded,
                ),
                self.cancel,
            )

    def _tool_environ(self) -> Mapping[str, str]:
        if not self.record.place.kind:
            return environ_of(self.record.place, self.workplace.environ)
        return kind_cluster(self.workplace, self.record, self.record.place).tool_environ

    async def _deployed(self, client: Client, tags: Mapping[str, str]) -> DeployReport:
        run = platform_run(self.workplace, self.record)
        named = with_images(self.manifests, tags)
        now = asyncio.get_running_loop().time
        until = now() + self.platform.deadline
        silence = answering(
            self.platform.deadline + SAYS_S,
            client.context.name,
            fix=f"see whether its API server answers (`kubectl --context {client.context.name} "
            "version`), or raise `deadline` of the platform",
        )
        async with silence:
            kinds = await self._asked(client, lambda: client.discover(self._api_versions()))
            local = localize(named.manifests, kinds, run)
            going_s = min(GOING_S, until - now())
            stock = await take_stock(client, local.outside, kinds, run, going_s=going_s)
        for notice in (*named.notices, *local.notices, *stock.notices):
            self.emit(Notice(text=notice))
        namespace = Manifest(
            api_version="v1",
            kind="Namespace",
            name=run.namespace,
            namespace=None,
            body=local.namespace,
            place=Place(path=Path(self.record.config), line=1),
        )
        self.subject = DeploySubject(
            platform=self.platform.name,
            service=self.platform.service,
            run=self.record.run,
            namespace=run.namespace,
            cluster=client.context,
            started=self.workplace.clock.wall(),
            deadline=self.platform.deadline,
            host=self.record.owner.host,
            phases=tuple(self.phases),
        )
        self._remember(each.ref for each in stock.to_apply(local.outside))
        self.deploying = True
        async with World(client) as world:
            return await deploy(
                client,
                world,
                plan((namespace, *stock.to_apply(local.manifests)), within=namespace.ref),
                deadline_s=until - now(),
                limit=self.platform.limit,
                on_event=DeploymentTold(self.emit),
                redact=self.redact,
                kinds=kinds,
                manager=run.manager,
            )

    def _remember(self, outside: Iterable[Ref]) -> None:
        """Write down what is about to be applied outside of the namespace. Raises StateError."""
        known = entries(outside)
        self.record = replace(self.record, outside=known)
        if known:
            self.workplace.runs.change(self.record.run, lambda now: replace(now, outside=known))


def _refused_at_once(result: ObjectResult) -> bool:
    """Whether the cluster cannot have this object from us: no request, or a clear no to the only
    one.
    """
    if result.begun_s is None:
        return True
    failure = result.failure
    refused = failure is not None and 400 <= failure.code < 500 and not failure.retryable
    return refused and result.attempts <= 1


class _Leaving:
    """A Cancel that is also asked when its run has left the builds."""

    def __init__(self, cancel: Cancel) -> None:
        self._cancel = cancel
        self.left = False

    def requested(self) -> int | None:
        return 0 if self.left else self._cancel.requested()

    def urgency(self) -> int:
        return max(int(self.left), self._cancel.urgency())

    def pause(self, seconds: float) -> None:
        self._cancel.pause(seconds)
