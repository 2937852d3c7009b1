"""All that was seen of a cluster, and what is to be said of its objects. Pure: no clock, no I/O.

Answers of applies, lists and watches arrive in any order, and resource versions cannot be ordered.
So an object is named by its uid, which never comes back once it is gone; a list takes away only
what was known before it was asked for; and what an apply answered holds until the watch knows at
least that generation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from orchestration.cluster.api import Body, Change, ChangeKind, Listing, ResourceKind
from orchestration.cluster.fields import Fields
from orchestration.cluster.manifest import Ref
from orchestration.cluster.newest_pods import newest_pods
from orchestration.cluster.readiness import judge
from orchestration.cluster.refused_pods import FAILED, MADE, grace_left_s
from orchestration.cluster.service_readiness import ready_endpoints
from orchestration.cluster.troubles import NODE_COMES, first_seen, troubles
from orchestration.model import Failed, NotYet, Ready, Verdict

Kind = tuple[str, str]
"""Group and kind: an object is the same one in all versions of its group."""
Name = tuple[str, str]
"""Namespace, "" for none, and name."""

POD: Final[Kind] = ("", "Pod")
ENDPOINTS: Final[Kind] = ("discovery.k8s.io", "EndpointSlice")
EVENT: Final[Kind] = ("", "Event")
_JOB: Final[Kind] = ("batch", "Job")
_SERVICE: Final[Kind] = ("", "Service")
_SERVICE_LABEL: Final = "kubernetes.io/service-name"

_SILENT: Final[tuple[Kind, ...]] = (("apps", "StatefulSet"), ("apps", "DaemonSet"), _JOB)
"""Kinds whose status does not say that pods are refused."""
_TELLING: Final[tuple[Kind, ...]] = (("apps", "Deployment"), ("apps", "ReplicaSet"))
"""Kinds that have a condition for it."""
_SILENT_S: Final = 5.0
"""Seconds after which it is worth a watch to know why, well before the grace of a refusal ends."""
_TOLD: Final = frozenset({FAILED, MADE, *NODE_COMES})
"""Reasons of the events that are kept: others say nothing of whether an object gets ready."""

_MOMENT_S: Final = 0.01
"""A grace is over when more than it has passed."""


@dataclass(frozen=True, slots=True)
class _Stored:
    """`at`: when it was stored, as `Observed.mark` counts."""

    body: Body
    at: int


class Observed:
    """Objects by kind, namespace and name. Nothing here raises, whatever is in them."""

    def __init__(self) -> None:
        self._seen: dict[Kind, dict[Name, _Stored]] = {}
        self._applied: dict[Kind, dict[Name, _Stored]] = {}
        self._listed: set[tuple[Kind, str | None]] = set()
        self._controlled: dict[str, dict[tuple[Kind, Name], None]] = {}
        self._gone: set[str] = set()
        self._ended: dict[str, Body] = {}
        self._first_seen: dict[Name, Mapping[str, float]] = {}
        self._count = 0

    def mark(self) -> int:
        """A moment. Take it before asking for a list, and hand it to `listed`."""
        self._count += 1
        return self._count

    def listed(
        self,
        kind: ResourceKind,
        namespace: str | None,
        listing: Listing,
        *,
        begun: int,
        now: float,
    ) -> None:
        """Replace what is known of a kind in a namespace (None: in all) by a list, at once.

        `begun`: the `mark` from before it was asked for. `now`: seconds by the cluster's clock.
        """
        which = (kind.group, kind.kind)
        found = {_name(each): each for each in listing.items}
        uids = {_uid(each) for each in listing.items}
        for known in (self._seen, self._applied):
            for name, stored in list(known.get(which, {}).items()):
                if namespace is not None and name[0] != namespace:
                    continue
                if stored.at < begun and _uid(stored.body) not in uids:
                    self._bury(stored.body)
                    if known is self._seen and which == _JOB:
                        self._ended[_uid(stored.body)] = stored.body
                    if known is self._seen and name not in found:
                        self._drop(which, name)
        for body in found.values():
            self._put(which, _whole(kind, body), now)
        self._listed.add((which, namespace))

    def changed(self, kind: ResourceKind, change: Change, *, now: float) -> None:
        """Take in one event of a watch."""
        which = (kind.group, kind.kind)
        body = _whole(kind, change.body)
        match change.kind:
            case ChangeKind.ADDED | ChangeKind.MODIFIED:
                self._put(which, body, now)
            case ChangeKind.DELETED:
                self._bury(body)
                if which == _JOB:
                    self._ended[_uid(body)] = body
                stored = self._seen.get(which, {}).get(_name(body))
                if stored is not None and _uid(stored.body) == _uid(body):
                    self._drop(which, _name(body))
            case ChangeKind.BOOKMARK:
                pass

    def applied(self, ref: Ref, body: Body) -> None:
        """`body` is what the server answered when we applied `ref`: it is there from now on."""
        self._applied.setdefault(_kind(ref), {})[_place(ref)] = _Stored(body, self.mark())

    def forget(self, ref: Ref) -> None:
        """We deleted it ourselves, or mean to: that it is gone is no failure."""
        self._applied.get(_kind(ref), {}).pop(_place(ref), None)

    def settled(self, kind: Kind, namespace: str | None) -> bool:
        """Whether its first list has arrived."""
        return (kind, namespace) in self._listed or (kind, None) in self._listed

    def body(self, ref: Ref) -> Body | None:
        """The object as it was last seen, None when it is not there."""
        ours = self._ours(ref)
        stored = self._seen.get(_kind(ref), {}).get(_place(ref))
        seen = stored.body if stored is not None else None
        if ours is None or _uid(ours) in self._gone:
            return seen
        if seen is None or _uid(seen) != _uid(ours):
            return ours
        return ours if _generation(seen) < _generation(ours) else seen

    def pods_of(self, ref: Ref) -> tuple[Body, ...]:
        """The pods that show how a workload gets on: see `newest_pods`."""
        body = self.body(ref)
        return newest_pods(body, self.owned) if body is not None else ()

    def owned(self, uid: str, group: str, kind: str) -> tuple[Body, ...]:
        """The objects of a kind whose controller has this uid, by name."""
        names = (name for which, name in self._controlled.get(uid, ()) if which == (group, kind))
        known = self._seen.get((group, kind), {})
        return tuple(known[name].body for name in sorted(names))

    def verdict(self, ref: Ref, now: float, *, endpoints: bool = False) -> Verdict:
        """What is to be said of it. `endpoints`: whether a Service needs a ready one."""
        ours = self._ours(ref)
        if ours is not None and _uid(ours) in self._gone:
            return self._lost(ref, ours, now)
        body = self.body(ref)
        if body is None:
            there = self.settled(_kind(ref), ref.namespace)
            return NotYet("does not exist yet" if there else "has not been looked at yet")
        if _kind(ref) == _JOB and _leaving(body):
            return self._ended_job(body, now) or judge(body, (), now)
        ready = None
        if endpoints and _kind(ref) == _SERVICE:
            if not self.settled(ENDPOINTS, ref.namespace):
                return NotYet("its endpoints have not been looked at yet")
            ready = ready_endpoints(list(self._slices(ref)))
        pods = newest_pods(body, self.owned)
        since: dict[str, float] = {}
        for pod in pods:
            since.update(self._first_seen.get(_name(pod), {}))
        uids = (_uid(body), *map(_uid, pods))
        return judge(
            body,
            pods,
            now,
            first_seen=since,
            endpoints=ready,
            events={uid: found for uid in uids if (found := self.owned(uid, *EVENT))},
            room_may_come=lambda: self._room_may_come(ref.namespace or ""),
        )

    def asks_for_events(self, ref: Ref, now: float) -> bool:
        """Whether only events may say why an object is not ready: pods that are not there, or for
        which a node is being added."""
        body = self.body(ref)
        if body is None:
            return False
        if _kind(ref) in _SILENT:
            return now - (Fields(body).time("metadata", "creationTimestamp") or now) > _SILENT_S
        found = troubles(map(Fields, newest_pods(body, self.owned)))
        return any(each.sort == "unschedulable" for each in found)

    def next_look_s(self, now: float) -> float | None:
        """Seconds until a verdict may change though nothing happens, because a grace ends. None:
        never."""
        left: list[float] = []
        for name, since in self._first_seen.items():
            pod = Fields(self._seen[POD][name].body)
            spans = (each.grace_s - each.lasted(now, since) for each in troubles([pod]))
            left += [each for each in spans if each >= 0]
        for kind in _TELLING:
            refused = (grace_left_s(Fields(each.body), now) for each in self._of(kind))
            left += [each for each in refused if each is not None]
        return min(left) + _MOMENT_S if left else None

    def _ours(self, ref: Ref) -> Body | None:
        stored = self._applied.get(_kind(ref), {}).get(_place(ref))
        return stored.body if stored is not None else None

    def _lost(self, ref: Ref, ours: Body, now: float) -> Verdict:
        """What we applied is gone. A Job may have ended before, and been removed for that."""
        seen = self.body(ref)
        if seen is not None:
            return Failed("was deleted by somebody else, and made anew")
        last = self._ended.get(_uid(ours))
        ended = self._ended_job(last, now) if last is not None else None
        return ended or Failed("was deleted by somebody else")

    def _ended_job(self, body: Body, now: float) -> Verdict | None:
        """How a Job that goes has ended, None when it had not: `ttlSecondsAfterFinished` may remove
        it before anybody has looked."""
        found = judge(_staying(body), (), now)
        return found if isinstance(found, Ready | Failed) else None

    def _of(self, kind: Kind) -> Iterable[_Stored]:
        return self._seen.get(kind, {}).values()

    def _room_may_come(self, namespace: str) -> bool:
        """Whether any pod there is on its way out, or ends by itself."""
        for stored in self._of(POD):
            pod = Fields(stored.body)
            if pod.text("metadata", "namespace") != namespace:
                continue
            ends = pod.text("spec", "restartPolicy") in ("Never", "OnFailure")
            over = pod.text("status", "phase") in ("Succeeded", "Failed")
            if _leaving(stored.body) or (ends and not over):
                return True
        return False

    def _slices(self, ref: Ref) -> Iterator[Body]:
        for (namespace, _), stored in self._seen.get(ENDPOINTS, {}).items():
            labels = Fields(stored.body).table("metadata", "labels")
            if namespace == (ref.namespace or "") and labels.text(_SERVICE_LABEL) == ref.name:
                yield stored.body

    def _put(self, kind: Kind, body: Body, now: float) -> None:
        if _uid(body) in self._gone:
            return
        if kind == EVENT and Fields(body).text("reason") not in _TOLD:
            return
        name = _name(body)
        known = self._seen.setdefault(kind, {})
        if name in known:
            self._unlink(kind, name, known[name].body)
        known[name] = _Stored(body, self.mark())
        for uid in _controllers(body):
            self._controlled.setdefault(uid, {})[kind, name] = None
        if kind == POD:
            since = first_seen(self._first_seen.pop(name, {}), [body], now)
            if since:
                self._first_seen[name] = since

    def _bury(self, body: Body) -> None:
        if _uid(body):
            self._gone.add(_uid(body))

    def _drop(self, kind: Kind, name: Name) -> None:
        self._unlink(kind, name, self._seen[kind].pop(name).body)
        if kind == POD:
            self._first_seen.pop(name, None)

    def _unlink(self, kind: Kind, name: Name, body: Body) -> None:
        for uid in _controllers(body):
            left = self._controlled.get(uid, {})
            left.pop((kind, name), None)
            if not left:
                self._controlled.pop(uid, None)


def _kind(ref: Ref) -> Kind:
    return ref.group, ref.kind


def _place(ref: Ref) -> Name:
    return ref.namespace or "", ref.name


def _name(body: Body) -> Name:
    fields = Fields(body)
    return fields.text("metadata", "namespace"), fields.text("metadata", "name")


def _uid(body: Body) -> str:
    return Fields(body).text("metadata", "uid")


def _generation(body: Body) -> int:
    return Fields(body).count("metadata", "generation") or 0


def _leaving(body: Body) -> bool:
    return Fields(body).get("metadata", "deletionTimestamp") is not None


def _staying(body: Body) -> Body:
    metadata = dict(Fields(body).table("metadata").body)
    metadata.pop("deletionTimestamp", None)
    return {**body, "metadata": metadata}


def _controllers(body: Body) -> Iterator[str]:
    """The uids of what it belongs to."""
    about = Fields(body).text("involvedObject", "uid")
    if about:
        yield about
    for each in Fields(body).tables("metadata", "ownerReferences"):
        if each.get("controller") is True:
            yield each.text("uid")


def _whole(kind: ResourceKind, body: Body) -> Body:
    """With its kind: the items of a list of a built-in kind do not say what they are."""
    if Fields(body).text("kind"):
        return body
    return {"apiVersion": kind.api_version, "kind": kind.kind, **body}
