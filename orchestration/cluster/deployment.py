"""A deployment under way: what may begin, what is ready, and when it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Final

from orchestration.cluster.api import MANAGER, ApiError, Body, ResourceKind
from orchestration.cluster.client import Client
from orchestration.cluster.cluster_failure import told
from orchestration.cluster.deploy_event import (
    Applied,
    BecameReady,
    DeferredBegun,
    DeployEvent,
    Discovered,
    ObjectFailed,
    Refused,
    StillWaiting,
    Warned,
)
from orchestration.cluster.deploy_plan import DeployPlan
from orchestration.cluster.fields import Fields
from orchestration.cluster.manifest import Ref
from orchestration.cluster.object_progress import ObjectProgress, Stage, is_watched
from orchestration.cluster.retry import Answered, GaveUp, Retry
from orchestration.cluster.served_kinds import Served, ServedKinds
from orchestration.cluster.unknown_kind import NOT_SERVED
from orchestration.cluster.world import World
from orchestration.model import Failed, NotYet, Ready

TELL_S: Final = 1.0
"""Between two StillWaiting."""

_CREATED_S: Final = 2.0
"""How much older than the deployment a creation may look: both clocks count whole seconds."""


class Deployment:
    """All objects of a plan. One loop looks at all of them whenever anything happened, and begins
    what can begin; only requests run beside it. `fault`: why the watches do not tell all."""

    def __init__(
        self,
        client: Client,
        world: World,
        plan: DeployPlan,
        *,
        deadline_s: float,
        limit: int,
        on_event: Callable[[DeployEvent], None],
        manager: str = MANAGER,
        retry: Retry,
        settle_s: float,
        kinds: Served,
    ) -> None:
        self.objects = tuple(ObjectProgress(step=each, ref=each.ref) for each in plan.steps)
        self.fault: ApiError | None = None
        self._client = client
        self._world = world
        self._plan = plan
        self._on_event = on_event
        self._manager = manager
        self._retry = retry
        self._settle_s = settle_s
        self._began = retry.clock()
        self._began_there = client.now()
        self._deadline = self._began + deadline_s
        self._kinds = ServedKinds(client, kinds, retry, self._deadline)
        self._by_ref = {each.step.ref: each for each in self.objects}
        self._turn = asyncio.Semaphore(limit)
        self._moved = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._defect: BaseException | None = None
        self._settled_s = 0.0
        self._told_s = 0.0

    def seconds(self) -> float:
        """Since it began."""
        return self._retry.clock() - self._began

    async def run(self) -> None:
        """Until it is over. Cancelled, it ends its requests first. Raises ClusterError when nobody
        answers, or nobody of this name is known."""
        try:
            self._start(self._discover())
            self._start(self._follow())
            self._watch()
            while True:
                self._moved.clear()
                self._check()
                self._look()
                self._begin()
                now = self.seconds()
                if self._over(now):
                    return
                self._tell(now)
                await self._rest(now)
        finally:
            await self._end()

    def finish(self) -> None:
        """Look for the last time, and say of what was never applied why."""
        self._look()
        if not all(each.ready for each in self.objects):
            self.fault = self.fault or self._world.interruption()
        for each in self.objects:
            if each.stage is Stage.PENDING:
                each.blocked = self._unready(each)
                each.verdict = NotYet(each.waits_for(each.blocked))
            elif each.stage is Stage.APPLYING:
                each.refused(_late(each))

    def _start(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._defect = task.exception()
        self._moved.set()

    async def _end(self) -> None:
        tasks = tuple(self._tasks)
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _check(self) -> None:
        if self._defect is not None:
            raise self._defect
        unheard = self._kinds.unheard(self._plan.api_versions)
        if unheard is not None:
            raise told(unheard, context=self._client.context)

    async def _follow(self) -> None:
        while True:
            await self._world.changed(since=self._world.revision)
            self._moved.set()

    async def _discover(self) -> None:
        versions = self._kinds.unasked(self._plan.api_versions)
        answers = await asyncio.gather(*(self._ask(each) for each in versions))
        kinds = sum(len(each) for each in answers if not isinstance(each, ApiError))
        self._on_event(Discovered(api_versions=versions, kinds=kinds, seconds=self.seconds()))

    async def _ask(self, api_version: str) -> Served | ApiError:
        found = await self._kinds.discover(api_version)
        self._watch()
        self._moved.set()
        return found

    def _watch(self) -> None:
        """Watch all whose kind is known by now, applied or not: a watch takes two requests to
        begin. The kinds that the plan defines are not served yet."""
        for each in self.objects:
            kind = None if each.step.definition else self._kinds.of(each.step)
            if isinstance(kind, ResourceKind):
                self._watch_one(each, kind)

    def _watch_one(self, each: ObjectProgress, kind: ResourceKind) -> None:
        if is_watched(each.step.manifest):
            each.place(kind, self._client.context.namespace)
            self._world.watch(kind, each.ref.namespace)

    def _look(self) -> None:
        for each in self.objects:
            if each.stage is not Stage.APPLIED:
                continue
            before, each.verdict = each.verdict, each.look(self._world)
            match each.verdict:
                case Ready(answer):
                    if each.ready_s is None:
                        each.ready_s = self.seconds()
                        self._on_event(
                            BecameReady(ref=each.ref, answer=answer, seconds=each.ready_s)
                        )
                case NotYet():
                    each.ready_s = None
                case Failed(reason):
                    each.ready_s = None
                    if not isinstance(before, Failed):
                        self._settle()
                        self._on_event(
                            ObjectFailed(ref=each.ref, reason=reason, seconds=self.seconds())
                        )

    def _begin(self) -> None:
        """Begin all that can, and end what cannot ever; the one may let the other."""
        while True:
            turn = min((each.step.wave for each in self.objects if self._holds(each)), default=0)
            begun = [
                self._begin_one(each, turn) for each in self.objects if each.stage is Stage.PENDING
            ]
            if not any(begun):
                return

    def _holds(self, each: ObjectProgress) -> bool:
        return each.under_way and each.step.wave > 0

    def _begin_one(self, each: ObjectProgress, turn: int) -> bool:
        """Whether it is not pending any more. `turn`: the wave that is applied."""
        lost = tuple(need for need in each.step.needs if self._by_ref[need].hopeless)
        if lost:
            each.stage, each.blocked = Stage.BLOCKED, lost
            return True
        if each.step.wave > turn or self._unready(each):
            return False
        kind = self._kinds.of(each.step)
        match kind:
            case None:
                return False
            case ApiError():
                if kind.reason == NOT_SERVED and self._kinds.ask_again(each.step):
                    self._start(self._ask_again(each.step.manifest.api_version))
                    return False
                self._refused(each, kind)
            case ResourceKind():
                each.stage = Stage.APPLYING
                if each.step.wave == 0:
                    self._on_event(DeferredBegun(ref=each.ref, seconds=self.seconds()))
                self._start(self._apply(each, kind))
        return True

    async def _ask_again(self, api_version: str) -> None:
        await self._ask(api_version)

    def _unready(self, each: ObjectProgress) -> tuple[Ref, ...]:
        return tuple(need for need in each.step.needs if not self._by_ref[need].ready)

    async def _apply(self, each: ObjectProgress, kind: ResourceKind) -> None:
        body = each.place(kind, self._client.context.namespace)

        async def send() -> Body:
            async with self._turn:
                each.sent(self.seconds())
                return await self._client.apply(
                    kind, body, manager=self._manager, warned=partial(self._warned, each)
                )

        match await self._retry(send, deadline=self._deadline):
            case Answered(answer):
                self._accepted(each, kind, answer)
            case GaveUp(error):
                self._refused(each, error)

    def _accepted(self, each: ObjectProgress, kind: ResourceKind, answer: Body) -> None:
        each.accepted(self.seconds())
        self._world.applied(each.ref, answer)
        self._watch_one(each, kind)
        made = Fields(answer).time("metadata", "creationTimestamp") or 0.0
        self._on_event(
            Applied(
                ref=each.ref,
                wave=each.step.wave,
                seconds=self.seconds(),
                took_s=self.seconds() - (each.begun_s or 0.0),
                created=made >= self._began_there - _CREATED_S,
            )
        )
        if self._failing():
            self._settle()

    def _warned(self, each: ObjectProgress, warning: str) -> None:
        if each.warned(warning):
            self._on_event(Warned(ref=each.ref, warning=warning, seconds=self.seconds()))

    def _refused(self, each: ObjectProgress, error: ApiError) -> None:
        each.refused(error)
        self._settle()
        self._on_event(Refused(ref=each.ref, error=error, seconds=self.seconds()))

    def _settle(self) -> None:
        self._settled_s = self.seconds() + self._settle_s

    def _failing(self) -> bool:
        return any(each.hopeless for each in self.objects)

    def _over(self, now: float) -> bool:
        """Whether all are ready, or one has failed and all that can be applied is, or nobody can
        tell any more."""
        if all(each.ready for each in self.objects):
            return True
        if any(each.stage is Stage.APPLYING for each in self.objects):
            return False
        self.fault = self._world.fault()
        if self.fault is not None:
            return True
        if any(self._holds(each) for each in self.objects) or not self._failing():
            return False
        ended = all(each.ready or each.hopeless for each in self.objects)
        return ended or now >= self._settled_s

    def _tell(self, now: float) -> None:
        if now < self._told_s + TELL_S:
            return
        self._told_s = now
        waiting = tuple(
            (each.ref, each.waits_for(self._unready(each)))
            for each in self.objects
            if not each.ready and not each.hopeless
        )
        if waiting:
            self._on_event(StillWaiting(waiting=waiting, seconds=now))

    async def _rest(self, now: float) -> None:
        """Until anything happens, or something is to be told or ended without that. `now`: when
        that was last looked at."""
        ends = [each for each in (self._told_s + TELL_S, self._settled_s) if each > now]
        try:
            async with asyncio.timeout(min(ends) - self.seconds()):
                await self._moved.wait()
        except TimeoutError:
            pass


def _late(each: ObjectProgress) -> ApiError:
    return ApiError(
        verb="patch",
        path=each.ref.short,
        code=0,
        reason="TimedOut",
        message="no answer had come when the deadline was over",
    )
