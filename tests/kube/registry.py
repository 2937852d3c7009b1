"""Creating, changing and removing objects by the rules of a real server.

After k8s.io/apiserver/pkg/registry: what a caller may set, what the server sets, when the
generation moves, and when a deletion waits.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from tests.kube import admission, custom_kinds, incoming, ownership, patches
from tests.kube.access import User
from tests.kube.catalogue import Catalogue
from tests.kube.cluster_clock import ClusterClock, stamp
from tests.kube.decoding import check_config, decode
from tests.kube.defaults import DEFAULTS, allocate, first_status
from tests.kube.escalation import check_grant
from tests.kube.json_values import (
    Doc,
    Json,
    child,
    clone,
    ensure,
    number,
    text,
    texts,
    value,
    values,
)
from tests.kube.ownership import Manager
from tests.kube.resource import Resource
from tests.kube.status_error import (
    Cause,
    StatusError,
    already_exists,
    bad_request,
    conflict,
    invalid,
    not_found,
    stale,
)
from tests.kube.store import Store
from tests.kube.validation import barred, check_changed, check_new

_LETTERS: Final = "bcdfghjklmnpqrstvwxz2456789"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a write is meant. `validation`: Strict, Warn or Ignore what a schema does not know;
    `user`: whose it is, None for the cluster's own hands."""

    manager: str = "unknown"
    user: User | None = None
    force: bool = False
    dry_run: bool = False
    validation: str = "Strict"


@dataclass(slots=True)
class Registry:
    """The rules around a store. Every method takes the store's lock for as long as it works.

    `node_port`: the port that a Service gets, by the one that would be next.
    """

    store: Store
    catalogue: Catalogue
    clock: ClusterClock
    given: int = 0
    node_port: Callable[[int], int] = field(default=lambda port: port)
    random: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 - names, not secrets

    def get(self, resource: Resource, namespace: str, name: str) -> Doc:
        """Raises StatusError (404)."""
        found = self.store.get(resource, namespace, name)
        if found is None:
            raise not_found(resource, name)
        return self.shown(resource, found)

    def shown(self, resource: Resource, doc: Doc) -> Doc:
        """A stored object in the version that was asked for."""
        if text(doc, "apiVersion") == resource.api_version:
            return doc
        return {**doc, "apiVersion": resource.api_version}

    def suffix(self) -> str:
        """Five letters, as the server appends them to a generateName."""
        return "".join(self.random.choice(_LETTERS) for _ in range(5))

    def create(self, resource: Resource, namespace: str, body: Doc, options: Options) -> Doc:
        """Raises StatusError."""
        with self.store.lock:
            doc = incoming.incoming(resource, namespace, body)
            if text(doc, "metadata", "resourceVersion"):
                raise StatusError(
                    500, "", "resourceVersion should not be set on objects to be created"
                )
            incoming.strip(resource, doc)
            self._shape(resource, doc, options)
            manager = self._manager(resource, options, "Update")
            return self._add(
                resource, doc, options, lambda new: ownership.updated({}, new, manager, self._now())
            )

    def _add(
        self, resource: Resource, doc: Doc, options: Options, own: Callable[[Doc], None] | None
    ) -> Doc:
        metadata = child(doc, "metadata")
        if not text(metadata, "name") and text(metadata, "generateName"):
            metadata["name"] = text(metadata, "generateName") + self.suffix()
        if resource.namespaced:
            namespaces = self.catalogue.kind("Namespace")
            admission.check_namespace(self.store, namespaces, resource, doc)
        if own is not None:
            own(doc)
        metadata["uid"] = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        metadata["creationTimestamp"] = self._now()
        if resource.counted:
            metadata["generation"] = 1
        if not resource.custom:
            allocate(resource.kind, doc, self.given, self.node_port)
            self.given += 1
            status = first_status(resource.kind)
            if status:
                doc["status"] = {**status}
        self._check_grant(resource, options, {}, doc)
        self._check_schema(resource, doc)
        check_new(resource, doc)
        name, namespace = text(metadata, "name"), text(metadata, "namespace")
        there = self.store.get(resource, namespace, name)
        if there is not None:
            deleting = bool(text(there, "metadata", "deletionTimestamp"))
            raise already_exists(resource, name, deleting=deleting)
        if resource.namespaced:
            quotas = self.catalogue.kind("ResourceQuota")
            admission.check_quotas(self.store, quotas, resource, doc)
        return doc if options.dry_run else self.store.put(resource, doc)

    def update(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        body: Doc,
        options: Options,
        subresource: str = "",
    ) -> Doc:
        """Replace an object, or its status. Raises StatusError."""
        with self.store.lock:
            old = self.get(resource, namespace, name)
            doc = incoming.incoming(resource, namespace, body)
            if text(doc, "metadata", "name") != name:
                raise bad_request(
                    f"the name of the object ({text(doc, 'metadata', 'name')}) does not match "
                    f"the name on the URL ({name})"
                )
            revision = text(doc, "metadata", "resourceVersion")
            if not revision and resource.custom:
                why = "Invalid value: 0x0: must be specified for an update"
                cause = Cause(
                    reason="FieldValueInvalid", message=why, field="metadata.resourceVersion"
                )
                raise invalid(resource, name, (cause,))
            return self._replace(resource, old, doc, options, subresource)

    def patch(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        kind: str,
        body: Json,
        options: Options,
        subresource: str = "",
    ) -> Doc:
        """Patch by `json`, `merge` or `strategic`. Raises StatusError."""
        with self.store.lock:
            old = self.get(resource, namespace, name)
            if kind == "json":
                doc = patches.json_patch(old, body)
            elif not isinstance(body, dict):
                raise bad_request("json: cannot unmarshal array into Go value of type map")
            elif kind == "merge":
                doc = patches.merge_patch(old, body)
            else:
                doc = patches.strategic_patch(old, body)
            if text(doc, "metadata", "name") != name:
                raise bad_request("the name of the object does not match the name on the URL")
            return self._replace(resource, old, doc, options, subresource)

    def apply(
        self,
        resource: Resource,
        namespace: str,
        name: str,
        body: Doc,
        options: Options,
        subresource: str = "",
    ) -> tuple[Doc, bool]:
        """Server-side apply; the object, and whether it is new. Raises StatusError."""
        with self.store.lock:
            config = incoming.incoming(resource, namespace, body)
            ensure(config, "metadata").setdefault("name", name)
            if value(config, "metadata", "managedFields"):
                raise bad_request("metadata.managedFields must be nil")
            revision = text(config, "metadata", "resourceVersion")
            uid = text(config, "metadata", "uid")
            for key in (*incoming.GIVEN, "resourceVersion", "managedFields"):
                ensure(config, "metadata").pop(key, None)
            incoming.drop_foreign(resource, config, subresource)
            check_config(resource, config, self.catalogue.schema(resource))
            manager = self._manager(resource, options, "Apply", subresource)
            old = self.store.get(resource, namespace, name)
            if old is None:
                if subresource:
                    raise not_found(resource, name)
                if revision or uid:
                    raise conflict(resource, name, "uid mismatch: the object is not there")
                new = ownership.applied({}, config, manager, self._now(), force=options.force)
                self._shape(resource, new, options)
                return self._add(resource, new, options, None), True
            old = self.shown(resource, old)
            new = ownership.applied(old, config, manager, self._now(), force=options.force)
            if revision:
                child(new, "metadata")["resourceVersion"] = revision
            return self._replace(resource, old, new, options, subresource, applied=True), False

    def _replace(
        self,
        resource: Resource,
        old: Doc,
        new: Doc,
        options: Options,
        subresource: str,
        *,
        applied: bool = False,
    ) -> Doc:
        metadata, before = ensure(new, "metadata"), child(old, "metadata")
        name = text(before, "name")
        if metadata.get("uid") not in (None, before["uid"]):
            raise conflict(
                resource,
                name,
                f"Precondition failed: UID in precondition: {metadata['uid']}, "
                f"UID in object meta: {before['uid']}",
            )
        revision = metadata.get("resourceVersion")
        if revision not in (None, "", before["resourceVersion"]):
            raise stale(resource, name)
        for key in (*incoming.GIVEN, "resourceVersion"):
            if key in before:
                metadata[key] = before[key]
            else:
                metadata.pop(key, None)
        incoming.drop_foreign(resource, new, subresource, old)
        metadata = ensure(new, "metadata")
        incoming.keep_given(resource, old, new)
        self._shape(resource, new, options)
        if not applied:
            manager = self._manager(resource, options, "Update", subresource)
            said = None if subresource else values(metadata, "managedFields")
            metadata.pop("managedFields", None)
            ownership.updated(old, new, manager, self._now(), said=said)
        self._check_finalizers(resource, old, new)
        self._check_grant(resource, options, old, new)
        if not subresource:
            self._check_schema(resource, new)
            check_changed(resource, old, new)
        if resource.counted and incoming.substance(old) != incoming.substance(new):
            metadata["generation"] = number(before, "generation") + 1
        if new == old:
            return old
        if options.dry_run:
            return new
        if text(metadata, "deletionTimestamp") and not self.held(new):
            self.store.put(resource, new)
            return self.store.remove(resource, new)
        return self.store.put(resource, new)

    def _check_grant(self, resource: Resource, options: Options, old: Doc, new: Doc) -> None:
        if options.user is not None:
            check_grant(self.store, self.catalogue, resource, options.user, old, new)

    def _check_finalizers(self, resource: Resource, old: Doc, new: Doc) -> None:
        added = sorted(
            set(texts(new, "metadata", "finalizers")) - set(texts(old, "metadata", "finalizers"))
        )
        if added and text(old, "metadata", "deletionTimestamp"):
            told = "no new finalizers can be added if the object is being deleted"
            shown = ", ".join(f'"{each}"' for each in added)
            cause = barred(
                "metadata.finalizers", f"{told}, found new finalizers []string{{{shown}}}"
            )
            raise invalid(resource, text(old, "metadata", "name"), (cause,))

    def held(self, doc: Doc) -> bool:
        """Whether a finalizer keeps a deleted object."""
        spec = value(doc, "spec", "finalizers") if text(doc, "kind") == "Namespace" else None
        return bool(value(doc, "metadata", "finalizers") or spec)

    def set_status(self, resource: Resource, old: Doc, status: Doc, manager: str) -> Doc:
        """A controller reports; the object is written only when that is news."""
        with self.store.lock:
            current = self.store.get(
                resource, text(old, "metadata", "namespace"), text(old, "metadata", "name")
            )
            if current is None or child(current, "status") == status:
                return current or old
            new: Doc = {**current, "metadata": {**child(current, "metadata")}}
            new["status"] = clone(status)
            by = Manager(
                name=manager,
                operation="Update",
                api_version=resource.api_version,
                subresource="status",
            )
            ownership.updated(current, new, by, self._now())
            return self.store.put(resource, new)

    def _shape(self, resource: Resource, doc: Doc, options: Options) -> None:
        schema = self.catalogue.schema(resource)
        decode(resource, doc, schema, strict=options.validation == "Strict")
        if resource.custom:
            custom_kinds.fill(doc, schema)
        elif resource.kind in DEFAULTS:
            DEFAULTS[resource.kind](doc)

    def _check_schema(self, resource: Resource, doc: Doc) -> None:
        causes = custom_kinds.faults(doc, self.catalogue.schema(resource))
        if causes:
            raise invalid(resource, text(doc, "metadata", "name"), tuple(causes))

    def _manager(
        self, resource: Resource, options: Options, operation: str, subresource: str = ""
    ) -> Manager:
        return Manager(
            name=options.manager,
            operation=operation,
            api_version=resource.api_version,
            subresource=subresource,
        )

    def _now(self) -> str:
        return stamp(self.clock.now())
