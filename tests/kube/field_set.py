"""Sets of field paths: what a manager owns, in the shape of `fieldsV1`.

A path is a tuple of elements: `("f", name)` a field, `("k", pairs)` an item of a keyed list,
`("v", json)` an item of a set. Shapes: sigs.k8s.io/structured-merge-diff, fieldpath.
"""

from __future__ import annotations

import json
from typing import Final, TypeAlias

from tests.kube.json_values import Doc, Json
from tests.kube.merge_schema import by_key, is_atomic, is_set, list_keys

Element: TypeAlias = tuple[str, str]
Path: TypeAlias = tuple[Element, ...]
Fields: TypeAlias = frozenset[Path]

NOTHING: Final[Fields] = frozenset()
_UNOWNED: Final = {
    (("f", "apiVersion"),),
    (("f", "kind"),),
    (("f", "metadata"),),
    *(
        (("f", "metadata"), ("f", name))
        for name in (
            "creationTimestamp",
            "deletionGracePeriodSeconds",
            "deletionTimestamp",
            "generation",
            "managedFields",
            "name",
            "namespace",
            "resourceVersion",
            "selfLink",
            "uid",
        )
    ),
}
"""What nobody owns (`stripMeta` of the field manager)."""


def _compact(value: Json) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


def names(path: Path) -> tuple[str, str]:
    """The field names of the last two fields of a path: enough to know its schema."""
    fields = [name for mark, name in path if mark == "f"]
    return (fields[-2] if len(fields) > 1 else "", fields[-1] if fields else "")


def leaves(doc: Json, *, inner: bool = False) -> dict[Path, Json]:
    """Every owned path of `doc` with its value.

    Items of keyed lists are paths of their own, with no value. `inner`: objects and keyed lists are
    too, as they are for who creates or updates without applying.
    """
    found: dict[Path, Json] = {}
    _walk(doc, (), found, inner)
    return {path: value for path, value in found.items() if not _unowned(path)}


def _unowned(path: Path) -> bool:
    return path in _UNOWNED or path[:2] == (("f", "metadata"), ("f", "managedFields"))


def _walk(value: Json, path: Path, found: dict[Path, Json], inner: bool) -> None:
    above, name = names(path)
    at_field = bool(path) and path[-1][0] == "f"
    if isinstance(value, dict) and not (at_field and is_atomic(above, name)):
        if path and (inner or not value or not at_field):
            found[path] = None if value else {}
        for key, below in value.items():
            _walk(below, (*path, ("f", key)), found, inner)
        return
    if isinstance(value, list) and at_field:
        keys = list_keys(above, name)
        if keys and len(by_key(value, keys)) == len(value):
            if inner or not value:
                found[path] = None
            for pairs, below in by_key(value, keys).items():
                _walk(below, (*path, ("k", _compact(dict(pairs)))), found, inner)
            return
        if is_set(above, name):
            if inner or not value:
                found[path] = None
            for item in value:
                found[(*path, ("v", _compact(item)))] = item
            return
    found[path] = value


def show(path: Path) -> str:
    """`.spec.template.spec.containers[name="a"].image`, as conflicts name it."""
    parts: list[str] = []
    for mark, name in path:
        if mark == "f":
            parts.append(f".{name}")
        elif mark == "k":
            pairs: dict[str, Json] = json.loads(name)
            parts.append(
                f"[{','.join(f'{key}={json.dumps(pairs[key])}' for key in sorted(pairs))}]"
            )
        else:
            parts.append(f"[={name}]")
    return "".join(parts)


def encode(fields: Fields) -> Doc:
    """The `fieldsV1` of a set: nested objects, `.` where the path itself is a member."""
    root: Doc = {}
    for path in sorted(fields):
        at = root
        for mark, name in path:
            below = at.setdefault(f"{mark}:{name}", {})
            if not isinstance(below, dict):
                raise TypeError("a field set nests objects only")
            at = below
        at["."] = {}
    return _without_lonely_dots(root)


def _without_lonely_dots(tree: Doc) -> Doc:
    if set(tree) == {"."}:
        return {}
    return {
        key: _without_lonely_dots(below) if key != "." and isinstance(below, dict) else {}
        for key, below in tree.items()
    }


def decode(tree: Doc) -> Fields:
    """The set of a `fieldsV1`."""
    found: set[Path] = set()
    _read(tree, (), found)
    return frozenset(found)


def _read(tree: Doc, path: Path, found: set[Path]) -> None:
    if path and (not tree or "." in tree):
        found.add(path)
    for key, below in tree.items():
        mark, _, name = key.partition(":")
        if mark != "." and isinstance(below, dict):
            _read(below, (*path, (mark, name)), found)


def covers(owned: Fields, path: Path) -> bool:
    """Whether `path` or anything below it is in `owned`."""
    return any(each[: len(path)] == path for each in owned)
