"""Which lists are merged by key, and which values are taken as one.

From the `patchMergeKey`, `listType`, `listMapKey` and `structType` marks of k8s.io/api. A field is
known by its name and, where one name has several meanings, by the name of the field above it.
"""

from __future__ import annotations

from typing import Final

from tests.kube.json_values import Doc, Json

_LISTS: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("", "containers"): ("name",),
    ("", "initContainers"): ("name",),
    ("", "ephemeralContainers"): ("name",),
    ("", "env"): ("name",),
    ("containers", "ports"): ("containerPort", "protocol"),
    ("initContainers", "ports"): ("containerPort", "protocol"),
    ("spec", "ports"): ("port", "protocol"),
    ("", "volumes"): ("name",),
    ("", "volumeMounts"): ("mountPath",),
    ("", "volumeDevices"): ("devicePath",),
    ("", "imagePullSecrets"): ("name",),
    ("", "secrets"): ("name",),
    ("", "hostAliases"): ("ip",),
    ("", "topologySpreadConstraints"): ("topologyKey", "whenUnsatisfiable"),
    ("", "conditions"): ("type",),
    ("", "ownerReferences"): ("uid",),
    ("", "podIPs"): ("ip",),
    ("", "webhooks"): ("name",),
    ("", "resourceClaims"): ("name",),
}
_SETS: Final = {("metadata", "finalizers"), ("spec", "finalizers")}
_ATOMIC: Final = {
    ("spec", "selector"),
    ("", "labelSelector"),
    ("", "podSelector"),
    ("", "namespaceSelector"),
    ("", "nodeSelector"),
    ("", "configMapKeyRef"),
    ("", "secretKeyRef"),
    ("", "fieldRef"),
    ("", "resourceFieldRef"),
    ("", "involvedObject"),
    ("", "claimRef"),
    ("", "roleRef"),
    ("", "backend"),
    ("", "defaultBackend"),
}


def list_keys(above: str, name: str) -> tuple[str, ...] | None:
    """The keys that tell the items of a list apart; None when they have none."""
    return _LISTS.get((above, name)) or _LISTS.get(("", name))


def merge_key(above: str, name: str) -> str | None:
    """The one key of a strategic merge."""
    keys = list_keys(above, name)
    return keys[0] if keys else None


def is_set(above: str, name: str) -> bool:
    """Whether a list is a set of scalars."""
    return (above, name) in _SETS


def is_atomic(above: str, name: str) -> bool:
    """Whether an object is owned and replaced as a whole."""
    return (above, name) in _ATOMIC or ("", name) in _ATOMIC


def item_key(item: Json, keys: tuple[str, ...]) -> tuple[tuple[str, Json], ...] | None:
    """The keys of an item with their values; None when one is missing that has no default."""
    if not isinstance(item, dict):
        return None
    found: list[tuple[str, Json]] = []
    for key in keys:
        if key in item:
            found.append((key, item[key]))
        elif key == "protocol":
            found.append((key, "TCP"))
        else:
            return None
    return tuple(found)


def by_key(items: list[Json], keys: tuple[str, ...]) -> dict[tuple[tuple[str, Json], ...], Doc]:
    """The items of a keyed list by their keys, in order."""
    found: dict[tuple[tuple[str, Json], ...], Doc] = {}
    for item in items:
        key = item_key(item, keys)
        if key is not None and isinstance(item, dict):
            found[key] = item
    return found
