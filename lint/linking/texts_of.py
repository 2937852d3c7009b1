"""Methods of strings, lists and dictionaries, on abstract values."""

from __future__ import annotations

import re
from typing import Final

from lint.linking.arguments import Arguments
from lint.linking.values import (
    UNKNOWN,
    Fields,
    Items,
    Shape,
    Value,
    glued,
    join,
    known,
    only,
)
from lint.text import Text, split, text, unknown

_KEEPS: Final = {
    "strip", "rstrip", "lstrip", "lower", "upper", "casefold", "decode", "encode", "replace",
    "removeprefix", "removesuffix", "title", "expandtabs", "String", "hex", "isoformat",
    "strftime", "as_posix", "Format", "Unix", "UnixNano", "UnixMilli", "timestamp", "__str__",
    "TrimSpace", "ljust", "zfill", "expanduser", "resolve", "absolute",
}  # fmt: skip  # a list of words reads best as a paragraph
"""Methods after which a text is as unique, or as unknown, as before."""


def named_unknown(name: str) -> Value:
    """An unknown text that remembers what held it."""
    return (unknown(name),)


def method(receiver: Value, name: str, given: Arguments) -> Value | None:
    """The result of a built-in method; None where no alternative has such a method.

    For methods that change a list or dictionary the result is the changed receiver.
    """
    results = [result for shape in receiver if (result := _method(shape, name, given)) is not None]
    return join(*results) if results else None


def _method(shape: Shape, name: str, given: Arguments) -> Value | None:
    match shape:
        case Text():
            return _of_text(shape, name, given)
        case Items(items, rest):
            return _of_list(items, rest, name, given)
        case Fields():
            return _of_dict(shape, name, given)
    return None


def _of_text(shape: Text, name: str, given: Arguments) -> Value | None:
    told = shape.known
    first = given.get(0)
    if name == "join" and first is not None:
        return join(*(_joined(shape, one) for one in first if isinstance(one, Items))) or UNKNOWN
    if name == "joinpath":
        return glued(
            [(shape,), *(one for piece in given.positional for one in ((text("/"),), piece))]
        )
    if name == "format" and told is not None:
        return braces(told, given)
    if name in ("split", "rsplit") and not given.positional:
        return (Items(tuple((word,) for word in split(shape))),)
    if told is None:
        return (shape,) if name in _KEEPS else None
    arguments = [only(value) for value in given.positional]
    if any(one is None for one in arguments):
        return (unknown(),) if hasattr("", name) else None
    words = [one for one in arguments if one is not None]
    match name, words:
        case (("split" | "rsplit"), [separator]):
            return (Items(tuple((text(one, shape.at),) for one in told.split(separator))),)
        case "splitlines", []:
            return (Items(tuple((text(one, shape.at),) for one in told.splitlines())),)
        case "replace", [old, new]:
            return (text(told.replace(old, new), shape.at),)
        case (("strip" | "rstrip" | "lstrip"), []):
            return (text(getattr(told, name)(), shape.at),)
        case (("lower" | "upper" | "casefold"), []):
            return (text(getattr(told, name)(), shape.at),)
        case "removeprefix", [head]:
            return (text(told.removeprefix(head), shape.at),)
        case "removesuffix", [tail]:
            return (text(told.removesuffix(tail), shape.at),)
        case (("as_posix" | "expanduser" | "resolve" | "absolute" | "String" | "__str__"), _):
            return (shape,)
    return (unknown(),) if hasattr("", name) else None


def _joined(separator: Text, items: Items) -> Value:
    pieces: list[Value] = []
    for at, one in enumerate(items.items):
        if at:
            pieces.append((separator,))
        pieces.append(one)
    if items.rest:
        pieces.extend(([(separator,)] if items.items else []) + [(unknown("…"),)])
    return glued(pieces)


def braces(template: str, given: Arguments) -> Value:
    """`template.format(...)`."""
    pieces: list[Value] = []
    last = count = 0
    for hole in re.finditer(r"\{\{|\}\}|\{([^{}!:]*)[^{}]*\}", template):
        pieces.append((text(template[last : hole.start()]),))
        last = hole.end()
        if hole[1] is None:
            pieces.append((text(hole[0][0]),))
            continue
        name = hole[1]
        if not name:
            name, count = str(count), count + 1
        value = given.get(int(name)) if name.isdigit() else given.named.get(name)
        pieces.append(value or (unknown(name),))
    pieces.append((text(template[last:]),))
    return glued(pieces)


def _of_list(items: tuple[Value, ...], rest: bool, name: str, given: Arguments) -> Value | None:
    first = given.get(0)
    match name:
        case "append" | "add" if first is not None:
            return (Items((*items, first), rest=rest),)
        case "extend" | "update" if first is not None:
            more = next((one for one in first if isinstance(one, Items)), Items((), rest=True))
            return (Items((*items, *more.items), rest=rest or more.rest),)
        case "insert" if len(given.positional) == 2:
            at = only(given.positional[0])
            where = int(at) if at is not None and re.fullmatch(r"\d+", at) else 0
            return (Items((*items[:where], given.positional[1], *items[where:]), rest=rest),)
        case "copy":
            return (Items(items, rest=rest),)
        case "pop":
            return items[-1] if items else UNKNOWN
        case "index" | "count":
            return UNKNOWN
    return None


def _of_dict(shape: Fields, name: str, given: Arguments) -> Value | None:
    first = given.get(0)
    match name:
        case "get" if first is not None:
            found = [shape.get(key) for key in known(first)]
            default = given.get(1, "default")
            present = [value for value in found if value is not None]
            if present and len(present) == len(found) == len(first):
                return join(*present)
            if not known(first) and shape.entries:
                present = [value for _, value in shape.entries]
            return join(*present, default or UNKNOWN)
        case "items":
            rows: list[Value] = [(Items((shape.key(key), value)),) for key, value in shape.entries]
            return (Items(tuple(rows), rest=shape.rest),)
        case "keys":
            return (Items(tuple(shape.key(key) for key, _ in shape.entries), rest=shape.rest),)
        case "values":
            return (Items(tuple(value for _, value in shape.entries), rest=shape.rest),)
        case "update":
            entries = dict(shape.entries)
            rest = shape.rest
            for one in first or ():
                if isinstance(one, Fields):
                    entries.update(one.entries)
                else:
                    rest = True
            entries.update(given.named)
            return (Fields(tuple(entries.items()), rest=rest),)
        case "setdefault" if first is not None:
            key = only(first)
            entries = dict(shape.entries)
            if key is not None and (value := given.get(1)) is not None:
                entries.setdefault(key, value)
            return (Fields(tuple(entries.items()), rest=shape.rest),)
        case "copy":
            return (shape,)
    return None
