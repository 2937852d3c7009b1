"""What the server remembers: objects, and the history of their changes.

Stored documents are never changed in place: who changes one stores a new one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.kube.json_values import Doc, child, docs, text
from tests.kube.resource import Resource

Key = tuple[str, str, str, str]
"""Group, plural, namespace ("" for cluster-scoped) and name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change. `kind`: ADDED, MODIFIED or DELETED. `before`: the object until then."""

    revision: int
    kind: str
    key: Key
    doc: Doc
    before: Doc | None


@dataclass(slots=True)
class Store:
    """Objects by key, one revision counter for all, and the changes since `compacted`.

    `lock` guards everything; `changed` is notified at each change.
    """

    lock: threading.RLock = field(default_factory=threading.RLock)
    revision: int = 100
    compacted: int = 100
    history: list[Change] = field(default_factory=list)
    changed: threading.Condition = field(init=False)
    _objects: dict[tuple[str, str], dict[Key, Doc]] = field(default_factory=dict)
    _owned: dict[str, dict[Key, None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.changed = threading.Condition(self.lock)

    def get(self, resource: Resource, namespace: str, name: str) -> Doc | None:
        with self.lock:
            return self._of(resource.key).get((*resource.key, namespace, name))

    def _of(self, kind: tuple[str, str]) -> dict[Key, Doc]:
        return self._objects.setdefault(kind, {})

    def _lookup(self, key: Key) -> Doc | None:
        return self._of(key[:2]).get(key)

    def all(self, resource: Resource, namespace: str = "") -> list[Doc]:
        """Objects of a resource, of one namespace or of all, sorted by namespace and name."""
        with self.lock:
            found = [
                (key, doc)
                for key, doc in self._of(resource.key).items()
                if not namespace or key[2] == namespace
            ]
        return [doc for _, doc in sorted(found, key=lambda each: each[0])]

    def everything(self) -> dict[Key, Doc]:
        """A copy of the table of all objects."""
        with self.lock:
            return {key: doc for kind in self._objects.values() for key, doc in kind.items()}

    def owned(self, uid: str) -> list[tuple[Key, Doc]]:
        """The objects that name an object as their owner, sorted by key."""
        with self.lock:
            found = [(key, self._lookup(key)) for key in sorted(self._owned.get(uid, ()))]
        return [(key, doc) for key, doc in found if doc is not None]

    def _link(self, key: Key, before: Doc | None, after: Doc | None) -> None:
        for owner in docs(before, "metadata", "ownerReferences"):
            self._owned.get(text(owner, "uid"), {}).pop(key, None)
        for owner in docs(after, "metadata", "ownerReferences"):
            self._owned.setdefault(text(owner, "uid"), {})[key] = None

    def put(self, resource: Resource, doc: Doc) -> Doc:
        """Store `doc` under its name with the next revision. The caller gives it away."""
        key = self._key(resource, doc)
        with self.changed:
            before = self._lookup(key)
            self._link(key, before, doc)
            self.revision += 1
            child(doc, "metadata")["resourceVersion"] = str(self.revision)
            self._of(key[:2])[key] = doc
            self._tell("MODIFIED" if before is not None else "ADDED", key, doc, before)
        return doc

    def remove(self, resource: Resource, doc: Doc) -> Doc:
        """Forget an object; its last state with the revision of the removal."""
        key = self._key(resource, doc)
        with self.changed:
            before = self._of(key[:2]).pop(key)
            self._link(key, before, None)
            self.revision += 1
            last: Doc = dict(before)
            last["metadata"] = {
                **child(before, "metadata"),
                "resourceVersion": str(self.revision),
            }
            self._tell("DELETED", key, last, before)
        return last

    def _tell(self, kind: str, key: Key, doc: Doc, before: Doc | None) -> None:
        change = Change(revision=self.revision, kind=kind, key=key, doc=doc, before=before)
        self.history.append(change)
        self.changed.notify_all()

    def since(self, revision: int) -> list[Change]:
        """The changes after `revision`. Raises LookupError when they are no longer all known."""
        with self.lock:
            if revision < self.compacted:
                raise LookupError(f"{revision} ({self.compacted})")
            at = len(self.history)
            while at and self.history[at - 1].revision > revision:
                at -= 1
            return self.history[at:]

    def compact(self) -> None:
        """Forget all history: whoever asks for an older revision gets 410."""
        with self.changed:
            self.compacted = self.revision
            self.history.clear()
            self.changed.notify_all()

    def wait(self, revision: int, timeout: float, over: Callable[[], bool]) -> None:
        """Until something changed after `revision`, `over()`, or `timeout` seconds."""
        with self.changed:
            self.changed.wait_for(
                lambda: self.revision > revision or self.compacted > revision or over(), timeout
            )

    def _key(self, resource: Resource, doc: Doc) -> Key:
        namespace = text(doc, "metadata", "namespace") if resource.namespaced else ""
        return (*resource.key, namespace, text(doc, "metadata", "name"))
