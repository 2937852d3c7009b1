"""Giving up what a run holds outside of its namespace; the last one out removes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from orchestration.cluster.api import ApiError, Body
from orchestration.cluster.client import Client
from orchestration.cluster.fields import Fields, told
from orchestration.cluster.held_objects import DEFINITIONS, NAMESPACES, HeldObject, found_object
from orchestration.cluster.platform_run import PlatformRun, holds_of, is_shared
from orchestration.cluster.retry import GaveUp, Retry
from orchestration.cluster.strangers import Claims, Strangers

_LOOK_S: Final = 0.05
_SLOWEST_S: Final = 1.0
_CONFLICT: Final = 409

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kept:
    """The run's hold is off, and the object stays for others who are no runs. `why`: who."""

    why: str


Outcome = str | Kept | tuple[str, ...]
"""Why it is left; or the other runs that use it, of which none are left when it was removed."""


@dataclass(frozen=True, slots=True)
class LettingGo:
    """`deadline`: by the clock of `retry`; `claims`: see `Strangers`."""

    client: Client
    run: PlatformRun
    retry: Retry
    deadline: float
    claims: Claims = ()

    async def of(self, found: HeldObject) -> Outcome:
        """Remove an object when nobody else holds it, else take the run's hold off. What came of
        it is seen, not assumed. Raises nothing."""
        try:
            return await self._tried(found)
        except ApiError as error:
            return refused(error)

    async def _tried(self, found: HeldObject) -> Outcome:
        live: HeldObject | None = found
        while True:
            if live is None or live.uid != found.uid:
                return ()
            if live.going:
                return await self._gone(live)
            holds = holds_of(live.body)
            if self.run.run not in holds:
                return tuple(holds)
            mine = holds[self.run.run]
            if mine is None or mine.owner != self.run.owner or not is_shared(live.body):
                return "its labels say that it is this run's, and its annotations do not"
            others = tuple(each for each in holds if each != self.run.run)
            try:
                if others:
                    await self._release(live)
                    return others
                if live.kind == NAMESPACES:
                    why = await self._strangers.of_namespace(live)
                    if why:
                        await self._release(live)
                        return Kept(why)
                if live.kind == DEFINITIONS:
                    why = await self._strangers.of_definition(live)
                    if why:
                        return why
                await self._delete(live)
            except ApiError as error:
                # Somebody else came, or went, since it was looked at.
                if error.code != _CONFLICT:
                    raise
                if self.retry.clock() >= self.deadline:
                    return "others changed it whenever it was to be changed"
            live = await self._again(live)

    @property
    def _strangers(self) -> Strangers:
        return Strangers(
            client=self.client, retry=self.retry, deadline=self.deadline, claims=self.claims
        )

    async def _delete(self, live: HeldObject) -> None:
        ref = live.ref

        async def delete() -> bool:
            return await self.client.delete(
                live.kind, ref.name, ref.namespace, uid=live.uid, resource_version=live.version
            )

        await self._sent(delete)

    async def _release(self, live: HeldObject) -> None:
        """Stop applying it: what others apply stays, and the run's hold goes."""
        ref = live.ref
        metadata: dict[str, object] = {
            "name": ref.name,
            "uid": live.uid,
            "resourceVersion": live.version,
        }
        if ref.namespace is not None:
            metadata["namespace"] = ref.namespace
        body: Body = {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": metadata}

        async def apply() -> Body:
            return await self.client.apply(live.kind, body, manager=self.run.manager)

        left = await self._sent(apply)
        if self.run.run in holds_of(left):
            # Somebody else wrote the hold too, with a restored backup perhaps.
            gone = {self.run.hold: None}
            version = Fields(left).text("metadata", "resourceVersion")
            patch = {"metadata": {"resourceVersion": version, "labels": gone, "annotations": gone}}

            async def take_off() -> Body:
                return await self.client.patch_merge(live.kind, ref.name, ref.namespace, patch)

            await self._sent(take_off)

    async def _gone(self, live: HeldObject) -> Outcome:
        """Wait until an object that is being deleted has gone."""
        pause = _LOOK_S
        now: HeldObject | None = live
        while True:
            now = await self._again(live)
            if now is None or now.uid != live.uid:
                return ()
            if self.retry.clock() + pause >= self.deadline:
                held = ", ".join(now.finalizers)
                return "it is being deleted" + (f", and waits for finalizer {held}" if held else "")
            await self.retry.pause(pause)
            pause = min(pause * 1.5, _SLOWEST_S)

    async def _again(self, live: HeldObject) -> HeldObject | None:
        return await found_object(
            self.client,
            live.kind,
            live.ref.name,
            live.ref.namespace,
            retry=self.retry,
            deadline=self.deadline,
        )

    async def _sent(self, request: Callable[[], Awaitable[T]]) -> T:
        """A conflict is never tried again as it is: what it rests on has to be looked at anew."""

        async def once() -> T | ApiError:
            try:
                return await request()
            except ApiError as error:
                if error.code == _CONFLICT:
                    return error
                raise

        answer = await self.retry(once, deadline=self.deadline)
        if isinstance(answer, GaveUp):
            raise answer.error
        if isinstance(answer.answer, ApiError):
            raise answer.answer
        return answer.answer


def refused(error: ApiError) -> str:
    """Why something was not removed, on one line."""
    return told(error.reason, error.message) or f"HTTP {error.code}"
