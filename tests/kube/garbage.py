"""What goes because something else goes: dependents, a namespace's content, a kind's objects."""

from __future__ import annotations

from typing import Final

from tests.kube.json_values import Doc, Json, child, clone, docs, text, texts, value
from tests.kube.registry import Registry
from tests.kube.removal import FOREGROUND, ORPHAN, Removal, delete, drop_finalizer
from tests.kube.resource import Resource

CLEANUP: Final = "customresourcecleanup.apiextensions.k8s.io"
Known = dict[tuple[str, str], Resource]
_NOW: Final = Removal(policy="Background", grace=0)


def collect(registry: Registry) -> None:
    """One round: everything that can go now, goes."""
    with registry.store.lock:
        known = {each.key: each for each in registry.catalogue.all()}
        _end_owners(registry, known)
        _end_orphans(registry, known)
        _end_namespaces(registry, known)
        _end_definitions(registry)


def _end_orphans(registry: Registry, known: Known) -> None:
    """Objects all of whose owners are gone."""
    everything = registry.store.everything()
    alive = {text(doc, "metadata", "uid"): doc for doc in everything.values()}
    for key, doc in everything.items():
        owners = docs(doc, "metadata", "ownerReferences")
        if not owners or text(doc, "metadata", "deletionTimestamp"):
            continue
        gone = all(text(owner, "uid") not in alive for owner in owners)
        blocking = any(
            value(owner, "blockOwnerDeletion") is True
            and _goes(alive.get(text(owner, "uid")), FOREGROUND)
            for owner in owners
        )
        resource = known.get(key[:2])
        if resource is not None and (gone or blocking):
            graceful = Removal(policy="Foreground" if blocking else "Background")
            delete(registry, resource, doc, graceful)


def _goes(doc: Doc | None, finalizer: str) -> bool:
    return (
        doc is not None
        and bool(text(doc, "metadata", "deletionTimestamp"))
        and finalizer in texts(doc, "metadata", "finalizers")
    )


def _end_owners(registry: Registry, known: Known) -> None:
    """Owners that wait for their dependents, or let them go."""
    everything = registry.store.everything()
    for key, doc in everything.items():
        resource = known.get(key[:2])
        uid = text(doc, "metadata", "uid")
        if resource is None:
            continue
        if _goes(doc, ORPHAN):
            for other_key, other in registry.store.owned(uid):
                _disown(registry, known[other_key[:2]], other, uid)
            drop_finalizer(registry, resource, doc, ORPHAN)
        elif _goes(doc, FOREGROUND) and not any(
            value(owner, "blockOwnerDeletion") is True and text(owner, "uid") == uid
            for _, other in registry.store.owned(uid)
            for owner in docs(other, "metadata", "ownerReferences")
        ):
            drop_finalizer(registry, resource, doc, FOREGROUND)


def _disown(registry: Registry, resource: Resource, doc: Doc, uid: str) -> None:
    new = clone(doc)
    metadata = child(new, "metadata")
    kept: list[Json] = [
        owner for owner in docs(metadata, "ownerReferences") if text(owner, "uid") != uid
    ]
    metadata["ownerReferences"] = kept
    if not kept:
        del metadata["ownerReferences"]
    registry.store.put(resource, new)


def _end_namespaces(registry: Registry, known: Known) -> None:
    namespaces = registry.catalogue.kind("Namespace")
    for namespace in registry.store.all(namespaces):
        if not text(namespace, "metadata", "deletionTimestamp"):
            continue
        name = text(namespace, "metadata", "name")
        for key, doc in registry.store.everything().items():
            resource = known.get(key[:2])
            leaving = bool(text(doc, "metadata", "deletionTimestamp"))
            if key[2] == name and resource is not None and not leaving:
                delete(registry, resource, doc, _NOW)
        if not any(key[2] == name for key in registry.store.everything()):
            registry.store.remove(namespaces, namespace)


def _end_definitions(registry: Registry) -> None:
    definitions = registry.catalogue.kind("CustomResourceDefinition")
    for definition in registry.store.all(definitions):
        if not _goes(definition, CLEANUP):
            continue
        group = text(definition, "spec", "group")
        plural = text(definition, "spec", "names", "plural")
        resource = registry.catalogue.of_key(group, plural)
        for doc in registry.store.all(resource):
            if not text(doc, "metadata", "deletionTimestamp"):
                delete(registry, resource, doc, _NOW)
        if not registry.store.all(resource):
            drop_finalizer(registry, definitions, definition, CLEANUP)
