"""A cluster as it is now, kept up to date by watches, for whoever waits for its objects."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Final, Self

from orchestration.cluster.api import ApiError, Body, ResourceKind
from orchestration.cluster.manifest import Ref
from orchestration.cluster.observed import EVENT, Kind, Observed
from orchestration.cluster.reader import Reader
from orchestration.cluster.watcher import Backoff, Watcher
from orchestration.model import NotYet, Verdict

PODS: Final = ResourceKind(api_version="v1", kind="Pod", plural="pods", namespaced=True)
REPLICA_SETS: Final = ResourceKind(
    api_version="apps/v1", kind="ReplicaSet", plural="replicasets", namespaced=True
)
ENDPOINT_SLICES: Final = ResourceKind(
    api_version="discovery.k8s.io/v1",
    kind="EndpointSlice",
    plural="endpointslices",
    namespaced=True,
)
EVENTS: Final = ResourceKind(api_version="v1", kind="Event", plural="events", namespaced=True)

_COMPANIONS: Final[Mapping[Kind, tuple[ResourceKind, ...]]] = {
    ("apps", "Deployment"): (REPLICA_SETS, PODS),
    ("apps", "ReplicaSet"): (PODS,),
    ("", "ReplicationController"): (PODS,),
    ("apps", "StatefulSet"): (PODS,),
    ("apps", "DaemonSet"): (PODS,),
    ("batch", "Job"): (PODS,),
}


class World:
    """What is known of a cluster. An async context manager: its watches end with it.

    One list and one watch for each kind and namespace as long as all goes well. Verdicts can be
    asked for at any time, also of what is not watched: of that the answer of its apply is known,
    and no more. Belongs to the event loop it is entered in.
    """

    def __init__(self, client: Reader, *, backoff: Backoff | None = None) -> None:
        self._client = client
        self._backoff = backoff or Backoff()
        self._observed = Observed()
        self._watchers: dict[tuple[Kind, str | None], Watcher] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._over = False
        self._broken: BaseException | None = None
        self._news = asyncio.Event()
        self._revision = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over = True
        tasks = tuple(self._tasks)
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if error is None and self._broken is not None:
            raise self._broken

    @property
    def revision(self) -> int:
        """Grows with all that happens: see `changed`."""
        return self._revision

    def watch(self, kind: ResourceKind, namespace: str | None) -> None:
        """Follow the objects of a kind in a namespace (None: in all), and those that the pods of a
        workload are found by. Content when that is done already."""
        for each in (kind, *_COMPANIONS.get((kind.group, kind.kind), ())):
            self._follow(each, namespace if each.namespaced else None)

    def settled(self, kind: ResourceKind, namespace: str | None) -> bool:
        """Whether its first list has arrived."""
        return self._observed.settled((kind.group, kind.kind), namespace)

    def applied(self, ref: Ref, body: Body) -> None:
        """`body` is what the server answered when `ref` was applied. From now on it is there, even
        if a watch is not up to date or not up, and its end is a failure."""
        self._observed.applied(ref, body)
        self._tell()

    def forget(self, ref: Ref) -> None:
        """Before deleting it oneself: its end is no failure, and it need not be there any more."""
        self._observed.forget(ref)
        self._tell()

    def verdict(self, ref: Ref, *, endpoints: bool = False) -> Verdict:
        """What is to be said of it now. `endpoints`: a Service needs a ready one; EndpointSlices
        are watched from the first such question on. Events are as soon as only they may say why it
        is not ready."""
        if endpoints and not self._over and (ref.group, ref.kind) == ("", "Service"):
            self.watch(ENDPOINT_SLICES, ref.namespace)
        now = self._client.now()
        found = self._observed.verdict(ref, now, endpoints=endpoints)
        unclear = isinstance(found, NotYet) and not self._over
        if unclear and self._observed.asks_for_events(ref, now):
            self._follow(EVENTS, ref.namespace)
        return found

    def body(self, ref: Ref) -> Body | None:
        """The object as it was last seen, None when it is not there."""
        return self._observed.body(ref)

    def pods_of(self, ref: Ref) -> tuple[Body, ...]:
        """The pods of the newest revision of a workload; of a Job all."""
        return self._observed.pods_of(ref)

    async def changed(self, timeout: float | None = None, *, since: int | None = None) -> None:
        """Returns when a verdict may have changed: something happened, a grace ended, a watch gave
        up; or after `timeout` seconds.

        `since`: the `revision` at which the caller looked; returns at once when it is another now.
        Needed only if something was awaited since the look.
        """
        if self._broken is not None:
            raise self._broken
        if since is not None and since != self._revision:
            return
        next_look = self._observed.next_look_s(self._client.now())
        limits = [each for each in (timeout, next_look) if each is not None]
        news = self._news
        try:
            async with asyncio.timeout(min(limits, default=None)):
                await news.wait()
        except TimeoutError:
            return
        if self._broken is not None:
            raise self._broken

    def fault(self) -> ApiError | None:
        """Why a watch cannot go on: refused, or its kind is not served. None when all can."""
        return next((each.fault for each in self._needed() if each.fault), None)

    def interruption(self) -> ApiError | None:
        """Why a watch does not get through at the moment, though it goes on trying: what is said of
        objects may be out of date. None when all do, as far as one knows."""
        found = (each.interruption() for each in self._needed())
        return next((each for each in found if each is not None), None)

    def _needed(self) -> Iterator[Watcher]:
        """Events may be nobody's business: who may not read them waits until the deadline."""
        return (each for (kind, _), each in self._watchers.items() if kind != EVENT)

    def _follow(self, kind: ResourceKind, namespace: str | None) -> None:
        if self._over:
            raise RuntimeError("this world has ended")
        which = (kind.group, kind.kind)
        if (which, namespace) in self._watchers or (which, None) in self._watchers:
            return
        watcher = Watcher(
            reader=self._client,
            observed=self._observed,
            kind=kind,
            namespace=namespace,
            told=self._tell,
            backoff=self._backoff,
        )
        self._watchers[which, namespace] = watcher
        task = asyncio.create_task(watcher.run(), name=f"watch of {kind.plural}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            self._broken = task.exception()
            self._tell()

    def _tell(self) -> None:
        self._revision += 1
        self._news.set()
        self._news = asyncio.Event()
