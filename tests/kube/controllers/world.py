"""What every controller works with, and the few things that several of them do."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Final

from tests.kube.cluster_clock import stamp
from tests.kube.json_values import Doc, Json, child, clone, docs, ensure, number, text, value
from tests.kube.kubelet import Kubelet
from tests.kube.pod_status import is_ready
from tests.kube.registry import Options, Registry
from tests.kube.removal import Removal, delete
from tests.kube.resource import Resource
from tests.kube.status_error import StatusError

CONTROLLER: Final = "kube-controller-manager"
NODE: Final = "node-1"
_AGAIN_S: Final = 1.0
"""How soon a pod that was refused is tried again."""
_BACKGROUND: Final = Removal(policy="Background")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """How the cluster behaves where real ones differ. Times in seconds.

    `establish_s`: until a definition's kind is served. `retry_s`: between a Job's attempts.
    `claims`: when volumes are bound: `immediate`, `first-consumer` or `never`.
    `load_balancer`: the address that such services get, "" for none.
    """

    establish_s: float = 0.0
    retry_s: float = 0.0
    claims: str = "first-consumer"
    load_balancer: str = ""


@dataclass(slots=True)
class World:
    """The cluster as controllers see it. `wake_s`: when to look again, at the latest."""

    registry: Registry
    kubelet: Kubelet
    conduct: Conduct
    wake_s: float | None = None
    since: dict[tuple[str, str], float] = field(default_factory=dict)
    told: dict[tuple[str, str, str], str] = field(default_factory=dict)
    refused: dict[str, tuple[float, StatusError]] = field(default_factory=dict)

    def now(self) -> float:
        return self.registry.clock.now()

    def sleep_on(self) -> None:
        """Forget when to look again: a new round begins."""
        self.wake_s = None

    def wake_in(self, seconds: float | None) -> None:
        """Have the controllers look again after so long."""
        if seconds is not None:
            self.wake_s = seconds if self.wake_s is None else min(self.wake_s, seconds)

    def first_seen(self, uid: str, what: str) -> float:
        """Since when `what` holds of an object, by this first time of asking."""
        return self.since.setdefault((uid, what), self.now())

    def kind(self, name: str) -> Resource:
        return self.registry.catalogue.kind(name)

    def living(self, kind: str) -> list[Doc]:
        """All objects of a built-in kind that are not on their way out."""
        return [
            doc
            for doc in self.registry.store.all(self.kind(kind))
            if not text(doc, "metadata", "deletionTimestamp")
        ]

    def owned(self, kind: str, owner: Doc, *, leaving: bool = False) -> list[Doc]:
        """The objects of a kind that `owner` controls."""
        uid = text(owner, "metadata", "uid")
        resource = self.kind(kind)
        return [
            doc
            for key, doc in self.registry.store.owned(uid)
            if key[:2] == resource.key
            and (controller := controller_of(doc)) is not None
            and text(controller, "uid") == uid
            and (leaving or not text(doc, "metadata", "deletionTimestamp"))
        ]

    def create(self, kind: str, doc: Doc) -> Doc:
        """Raises StatusError, for a quota or a namespace that goes."""
        resource = self.kind(kind)
        namespace = text(doc, "metadata", "namespace")
        return self.registry.create(resource, namespace, doc, Options(manager=CONTROLLER))

    def change(self, kind: str, doc: Doc) -> Doc:
        """Store a changed copy of an object that a controller may change as it likes."""
        return self.registry.store.put(self.kind(kind), doc)

    def delete(self, kind: str, doc: Doc) -> None:
        delete(self.registry, self.kind(kind), doc, _BACKGROUND)

    def report(self, kind: str, doc: Doc, status: Doc, by: str = CONTROLLER) -> None:
        """Set the status of an object, when that is news."""
        self.registry.set_status(self.kind(kind), doc, status, by)

    def create_pod(
        self, owner: Doc, template: Doc, name: str = "", labels: Doc | None = None
    ) -> None:
        """A pod of a workload from a template. Raises StatusError."""
        metadata = clone(child(template, "metadata"))
        metadata["namespace"] = text(owner, "metadata", "namespace")
        if name:
            metadata["name"] = name
        else:
            metadata["generateName"] = f"{text(owner, 'metadata', 'name')}-"
        ensure(metadata, "labels").update(labels or {})
        references: list[Json] = [reference(owner)]
        metadata["ownerReferences"] = references
        pod: Doc = {"metadata": metadata, "spec": clone(child(template, "spec"))}
        uid = text(owner, "metadata", "uid")
        refused = self.refused.get(uid)
        if refused is not None and self.now() < refused[0]:
            self.wake_in(refused[0] - self.now())
            raise refused[1]
        try:
            made = self.create("Pod", pod)
        except StatusError as problem:
            self.refused[uid] = (self.now() + _AGAIN_S, problem)
            self.wake_in(_AGAIN_S)
            self.event(owner, "FailedCreate", f"Error creating: {problem.message}", warning=True)
            raise
        self.event(owner, "SuccessfulCreate", f"Created pod: {text(made, 'metadata', 'name')}")

    def event(self, about: Doc, reason: str, message: str, *, warning: bool = False) -> None:
        """Tell something once of an object, as an Event. A refusal counts how often it was told."""
        uid = text(about, "metadata", "uid")
        namespace = text(about, "metadata", "namespace") or "default"
        name = text(about, "metadata", "name")
        told = self.told.get((uid, reason, message))
        if told is not None:
            if reason == "FailedCreate":
                self._tell_again(told, namespace)
            return
        called = f"{name}.{self.registry.random.getrandbits(60):015x}"
        self.told[uid, reason, message] = called
        source = "kubelet" if text(about, "kind") == "Pod" else CONTROLLER
        when = stamp(self.now())
        event: Doc = {
            "metadata": {
                "name": called,
                "namespace": namespace,
            },
            "involvedObject": {
                "apiVersion": text(about, "apiVersion"),
                "kind": text(about, "kind"),
                "name": name,
                "namespace": namespace,
                "uid": uid,
                "resourceVersion": text(about, "metadata", "resourceVersion"),
            },
            "reason": reason,
            "message": message,
            "type": "Warning" if warning else "Normal",
            "count": 1,
            "firstTimestamp": when,
            "lastTimestamp": when,
            "source": {"component": source},
            "reportingComponent": source,
            "reportingInstance": "",
        }
        try:
            self.create("Event", event)
        except StatusError:
            # The namespace goes: nobody will read it.
            return

    def _tell_again(self, name: str, namespace: str) -> None:
        for event in self.living("Event"):
            place = text(event, "metadata", "namespace"), text(event, "metadata", "name")
            if place == (namespace, name):
                count, when = number(event, "count") + 1, stamp(self.now())
                self.change("Event", {**event, "count": count, "lastTimestamp": when})

    def available(self, pods: list[Doc], min_ready_s: int) -> int:
        """How many pods have been ready for so long."""
        found = 0
        for pod in pods:
            uid = text(pod, "metadata", "uid")
            if not is_ready(pod):
                self.since.pop((uid, "ready"), None)
                continue
            age = self.now() - self.first_seen(uid, "ready")
            if age >= min_ready_s:
                found += 1
            else:
                self.wake_in(min_ready_s - age)
        return found


def controller_of(doc: Doc) -> Doc | None:
    """The owner reference of the object's controller."""
    for owner in docs(doc, "metadata", "ownerReferences"):
        if value(owner, "controller") is True:
            return owner
    return None


def reference(owner: Doc) -> Doc:
    """The reference of a controller for what it owns."""
    return {
        "apiVersion": text(owner, "apiVersion"),
        "kind": text(owner, "kind"),
        "name": text(owner, "metadata", "name"),
        "uid": text(owner, "metadata", "uid"),
        "controller": True,
        "blockOwnerDeletion": True,
    }


def template_hash(template: Doc) -> str:
    """Ten letters that change when a pod template does."""
    said = json.dumps(template, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:10]


def without_zeros(counts: dict[str, int], *kept: str) -> Doc:
    """Counts as a status shows them: zeros are left out, save those of `kept`."""
    return {key: count for key, count in counts.items() if count or key in kept}
