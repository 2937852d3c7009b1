"""JSON documents and how to look into them without asking at every step."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import TypeAlias

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Doc: TypeAlias = "dict[str, Json]"


def clone(doc: Mapping[str, Json]) -> Doc:
    """A copy that shares nothing with `doc`."""
    return copy.deepcopy(dict(doc))


def value(doc: Json, *path: str) -> Json:
    """What stands at `path`, or None."""
    for key in path:
        if not isinstance(doc, dict):
            return None
        doc = doc.get(key)
    return doc


def child(doc: Json, *path: str) -> Doc:
    """The object at `path`; a new empty one, not attached, when there is none."""
    found = value(doc, *path)
    return found if isinstance(found, dict) else {}


def ensure(doc: Doc, *path: str) -> Doc:
    """The object at `path`, made where it is missing."""
    for key in path:
        below = doc.get(key)
        if not isinstance(below, dict):
            below = {}
            doc[key] = below
        doc = below
    return doc


def text(doc: Json, *path: str) -> str:
    """The string at `path`, or ""."""
    found = value(doc, *path)
    return found if isinstance(found, str) else ""


def number(doc: Json, *path: str, default: int = 0) -> int:
    """The integer at `path`, or `default`."""
    found = value(doc, *path)
    return found if isinstance(found, int) and not isinstance(found, bool) else default


def values(doc: Json, *path: str) -> list[Json]:
    """The list at `path`; a new empty one, not attached, when there is none."""
    found = value(doc, *path)
    return found if isinstance(found, list) else []


def docs(doc: Json, *path: str) -> list[Doc]:
    """The objects of the list at `path`."""
    return [each for each in values(doc, *path) if isinstance(each, dict)]


def texts(doc: Json, *path: str) -> list[str]:
    """The strings of the list at `path`."""
    return [each for each in values(doc, *path) if isinstance(each, str)]


def pairs(doc: Json, *path: str) -> dict[str, str]:
    """The strings of the object at `path`, by key."""
    return {key: each for key, each in child(doc, *path).items() if isinstance(each, str)}


def listed(found: list[Doc]) -> list[Json]:
    """The same objects as a value that fits into a document."""
    return list(found)
