"""Deleting: at once, gracefully, or when the last finalizer goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.kube.admission import IMMORTAL
from tests.kube.cluster_clock import stamp
from tests.kube.json_values import Doc, Json, child, clone, ensure, number, text, texts, value
from tests.kube.registry import Registry
from tests.kube.resource import Resource
from tests.kube.selectors import Selector
from tests.kube.status_error import conflict, forbidden

FOREGROUND: Final = "foregroundDeletion"
ORPHAN: Final = "orphan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """The DeleteOptions of a request. `policy`: "", Background, Foreground or Orphan;
    `grace`: seconds, None for the object's own."""

    policy: str = ""
    grace: int | None = None
    uid: str = ""
    revision: str = ""
    dry_run: bool = False


def removal(body: Doc, query: dict[str, str]) -> Removal:
    """From a DeleteOptions object and the query."""
    said = value(body, "gracePeriodSeconds")
    asked = query.get("gracePeriodSeconds", "")
    grace = said if isinstance(said, int) else int(asked) if asked else None
    policy = text(body, "propagationPolicy") or query.get("propagationPolicy", "")
    if not policy and value(body, "orphanDependents") is True:
        policy = "Orphan"
    return Removal(
        policy=policy,
        grace=grace,
        uid=text(body, "preconditions", "uid"),
        revision=text(body, "preconditions", "resourceVersion"),
        dry_run="All" in texts(body, "dryRun") or query.get("dryRun") == "All",
    )


def delete(registry: Registry, resource: Resource, doc: Doc, how: Removal) -> Doc:
    """The object while it is on its way out, otherwise a Status. Raises StatusError."""
    name = text(doc, "metadata", "name")
    _check(resource, doc, how)
    if resource.kind == "Namespace" and not resource.custom:
        return _delete_namespace(registry, resource, doc, how)
    new = clone(doc)
    metadata = ensure(new, "metadata")
    held = texts(metadata, "finalizers")
    wanted = {"Foreground": FOREGROUND, "Orphan": ORPHAN}.get(how.policy)
    if wanted and wanted not in held:
        held.append(wanted)
    if held:
        finalizers: list[Json] = [*held]
        metadata["finalizers"] = finalizers
    grace = _grace(resource, doc, how)
    if held or grace:
        if how.dry_run:
            return doc
        if not text(metadata, "deletionTimestamp"):
            metadata["deletionTimestamp"] = stamp(registry.clock.now() + grace)
            metadata["deletionGracePeriodSeconds"] = grace
            if "generation" in metadata:
                metadata["generation"] = number(metadata, "generation") + 1
        return doc if new == doc else registry.store.put(resource, new)
    if not how.dry_run:
        registry.store.remove(resource, doc)
    details: Doc = {"name": name, "kind": resource.plural, "uid": text(metadata, "uid")}
    if resource.group:
        details["group"] = resource.group
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": details,
    }


def _check(resource: Resource, doc: Doc, how: Removal) -> None:
    name = text(doc, "metadata", "name")
    asked = (("UID", how.uid, "uid"), ("ResourceVersion", how.revision, "resourceVersion"))
    for shown, wanted, key in asked:
        found = text(doc, "metadata", key)
        if wanted and wanted != found:
            raise conflict(
                resource,
                name,
                f"Precondition failed: {shown} in precondition: {wanted}, "
                f"{shown} in object meta: {found}",
            )


def _grace(resource: Resource, doc: Doc, how: Removal) -> int:
    """How long a pod may take to stop; nothing else has such a time."""
    if resource.kind != "Pod" or resource.custom or not text(doc, "spec", "nodeName"):
        return 0
    if text(doc, "status", "phase") in ("Succeeded", "Failed"):
        return 0
    if how.grace is not None:
        return how.grace
    return number(doc, "spec", "terminationGracePeriodSeconds", default=30)


def _delete_namespace(registry: Registry, resource: Resource, doc: Doc, how: Removal) -> Doc:
    name = text(doc, "metadata", "name")
    if name in IMMORTAL:
        raise forbidden(resource, name, "this namespace may not be deleted")
    if text(doc, "metadata", "deletionTimestamp"):
        return doc
    new = clone(doc)
    ensure(new, "metadata")["deletionTimestamp"] = stamp(registry.clock.now())
    ensure(new, "status")["phase"] = "Terminating"
    return new if how.dry_run else registry.store.put(resource, new)


def delete_collection(
    registry: Registry,
    resource: Resource,
    namespace: str,
    chosen: Selector,
    how: Removal,
) -> list[Doc]:
    """Delete all that is chosen; what was there."""
    with registry.store.lock:
        found = [each for each in registry.store.all(resource, namespace) if chosen(each)]
        for each in found:
            delete(registry, resource, each, how)
        return found


def drop_finalizer(registry: Registry, resource: Resource, doc: Doc, finalizer: str) -> None:
    """Take one finalizer off; the object goes when it was the last of a deleted one."""
    new = clone(doc)
    metadata = child(new, "metadata")
    rest: list[Json] = [each for each in texts(metadata, "finalizers") if each != finalizer]
    metadata["finalizers"] = rest
    if not rest:
        del metadata["finalizers"]
    registry.store.put(resource, new)
    if not registry.held(new) and text(metadata, "deletionTimestamp"):
        registry.store.remove(resource, new)
