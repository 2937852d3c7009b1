"""Lists: selected, in pages, as of a revision."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field

from tests.kube.json_values import Doc, listed
from tests.kube.registry import Registry
from tests.kube.resource import Resource
from tests.kube.selectors import Selector, field_selector, label_selector
from tests.kube.status_error import bad_request, expired, too_new

_EXPIRED = (
    "The provided continue parameter is too old to display a consistent list result. "
    "You can start a new list without the continue parameter, or use the continue token in this "
    "response to retrieve the remainder of the results. Continuing with the provided token "
    "results in an inconsistent list - objects that were created, modified, or deleted between "
    "the time the first chunk was returned and now may show up in the list."
)


def selector(resource: Resource, query: dict[str, str]) -> Selector:
    """By the labelSelector and fieldSelector of a query. Raises StatusError (400)."""
    by_labels = label_selector(query.get("labelSelector", ""))
    by_fields = field_selector(query.get("fieldSelector", ""), resource)
    return lambda doc: by_labels(doc) and by_fields(doc)


@dataclass(slots=True)
class Listing:
    """Answers lists. `pages`: what is still to come of the lists that were begun, by revision."""

    registry: Registry
    pages: dict[str, tuple[int, list[Doc]]] = field(default_factory=dict)

    def answer(self, resource: Resource, namespace: str, query: dict[str, str]) -> Doc:
        """The List object of a query. Raises StatusError."""
        with self.registry.store.lock:
            token = query.get("continue", "")
            if token:
                revision, found = self._rest(resource, namespace, query, token)
            else:
                revision, found = self._first(resource, namespace, query)
            limit = int(query.get("limit") or 0)
            metadata: Doc = {"resourceVersion": str(revision)}
            if limit and len(found) > limit:
                start = found[limit - 1]
                metadata["continue"] = self._keep(revision, found[limit:], start)
                if not query.get("labelSelector") and not query.get("fieldSelector"):
                    metadata["remainingItemCount"] = len(found) - limit
                found = found[:limit]
        shown = [self.registry.shown(resource, doc) for doc in found]
        return {
            "kind": f"{resource.kind}List",
            "apiVersion": resource.api_version,
            "metadata": metadata,
            "items": listed(shown),
        }

    def _first(
        self, resource: Resource, namespace: str, query: dict[str, str]
    ) -> tuple[int, list[Doc]]:
        store = self.registry.store
        asked = query.get("resourceVersion", "")
        if asked and not asked.isdigit():
            raise bad_request(f"invalid resource version {asked!r}")
        if asked and int(asked) > store.revision:
            raise too_new(int(asked), store.revision)
        exactly = query.get("resourceVersionMatch") == "Exact"
        if exactly and int(asked or 0) < store.compacted:
            raise expired(f"The resourceVersion for the provided list is too old: {asked}")
        chosen = selector(resource, query)
        return store.revision, [doc for doc in store.all(resource, namespace) if chosen(doc)]

    def _keep(self, revision: int, rest: list[Doc], last: Doc) -> str:
        said = json.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": str(len(self.pages))})
        token = base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")
        self.pages[token] = (revision, rest)
        return token

    def _rest(
        self, resource: Resource, namespace: str, query: dict[str, str], token: str
    ) -> tuple[int, list[Doc]]:
        if token not in self.pages:
            raise bad_request("continue key is not valid")
        revision, rest = self.pages[token]
        if revision < self.registry.store.compacted:
            # Whoever goes on with the token of the refusal sees the rest as it is now.
            now = self.registry.store.revision
            raise expired(_EXPIRED, proceed=self._keep(now, rest, {}))
        return revision, rest
