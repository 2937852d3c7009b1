"""Remove a run from a cluster, and say what could not be removed and why."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from orchestration.cluster.api import ApiError, Body, ResourceKind
from orchestration.cluster.client import Client
from orchestration.cluster.fields import Fields
from orchestration.cluster.held_objects import (
    FOUNDATIONS,
    NAMESPACES,
    USUAL,
    Held,
    HeldObject,
    Places,
    found_object,
    held_objects,
)
from orchestration.cluster.letting_go import Kept, LettingGo, refused
from orchestration.cluster.localize import Kinds
from orchestration.cluster.manifest import Ref
from orchestration.cluster.platform_run import Mark, PlatformRun, holds_of, run_of
from orchestration.cluster.retry import GaveUp, Retry
from orchestration.cluster.run_contents import read
from orchestration.cluster.strangers import Claims, claims_of

FIRST_S: Final = 15.0
"""How long objects with finalizers may take while the controllers that know them still run."""

_LOOK_S: Final = 0.05
_SLOWER: Final = 1.5
_SLOWEST_S: Final = 1.0
_REMAINING: Final = (
    "NamespaceDeletionDiscoveryFailure",
    "NamespaceDeletionGroupVersionParsingFailure",
    "NamespaceDeletionContentFailure",
    "NamespaceContentRemaining",
    "NamespaceFinalizersRemaining",
)
"""Conditions of a Namespace on its way out (k8s.io/api core/v1, NamespaceConditionType)."""

_SLOW: Final = tuple(
    ResourceKind(api_version="v1", kind=kind, plural=plural, namespaced=True)
    for kind, plural in {
        "Pod": "pods",
        "PersistentVolumeClaim": "persistentvolumeclaims",
        "Service": "services",
        "ConfigMap": "configmaps",
        "Secret": "secrets",
    }.items()
)
"""Kinds that are known to have finalizers, or get them from controllers, besides custom ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """`removed`: gone, seen to be. `shared`: other runs still use it, so only this run's hold is
    gone; with their ids. `kept`: what people have put something into, so only the hold is gone;
    with what that is. `left`: what is still there, and why; nothing of it was forgotten, and a
    second `remove` goes on from there."""

    removed: tuple[Ref, ...] = ()
    shared: tuple[tuple[Ref, tuple[str, ...]], ...] = ()
    kept: tuple[tuple[Ref, str], ...] = ()
    left: tuple[tuple[Ref, str], ...] = ()


async def remove(
    client: Client,
    run: PlatformRun,
    outside: Sequence[Ref],
    *,
    deadline_s: float,
    retry: Retry | None = None,
    first_s: float = FIRST_S,
) -> Removal:
    """Remove the run's namespace, and what it has outside of it, within `deadline_s` seconds.

    What goes first: objects outside, but for what others stand on, and custom objects with
    finalizers (for `first_s`), as long as the controllers in the namespace can still see to them.
    Then the namespace, then ClusterRoles, CRDs and the like. What other runs hold too is only let
    go; the last one removes it. `outside`: what may be there, as far as the caller knows; the
    namespace says it, too, but may be gone. Of kinds that neither of them names only the `USUAL`
    are looked for. Nothing is touched that this very run (with this owner) does not hold, nor
    anything that changed since it was looked at. Never raises ApiError.
    """
    retry = retry or Retry()
    return await _Removing(client, run, outside, retry, retry.clock() + deadline_s).done(first_s)


@dataclass(slots=True)
class _Removing:
    _client: Client
    _run: PlatformRun
    _outside: Sequence[Ref]
    _retry: Retry
    _deadline: float
    _kinds: Kinds = field(default_factory=dict)
    _places: set[tuple[ResourceKind, str | None]] = field(default_factory=set)
    _removed: list[Ref] = field(default_factory=list)
    _shared: list[tuple[Ref, tuple[str, ...]]] = field(default_factory=list)
    _kept: list[tuple[Ref, str]] = field(default_factory=list)
    _left: list[tuple[Ref, str]] = field(default_factory=list)
    _named: tuple[Ref, ...] = ()
    _claims: Claims = ()

    async def done(self, first_s: float) -> Removal:
        try:
            await self._all(first_s)
        except ApiError as error:
            self._left.append((self._namespace_ref, refused(error)))
        return Removal(
            removed=tuple(self._removed),
            shared=tuple(self._shared),
            kept=tuple(self._kept),
            left=tuple(self._left),
        )

    @property
    def _namespace_ref(self) -> Ref:
        return Ref(api_version="v1", kind="Namespace", namespace=None, name=self._run.namespace)

    async def _all(self, first_s: float) -> None:
        namespace = await self._found(NAMESPACES, self._run.namespace)
        if namespace is not None and not self._is_ours(namespace):
            why = "it is not this run's: its labels and annotations name another, or nobody"
            self._left.append((self._namespace_ref, why))
            namespace = None
        await self._read({} if namespace is None else namespace.body)
        held = await self._held()
        unseen = bool(self._left)
        self._claims = tuple(claims_of(held))
        late = [each for each in held if each.kind in FOUNDATIONS]
        await self._let_go([each for each in held if each not in late])
        if namespace is not None and unseen:
            self._left.append((namespace.ref, "it says what else there is"))
        elif namespace is not None:
            try:
                await self._finalize(self._retry.clock() + first_s)
                await self._delete_namespace(namespace)
            except ApiError as error:
                self._left.append((namespace.ref, refused(error)))
        if self._left:
            # What is left may need them to go: a controller its rights, an object its definition.
            why = "it goes when the rest has gone"
            self._left += [(each.ref, why) for each in late]
            return
        for kind in FOUNDATIONS:
            await self._let_go([each for each in late if each.kind == kind])

    def _is_ours(self, namespace: HeldObject) -> bool:
        found = run_of(namespace.body)
        return found is not None and (found.run, found.owner) == (self._run.run, self._run.owner)

    async def _read(self, namespace: Body) -> None:
        """Learn where the run has what, from its namespace as well, if that is there."""
        annotations = Fields(namespace).table("metadata", "annotations")
        entries = {
            *(((each.api_version, each.kind), each.namespace) for each in self._outside),
            *(_entry(each) for each in annotations.text(Mark.CONTENTS).split()),
        }
        self._named = tuple({*self._outside, *read(annotations.text(Mark.OBJECTS))})
        versions = {key[0] for key, _ in entries}
        if versions:
            found = await self._retry(
                lambda: self._client.discover(versions), deadline=self._deadline
            )
            if isinstance(found, GaveUp):
                raise found.error
            self._kinds = found.answer
        self._places = {(self._kinds[key], place) for key, place in entries if key in self._kinds}

    async def _held(self) -> tuple[HeldObject, ...]:
        places: list[tuple[ResourceKind, str | None]] = [(each, None) for each in USUAL]
        outside = [each for each in self._places if each[1] != self._run.namespace]
        found = await self._listed([*places, *outside], self._run.hold)
        hidden = [each for each in found.unseen if each in outside]
        objects = {each.uid: each for each in found.objects}
        for each in await asyncio.gather(*(self._by_name(*one) for one in hidden)):
            objects |= {one.uid: one for one in each}
        return tuple(objects.values())

    async def _by_name(self, kind: ResourceKind, place: str | None) -> list[HeldObject]:
        """What the run has of a kind that we may not list."""
        refs = [
            each
            for each in self._named
            if (each.api_version, each.kind, each.namespace) == (kind.api_version, kind.kind, place)
        ]
        if not refs:
            nobody = Ref(api_version=kind.api_version, kind=kind.kind, namespace=place, name="*")
            self._left.append((nobody, f"we may not list {kind.plural}"))
        found: list[HeldObject] = []
        for ref in refs:
            try:
                one = await self._found(kind, ref.name, place)
            except ApiError as error:
                self._left.append((ref, refused(error)))
                continue
            if one is not None and self._run.run in holds_of(one.body):
                found.append(one)
        return found

    async def _let_go(self, objects: Sequence[HeldObject]) -> None:
        work = LettingGo(self._client, self._run, self._retry, self._deadline, self._claims)
        for ref, came_of in zip(
            (each.ref for each in objects),
            await asyncio.gather(*map(work.of, objects)),
            strict=True,
        ):
            match came_of:
                case str():
                    self._left.append((ref, came_of))
                case Kept(why):
                    self._kept.append((ref, why))
                case ():
                    self._removed.append(ref)
                case runs:
                    self._shared.append((ref, runs))

    async def _finalize(self, until: float) -> None:
        """Delete custom objects that wait for somebody, and wait for that."""
        custom = [kind for kind, place in self._places if place == self._run.namespace]
        waiting = [each for each in await self._inside(custom) if each.finalizers]
        if not waiting:
            return
        await asyncio.gather(*map(self._ask, waiting))
        uids = {each.uid for each in waiting}
        async for _ in self._looks(min(until, self._deadline)):
            left = await self._inside({each.kind for each in waiting})
            if uids.isdisjoint(each.uid for each in left):
                return

    async def _delete_namespace(self, namespace: HeldObject) -> None:
        uid = namespace.uid
        async for _ in self._looks(self._deadline):
            found = await self._found(NAMESPACES, namespace.ref.name)
            if found is None or found.uid != uid:
                self._removed.append(namespace.ref)
                return
            if not found.going:
                await self._ask(found)
        found = await self._found(NAMESPACES, namespace.ref.name)
        if found is None or found.uid != uid:
            self._removed.append(namespace.ref)
        else:
            self._left.append((namespace.ref, await self._why(found)))

    async def _why(self, namespace: HeldObject) -> str:
        """What keeps a namespace: the server's conditions, and the objects that wait."""
        fields = Fields(namespace.body)
        said = [fields.says(each) for each in _REMAINING]
        told = [each.fields.text("message") or each.reason for each in said if each is not None]
        held = [
            f"{each.ref.short} waits for finalizer {', '.join(each.finalizers)}"
            for each in await self._inside((*self._kinds.values(), *_SLOW))
            if each.going and each.finalizers
        ]
        if namespace.finalizers:
            held.append(f"it waits for finalizer {', '.join(namespace.finalizers)} itself")
        return "; ".join((*held, *told)) or "it is being deleted, and nobody says what keeps it"

    async def _inside(self, kinds: Iterable[ResourceKind]) -> tuple[HeldObject, ...]:
        places = [(each, self._run.namespace) for each in kinds if each.namespaced]
        return (await self._listed(places, "")).objects

    async def _listed(self, places: Places, labels: str) -> Held:
        return await held_objects(
            self._client, places, labels, retry=self._retry, deadline=self._deadline
        )

    async def _ask(self, found: HeldObject) -> None:
        """Delete this very object; content when it is another by now."""

        async def delete() -> bool:
            return await self._client.delete(
                found.kind, found.ref.name, found.ref.namespace, uid=found.uid
            )

        answer = await self._retry(delete, deadline=self._deadline)
        if isinstance(answer, GaveUp) and answer.error.code != 409:
            raise answer.error

    async def _found(
        self, kind: ResourceKind, name: str, place: str | None = None
    ) -> HeldObject | None:
        return await found_object(
            self._client, kind, name, place, retry=self._retry, deadline=self._deadline
        )

    async def _looks(self, until: float) -> AsyncIterator[None]:
        """Moments to look again, ever rarer, until a time."""
        pause = _LOOK_S
        while self._retry.clock() < until:
            yield
            await self._retry.pause(min(pause, max(0.0, until - self._retry.clock())))
            pause = min(pause * _SLOWER, _SLOWEST_S)


def _entry(text: str) -> tuple[tuple[str, str], str | None]:
    """apiVersion, kind and namespace of an entry of `Mark.CONTENTS`."""
    named, _, namespace = text.partition("@")
    api_version, _, kind = named.rpartition("/")
    return (api_version, kind), namespace or None
