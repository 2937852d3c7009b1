"""What the cluster knows of an object that failed: the logs of its pods, and events."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from orchestration.cluster.api import ApiError, Body, ResourceKind
from orchestration.cluster.client import Client
from orchestration.cluster.fields import Fields, told
from orchestration.cluster.manifest import Ref
from orchestration.cluster.refused_pods import event_time

LIMIT_S: Final = 5.0
"""How long somebody who knows already that it failed waits for the reasons."""
LINES: Final = 50
"""Of each log."""
MOST_PODS: Final = 3
"""Pods of one object whose logs are read: those of one template fail alike."""
MOST_EVENTS: Final = 20

T = TypeVar("T")

_PODS: Final = ResourceKind(api_version="v1", kind="Pod", plural="pods", namespaced=True)

_REPLICAS: Final = re.compile(r"-[bcdf-hj-np-tv-xz2456789]+")
"""What a Deployment puts behind its name for its ReplicaSets: SafeEncodeString of apimachinery."""
_GENERATED: Final = r"-[bcdf-hj-np-tv-xz2456789]{5}"
"""What `generateName` of a pod gets."""
_COMBINED: Final = "(combined from similar events): "


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An object to be explained, as it was seen last, and its pods."""

    ref: Ref
    body: Body = field(repr=False)
    pods: tuple[Body, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectEvidence:
    """`logs`: by `pod/container`; `events`: `reason: message`, newest last, those that are alike as
    one with their number, whatever pod names were generated in them. What could not be had says so
    in its place."""

    logs: tuple[tuple[str, str], ...] = ()
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Missing:
    why: str


async def object_evidence(
    client: Client,
    subjects: Sequence[Subject],
    *,
    limit_s: float = LIMIT_S,
    redact: Callable[[str], str] = str,
) -> Mapping[Ref, ObjectEvidence]:
    """The evidence of all `subjects`, by their ref, asked for all at once.

    Takes `limit_s` at most, and never fails. Of each log the last LINES; of containers that are
    ready or ended well none. `redact` takes secrets out.
    """
    subjects = await asyncio.gather(*(_with_pods(client, each, limit_s) for each in subjects))
    spaces = sorted({_space(each.ref) for each in subjects})
    events, logs = await asyncio.gather(
        asyncio.gather(*(_within(limit_s, client.events(each)) for each in spaces)),
        asyncio.gather(*(_logs(client, each, limit_s) for each in subjects)),
    )
    by_space = dict(zip(spaces, events, strict=True))
    found: dict[Ref, ObjectEvidence] = {}
    for subject, read in zip(subjects, logs, strict=True):
        of_space = by_space[_space(subject.ref)]
        if isinstance(of_space, _Missing):
            lines: Sequence[str] = (f"its events could not be read: {of_space.why}",)
        else:
            lines = _lines(subject, of_space)
        found[subject.ref] = ObjectEvidence(
            logs=tuple((name, redact(text)) for name, text in read),
            events=tuple(redact(line) for line in lines),
        )
    return found


def _space(ref: Ref) -> str:
    """Events of what has no namespace are in `default`."""
    return ref.namespace or "default"


async def _within(limit_s: float, asked: Awaitable[T]) -> T | _Missing:
    try:
        async with asyncio.timeout(limit_s):
            return await asked
    except TimeoutError:
        return _Missing(f"no answer within {limit_s:g} s")
    except ApiError as error:
        return _Missing(told(error.reason, error.message))


async def _with_pods(client: Client, subject: Subject, limit_s: float) -> Subject:
    """A Job that fails at once may be seen to have failed before its pods are seen to have run."""
    told_already = any(any(_containers(Fields(pod))) for pod in subject.pods)
    if (subject.ref.group, subject.ref.kind) != ("batch", "Job") or told_already:
        return subject
    found = await _within(limit_s, client.list(_PODS, _space(subject.ref)))
    if isinstance(found, _Missing):
        return subject
    uid = Fields(subject.body).text("metadata", "uid")
    owned = (each for each in found.items if uid in _owners(Fields(each)))
    return replace(subject, pods=tuple(owned) or subject.pods)


def _owners(pod: Fields) -> set[str]:
    return {each.text("uid") for each in pod.tables("metadata", "ownerReferences")}


async def _logs(client: Client, subject: Subject, limit_s: float) -> list[tuple[str, str]]:
    pods = (subject.body,) if subject.ref.kind == "Pod" else subject.pods
    wanted = [(Fields(pod), found) for pod in pods if (found := list(_containers(Fields(pod))))]
    asked = [
        (pod.text("metadata", "namespace"), pod.text("metadata", "name"), *each)
        for pod, found in wanted[:MOST_PODS]
        for each in found
    ]
    texts = await asyncio.gather(
        *(
            _within(limit_s, client.logs(pod, space, name, tail=LINES, previous=previous))
            for space, pod, name, previous in asked
        )
    )
    return [
        (
            f"{pod}/{name}" + (" (before its restart)" if previous else ""),
            f"could not be read: {text.why}" if isinstance(text, _Missing) else text,
        )
        for (_, pod, name, previous), text in zip(asked, texts, strict=True)
    ]


def _containers(pod: Fields) -> Iterator[tuple[str, bool]]:
    """Names of those whose logs tell something, and whether those of the run before are meant.

    What waits to be started again shows the log of its last run without being asked for it.
    """
    statuses = (
        *pod.tables("status", "initContainerStatuses"),
        *pod.tables("status", "containerStatuses"),
    )
    for each in statuses:
        state, last = each.table("state"), each.table("lastState", "terminated")
        well = state.count("terminated", "exitCode") == 0
        if each.get("ready") is True or well:
            continue
        waits = state.get("waiting") is not None
        if last.body and not waits:
            yield each.text("name"), True
        if last.body or not waits:
            yield each.text("name"), False


def _lines(subject: Subject, events: Iterable[Body]) -> list[str]:
    """The events of one object and its pods, one line for all that are alike."""
    pods = {Fields(pod).text("metadata", "name") for pod in subject.pods}
    counted: dict[str, int] = {}
    mine = (Fields(each) for each in events)
    for each in sorted((each for each in mine if _about(subject.ref, pods, each)), key=event_time):
        line = told(each.text("reason"), _alike(each))
        count = each.count("series", "count") or each.count("count") or 1
        # The newest of those that are alike gives them their place.
        counted[line] = counted.pop(line, 0) + count
    lines = [f"{line} ({n} times)" if n > 1 else line for line, n in counted.items()]
    return lines[-MOST_EVENTS:]


def _about(ref: Ref, pods: set[str], event: Fields) -> bool:
    about = event.table("involvedObject")
    kind, name = about.text("kind"), about.text("name")
    if kind == "Pod" and name in pods:
        return True
    if kind == "ReplicaSet" and ref.kind == "Deployment" and name.startswith(ref.name):
        return _REPLICAS.fullmatch(name, len(ref.name)) is not None
    return (kind, name) == (ref.kind, ref.name)


def _alike(event: Fields) -> str:
    """The message without the names that are made anew with every attempt at a pod."""
    message = event.text("message").removeprefix(_COMBINED)
    name = event.text("involvedObject", "name")
    return re.sub(rf"\b{re.escape(name)}{_GENERATED}(?![\w-])", f"{name}-…", message)
