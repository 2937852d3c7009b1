"""What stands between a valid new object and the store: its namespace, and quotas."""

from __future__ import annotations

from typing import Final

from tests.kube.json_values import Doc, Json, child, docs, text
from tests.kube.resource import Resource
from tests.kube.status_error import Cause, forbidden, not_found
from tests.kube.store import Store

IMMORTAL: Final = frozenset({"default", "kube-system", "kube-public"})


def check_namespace(store: Store, namespaces: Resource, resource: Resource, doc: Doc) -> None:
    """Raises StatusError: 404 without the namespace, 403 while it goes away."""
    name = text(doc, "metadata", "namespace")
    namespace = store.get(namespaces, "", name)
    if namespace is None:
        raise not_found(namespaces, name)
    if text(namespace, "metadata", "deletionTimestamp"):
        raise forbidden(
            resource,
            text(doc, "metadata", "name"),
            f"unable to create new content in namespace {name} because it is being terminated",
            (
                Cause(
                    reason="NamespaceTerminating",
                    message=f"namespace {name} is being terminated",
                    field="metadata.namespace",
                ),
            ),
        )


def check_quotas(store: Store, quotas: Resource, resource: Resource, doc: Doc) -> None:
    """Raises StatusError (403) when the object would exceed a ResourceQuota on counts or on the
    cpu and memory of pods."""
    namespace = text(doc, "metadata", "namespace")
    for quota in store.all(quotas, namespace):
        hard = child(quota, "spec", "hard")
        wanted = usage(resource, doc)
        tracked = sorted(set(hard) & set(wanted))
        used = {name: _used(store, resource, namespace, name) for name in tracked}
        over = [name for name in tracked if used[name] + wanted[name] > amount(hard[name])]
        if over:
            requested = ",".join(f"{name}={shown(name, wanted[name])}" for name in over)
            spent = ",".join(f"{name}={shown(name, used[name])}" for name in over)
            limited = ",".join(f"{name}={hard[name]}" for name in over)
            raise forbidden(
                resource,
                text(doc, "metadata", "name"),
                f"exceeded quota: {text(quota, 'metadata', 'name')}, requested: {requested}, "
                f"used: {spent}, limited: {limited}",
            )


def usage(resource: Resource, doc: Doc) -> dict[str, float]:
    """What an object counts for: `pods`, `count/deployments.apps`, `requests.cpu` in cores, ..."""
    found = {f"count/{resource.qualified}": 1.0}
    if not resource.group:
        found[resource.plural] = 1.0
    if resource.kind == "Pod":
        for container in docs(doc, "spec", "containers"):
            for kind in ("requests", "limits"):
                for name, each in child(container, "resources", kind).items():
                    key = f"{kind}.{name}"
                    found[key] = found.get(key, 0.0) + amount(each)
        found |= {
            name: found[f"requests.{name}"]
            for name in ("cpu", "memory")
            if f"requests.{name}" in found
        }
    return found


def _used(store: Store, resource: Resource, namespace: str, name: str) -> float:
    return sum(
        usage(resource, doc).get(name, 0.0)
        for doc in store.all(resource, namespace)
        if text(doc, "status", "phase") not in ("Succeeded", "Failed")
    )


_UNITS: Final = {
    "m": 1e-3,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "Ki": 2.0**10,
    "Mi": 2.0**20,
    "Gi": 2.0**30,
}


def amount(quantity: Json) -> float:
    """The number that a quantity stands for: `"250m"` is 0.25."""
    said = str(quantity)
    for unit in sorted(_UNITS, key=len, reverse=True):
        if said.endswith(unit):
            return float(said[: -len(unit)]) * _UNITS[unit]
    return float(said)


def shown(name: str, number: float) -> str:
    """A quantity for people: whole numbers, cores in thousandths."""
    if number == int(number):
        return str(int(number))
    return f"{round(number * 1000)}m"
