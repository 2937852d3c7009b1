"""The fields of built-in kinds and their types, as lightkube's models of the OpenAPI have them."""

from __future__ import annotations

import importlib
import json
import re
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from msgspec import Struct, structs

from tests.kube.json_values import Doc, Json
from tests.kube.merge_schema import item_key, list_keys
from tests.kube.resource import Resource

_GO: Final[dict[object, str]] = {int: "int32", str: "string", bool: "bool", float: "float64"}
_SAID: Final[dict[type, str]] = {
    bool: "bool",
    dict: "object",
    float: "number",
    int: "number",
    list: "array",
    str: "string",
}
_GO_TYPES: Final[dict[type, str]] = {
    bool: "bool",
    dict: "map[string]interface {}",
    float: "float64",
    int: "int64",
    list: "[]interface {}",
    str: "string",
    type(None): "<nil>",
}
_OF_STRINGS: Final = {"annotations", "data", "labels", "matchLabels", "nodeSelector", "stringData"}
_QUANTITIES: Final = {"averageValue", "divisor", "quantity", "sizeLimit"}
_TYPED: Final[dict[object, str]] = {
    int: "numeric (int or float)",
    float: "numeric (int or float)",
    str: "string",
    bool: "boolean",
    dict: "map",
    list: "list",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """A field that is unknown, or of the wrong type.

    `path`: as decoding names it, `spec.containers[0].image`; `typed`: as an apply does,
    `.spec.containers[name="a"].image`. `decoding`: what decoding says of a wrong type, "" for an
    unknown field; `applying`: what an apply says.
    """

    path: str
    typed: str
    decoding: str
    applying: str
    place: tuple[str | int, ...]


def misfits(resource: Resource, doc: Doc) -> list[Misfit]:
    """Everything in `doc` that the kind's model does not have, or has otherwise."""
    model = _model(resource)
    if model is None:
        return []
    return list(_object(doc, model, _ROOT))


@dataclass(frozen=True, slots=True)
class _Place:
    path: str
    typed: str
    keys: tuple[str | int, ...]
    above: str
    name: str

    def field(self, name: str) -> _Place:
        path = f"{self.path}.{name}" if self.path else name
        return _Place(path, f"{self.typed}.{name}", (*self.keys, name), self.name, name)

    def item(self, index: int, item: Json) -> _Place:
        keys = list_keys(self.above, self.name)
        found = item_key(item, keys) if keys else None
        told = ",".join(f"{key}={json.dumps(each)}" for key, each in found or ())
        typed = f"{self.typed}[{told or index}]"
        path = f"{self.path}[{index}]"
        return _Place(path, typed, (*self.keys, index), self.above, self.name)


_ROOT: Final = _Place("", "", (), "", "")


@lru_cache
def _model(resource: Resource) -> type[Struct] | None:
    group = resource.group.partition(".")[0] or "core"
    module = importlib.import_module(f"lightkube.models.{group}_{resource.version}")
    found = getattr(module, resource.kind, None)
    return found if isinstance(found, type) and issubclass(found, Struct) else None


@lru_cache
def _fields(model: type[Struct]) -> dict[str, object]:
    return {each.encode_name: _without_none(each.type) for each in structs.fields(model)}


def _without_none(hint: object) -> object:
    inner = [each for each in typing.get_args(hint) if each is not types.NoneType]
    union = typing.get_origin(hint) in (typing.Union, types.UnionType)
    return inner[0] if union and len(inner) == 1 else hint


def _object(doc: Doc, model: type[Struct], place: _Place) -> Iterator[Misfit]:
    known = _fields(model)
    for name, found in doc.items():
        at = place.field(name)
        if name not in known:
            told = "field not declared in schema"
            yield Misfit(path=at.path, typed=at.typed, decoding="", applying=told, place=at.keys)
        elif found is not None:
            yield from _value(found, known[name], model.__name__, at)


def _value(found: Json, hint: object, owner: str, place: _Place) -> Iterator[Misfit]:
    if isinstance(hint, type) and issubclass(hint, Struct):
        if isinstance(found, dict):
            yield from _object(found, hint, place)
        else:
            yield _wrong(found, dict, hint.__name__, owner, place)
    elif typing.get_origin(hint) is list:
        if isinstance(found, list):
            (inner,) = typing.get_args(hint)
            for index, item in enumerate(found):
                yield from _value(item, inner, owner, place.item(index, item))
        else:
            yield _wrong(found, list, "[]", owner, place)
    elif hint in _GO and not _fits(found, hint, place.name):
        yield _wrong(found, hint, _GO[hint], owner, place)
    elif hint is dict:
        if not isinstance(found, dict):
            yield _wrong(found, dict, "map[string]string", owner, place)
        elif place.name in _OF_STRINGS:
            for name, each in found.items():
                if not isinstance(each, str):
                    yield _wrong(each, str, "string", owner, place, below=name)


def _fits(found: Json, hint: object, name: str) -> bool:
    if isinstance(found, bool) or hint is bool:
        return isinstance(found, bool) and hint is bool
    if hint is str:
        # Quantities are strings in the model, and may be numbers.
        return isinstance(found, str) or name in _QUANTITIES
    return isinstance(found, int) or (hint is float and isinstance(found, float))


def _wrong(
    found: Json, hint: object, go: str, owner: str, place: _Place, *, below: str = ""
) -> Misfit:
    """`below`: the key of a map whose value is wrong; decoding does not tell it."""
    got = _SAID.get(type(found), "null")
    plain = re.sub(r"\[\d+\]", "", place.path)
    numeric = hint in (int, float)
    shown = _GO_TYPES[type(found)] if numeric else f"&value.valueUnstructured{{Value:{_go(found)}}}"
    return Misfit(
        path=place.path,
        typed=f"{place.typed}.{below}" if below else place.typed,
        decoding=f"json: cannot unmarshal {got} into Go struct field {owner}.{plain} of type {go}",
        applying=f"expected {_TYPED[hint]}, got {shown}",
        place=place.keys,
    )


def _go(found: Json) -> str:
    return json.dumps(found) if isinstance(found, str | int | float) else _GO_TYPES[type(found)]


def duplicates(doc: Json, place: _Place = _ROOT) -> Iterator[str]:
    """Items of keyed lists that an apply cannot tell apart, as it names them."""
    if isinstance(doc, dict):
        for name, below in doc.items():
            yield from duplicates(below, place.field(name))
    elif isinstance(doc, list):
        keys = list_keys(place.above, place.name)
        seen: set[str] = set()
        for index, item in enumerate(doc):
            key = item_key(item, keys) if keys else None
            told = ",".join(f"{name}={json.dumps(each)}" for name, each in key or ())
            if told and told in seen:
                yield f"{place.typed}: duplicate entries for key [{told}]"
            seen.add(told)
            yield from duplicates(item, place.item(index, item))


def drop(doc: Doc, place: tuple[str | int, ...]) -> None:
    """Take the field at `place` out of `doc`."""
    at: Json = doc
    for key in place[:-1]:
        at = _step(at, key)
    last = place[-1]
    if isinstance(at, dict) and isinstance(last, str):
        del at[last]


def _step(at: Json, key: str | int) -> Json:
    if isinstance(at, dict) and isinstance(key, str):
        return at[key]
    if isinstance(at, list) and isinstance(key, int):
        return at[key]
    raise LookupError(key)
