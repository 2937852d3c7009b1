"""Watches: a stream of changes from a revision on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.kube.json_values import Doc
from tests.kube.registry import Registry
from tests.kube.resource import Resource
from tests.kube.selectors import Selector
from tests.kube.status_error import bad_request, expired
from tests.kube.store import Change

_LONGEST_S = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What one client watches. `over`: whether the server wants it to end; `expired`: how often
    all watches were told that they are too old."""

    registry: Registry
    resource: Resource
    namespace: str
    chosen: Selector
    query: dict[str, str]
    over: Callable[[], bool]
    expirations: Callable[[], int]
    bookmark_s: float

    def events(self) -> Iterator[Doc]:
        """ADDED, MODIFIED, DELETED, BOOKMARK and at last perhaps ERROR, until the time is up."""
        store = self.registry.store
        asked = self.query.get("resourceVersion", "")
        if asked and not asked.isdigit():
            raise bad_request(f"invalid resource version {asked!r}")
        first = self.expirations()
        ends = time.monotonic() + float(self.query.get("timeoutSeconds") or _LONGEST_S)
        bookmarks = self.query.get("allowWatchBookmarks") in ("true", "1")
        initial = self.query.get("sendInitialEvents") == "true"
        with store.lock:
            revision = store.revision if asked in ("", "0") or initial else int(asked)
            there = (
                store.all(self.resource, self.namespace) if asked in ("", "0") or initial else []
            )
        for doc in filter(self.chosen, there):
            yield self._event("ADDED", doc)
        if initial and bookmarks:
            yield self._bookmark(revision, {"k8s.io/initial-events-end": "true"})
        marked = time.monotonic()
        while not self.over():
            if self.expirations() != first:
                yield self._error(revision)
                return
            try:
                with store.lock:
                    changes = store.since(revision)
                    revision = max(revision, store.revision)
            except LookupError as problem:
                yield self._gone(str(problem))
                return
            for change in changes:
                yield from self._of(change)
            now = time.monotonic()
            if bookmarks and (now - marked >= self.bookmark_s or now >= ends):
                yield self._bookmark(revision, {})
                marked = now
            if now >= ends:
                return
            pause = min(ends - now, self.bookmark_s if bookmarks else ends - now)
            store.wait(revision, pause, lambda: self.over() or self.expirations() != first)

    def _of(self, change: Change) -> Iterator[Doc]:
        if change.key[:2] != self.resource.key:
            return
        if self.namespace and change.key[2] != self.namespace:
            return
        # An object that no longer matches is gone for this watcher, and the other way round.
        is_in = change.kind != "DELETED" and self.chosen(change.doc)
        was_in = change.before is not None and self.chosen(change.before)
        if is_in:
            yield self._event("MODIFIED" if was_in else "ADDED", change.doc)
        elif was_in:
            yield self._event("DELETED", change.doc)

    def _event(self, kind: str, doc: Doc) -> Doc:
        return {"type": kind, "object": self.registry.shown(self.resource, doc)}

    def _bookmark(self, revision: int, annotations: Doc) -> Doc:
        metadata: Doc = {"resourceVersion": str(revision), "creationTimestamp": None}
        if annotations:
            metadata["annotations"] = annotations
        return {
            "type": "BOOKMARK",
            "object": {
                "kind": self.resource.kind,
                "apiVersion": self.resource.api_version,
                "metadata": metadata,
            },
        }

    def _error(self, revision: int) -> Doc:
        return self._gone(f"{revision} ({self.registry.store.revision})")

    def _gone(self, which: str) -> Doc:
        return {"type": "ERROR", "object": expired(f"too old resource version: {which}").doc}
