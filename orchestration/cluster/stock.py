"""What is on a cluster already of what a run wants outside of its namespace."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from orchestration.cluster.api import ApiError, Body, ResourceKind
from orchestration.cluster.client import Client
from orchestration.cluster.cluster_failure import told
from orchestration.cluster.differences import differences, missing
from orchestration.cluster.fields import Fields
from orchestration.cluster.held_objects import HeldObject, found_object
from orchestration.cluster.localize import Kinds
from orchestration.cluster.manifest import Manifest, Ref
from orchestration.cluster.manifest_mistakes import shown_place
from orchestration.cluster.platform_run import HOLD, Mark, PlatformRun, holds_of, is_shared
from orchestration.cluster.renamed_needs import renamed_needs
from orchestration.cluster.retry import GaveUp, Retry
from orchestration.errors import DeployError

GOING_S: Final = 30.0
"""How long an object that is being deleted may take to go; CRDs take their objects with them."""

_LOOK_S: Final = 0.2
_MOST_FIELDS: Final = 6
_REFUSED: Final = (403, 405)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """`theirs`: what somebody else made, and is as it is wanted: used, never applied, never
    removed. `shared`: what other runs of ours made, with their ids. `notices`: the same in words.
    """

    theirs: tuple[Ref, ...] = ()
    shared: Mapping[Ref, tuple[str, ...]]
    notices: tuple[str, ...] = ()

    def to_apply(self, manifests: Sequence[Manifest]) -> tuple[Manifest, ...]:
        """Those of `manifests` that are the run's to apply; none waits for `theirs`."""
        refs = {each.ref: None if each.ref in self.theirs else each.ref for each in manifests}
        return tuple(
            _with_annotations(each, renamed_needs(each, refs))
            for each in manifests
            if each.ref not in self.theirs
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    manifest: Manifest
    shared_by: tuple[str, ...] | None = None
    refused: str = ""


async def take_stock(
    client: Client,
    outside: Sequence[Manifest],
    kinds: Kinds,
    run: PlatformRun,
    *,
    retry: Retry | None = None,
    going_s: float = GOING_S,
) -> Stock:
    """Look for `outside` (of `Localized`) on the cluster. Nothing is changed: the server is asked
    what an apply would do.

    What nobody has is the run's to make. What runs of ours have is shared, unless this run wants it
    otherwise. What somebody else made is used if an apply would change nothing. Raises DeployError
    with all the rest, each at its file:line with the fields; StackwrightError for what cannot be
    looked at. An object on its way out is awaited for `going_s` seconds.
    """
    look = _Look(client, run, retry or Retry(), going_s)
    asked = [(each, kinds.get((each.api_version, each.kind))) for each in outside]
    answers = await asyncio.gather(
        *(look.at(each, kind) for each, kind in asked if kind is not None),
        return_exceptions=True,
    )
    found: list[_Found] = []
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
        if answer is not None:
            found.append(answer)
    _raise_refusals(found)
    theirs = [each.manifest for each in found if each.shared_by is None]
    shared = {each.manifest.ref: each.shared_by for each in found if each.shared_by is not None}
    return Stock(
        theirs=tuple(each.ref for each in theirs),
        shared=shared,
        notices=(
            *(f"{each.ref} is somebody else's: it is used as it is, and stays" for each in theirs),
            *(f"{ref} is shared with {_runs(runs)}" for ref, runs in shared.items() if runs),
        ),
    )


@dataclass(frozen=True, slots=True)
class _Look:
    client: Client
    run: PlatformRun
    retry: Retry
    going_s: float

    async def at(self, manifest: Manifest, kind: ResourceKind) -> _Found | None:
        """None: it is not there."""
        deadline = self.retry.clock() + self.going_s
        try:
            while True:
                live = await found_object(
                    self.client,
                    kind,
                    manifest.name,
                    manifest.namespace,
                    retry=self.retry,
                    deadline=deadline,
                )
                if live is None:
                    return None
                if not live.going:
                    break
                if self.retry.clock() >= deadline:
                    return _Found(manifest=manifest, refused=_going(live))
                await self.retry.pause(_LOOK_S)
            return await self._judged(manifest, live, deadline)
        except ApiError as error:
            raise told(
                error, ref=manifest.ref, place=manifest.place, context=self.client.context
            ) from error

    async def _judged(self, manifest: Manifest, live: HeldObject, deadline: float) -> _Found:
        ours = is_shared(live.body)
        body = manifest.body if ours else _without_hold(manifest.body)

        async def apply() -> Body:
            return await self.client.apply(
                live.kind, body, dry_run=True, force=not ours, manager=self.run.manager
            )

        answer = await self.retry(apply, deadline=deadline)
        if not isinstance(answer, GaveUp):
            paths = () if ours else differences(live.body, answer.answer)
        elif answer.error.code == 409 and answer.error.causes:
            paths = tuple(each.field.removeprefix(".") for each in answer.error.causes)
        elif answer.error.code in _REFUSED:
            # Who may not change it can still use it as it is.
            paths = missing(body, live.body)
        else:
            raise answer.error
        others = tuple(each for each in holds_of(live.body) if each != self.run.run)
        if paths:
            refused = _other_runs(others, paths) if ours else _foreign(live, paths)
            return _Found(manifest=manifest, refused=refused)
        return _Found(manifest=manifest, shared_by=others if ours else None)


def _with_annotations(manifest: Manifest, annotations: Mapping[str, object]) -> Manifest:
    metadata = {**Fields(manifest.body).table("metadata").body, "annotations": annotations}
    if not annotations:
        del metadata["annotations"]
    return replace(manifest, body={**manifest.body, "metadata": metadata})


def _without_hold(body: Body) -> Body:
    metadata = dict(Fields(body).table("metadata").body)
    for part in ("labels", "annotations"):
        written = Fields(metadata).table(part).body
        kept = {
            key: each
            for key, each in written.items()
            if key != Mark.SHARED and not key.startswith(HOLD)
        }
        metadata.pop(part, None)
        if kept:
            metadata[part] = kept
    return {**body, "metadata": metadata}


def _raise_refusals(found: Sequence[_Found]) -> None:
    refused = [each for each in found if each.refused]
    if not refused:
        return
    lines = [
        f"{shown_place(each.manifest.place)}: {each.manifest.ref}: {each.refused}"
        for each in sorted(refused, key=lambda each: each.manifest.place)
    ]
    what = "an object outside of the run's namespace is there already, and is another"
    if len(lines) > 1:
        what = f"{len(lines)} objects outside of the run's namespace are there already, and others"
    raise DeployError(
        what + "".join(f"\n  {line}" for line in lines),
        why="nothing that others use is changed",
        fix="write them as they are on the cluster, leave them out of the manifests to use what is "
        "there, or use a cluster of your own (`--kind`)",
    )


def _foreign(live: HeldObject, paths: Sequence[str]) -> str:
    managers = {
        each.text("manager")
        for each in Fields(live.body).tables("metadata", "managedFields")
        if not each.text("subresource")
    }
    by = ", ".join(sorted(filter(None, managers))) or "somebody else"
    return f"made by {by}; it would change at {_fields(paths)}"


def _other_runs(others: Sequence[str], paths: Sequence[str]) -> str:
    return f"shared with {_runs(others)}; this run wants it otherwise at {_fields(paths)}"


def _going(live: HeldObject) -> str:
    held = ", ".join(live.finalizers)
    return "it is being deleted" + (f", and waits for finalizer {held}" if held else "")


def _fields(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _MOST_FIELDS} more" if len(paths) > _MOST_FIELDS else ""
    return ", ".join(paths[:_MOST_FIELDS]) + more


def _runs(runs: Sequence[str]) -> str:
    if not runs:
        return "a run that is gone"
    return f"run{'s' if len(runs) > 1 else ''} {', '.join(runs)}"
