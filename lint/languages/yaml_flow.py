"""YAML's flow style: `[a, {b: c}]`, over as many lines as it takes."""

from __future__ import annotations

import re
from typing import Final

from lint.languages.yaml_cursor import BrokenError, Cursor
from lint.languages.yaml_nodes import Mapping, Node, Pair, Scalar, Sequence
from lint.languages.yaml_scalar import plain_in_flow, quoted
from lint.program import Span

DEEPEST: Final = 64
"""Collections inside collections."""
MOST_PROPERTIES: Final = 2
"""Before one node: an anchor and a tag."""
_PROPERTY: Final = re.compile(r"(?P<sign>[&!])(?P<name>[^\s,\[\]{}]*)[ \t]*")
_ALIAS: Final = re.compile(r"\*(?P<name>[^\s,\[\]{}]+)")


def null(cursor: Cursor) -> Scalar:
    """A value that is not there, where it would begin."""
    row, column = cursor.last
    return Scalar(text="", at=Span(row + 1, column + 1, row + 1, column + 1))


def alias(cursor: Cursor) -> Node:
    """The node that `*name` names; its own text where the name is not known."""
    row, column = cursor.row, cursor.column
    match = _ALIAS.match(cursor.line, column)
    if match is None:
        raise BrokenError("an alias has no name")
    cursor.move(row, match.end())
    known = cursor.anchors.get(match["name"])
    return known if known is not None else Scalar(text=match[0], at=cursor.span(row, column))


def tagged(node: Node, tag: str) -> Node:
    """The node with its tag."""
    if not tag:
        return node
    match node:
        case Scalar(text=text, at=at, style=style, marks=marks):
            return Scalar(text=text, at=at, style=style, marks=marks, tag=tag)
        case Sequence(items=items, at=at):
            return Sequence(items=items, at=at, tag=tag)
        case Mapping(pairs=pairs, at=at):
            return Mapping(pairs=pairs, at=at, tag=tag)


def flow(cursor: Cursor, depth: int) -> Node:
    """A node in flow style that begins here."""
    if depth > DEEPEST:
        raise BrokenError("it is nested too deeply")
    anchor = tag = ""
    for _ in range(MOST_PROPERTIES):
        found = _PROPERTY.match(cursor.line, cursor.column)
        if not found:
            break
        if found["sign"] == "&":
            anchor = found["name"]
        else:
            tag = f"!{found['name']}"
        cursor.move(cursor.row, found.end())
        _ahead(cursor)
    sign = cursor.line[cursor.column]
    if sign == "[":
        node: Node = _sequence(cursor, depth)
    elif sign == "{" and not cursor.line.startswith("{{", cursor.column):
        node = _mapping(cursor, depth)
    elif sign in "\"'":
        node = quoted(cursor)
    elif sign == "*":
        node = alias(cursor)
    elif sign in ",]}":
        node = null(cursor)
    else:
        node = plain_in_flow(cursor)
    node = tagged(node, tag)
    if anchor:
        cursor.anchors[anchor] = node
    return node


def _ahead(cursor: Cursor) -> str:
    """The next character that counts."""
    if not cursor.skip(tabs=True):
        raise BrokenError("a bracket is never closed")
    return cursor.line[cursor.column]


def _step(cursor: Cursor) -> None:
    cursor.move(cursor.row, cursor.column + 1)


def _sequence(cursor: Cursor, depth: int) -> Sequence:
    row, column = cursor.row, cursor.column
    _step(cursor)
    items: list[Node] = []
    while (sign := _ahead(cursor)) != "]":
        if sign == ",":
            _step(cursor)
            continue
        start = (cursor.row, cursor.column)
        item = flow(cursor, depth + 1)
        if _ahead(cursor) == ":":
            pair = _pair(cursor, item, start, depth)
            item = Mapping(pairs=(pair,), at=pair.at)
        items.append(item)
        _separated(cursor, "]", start)
    _step(cursor)
    return Sequence(items=tuple(items), at=cursor.span(row, column))


def _mapping(cursor: Cursor, depth: int) -> Mapping:
    row, column = cursor.row, cursor.column
    _step(cursor)
    pairs: list[Pair] = []
    while (sign := _ahead(cursor)) != "}":
        if sign == "," or (sign == "?" and cursor.line[cursor.column + 1 :][:1] in (" ", "")):
            _step(cursor)
            continue
        start = (cursor.row, cursor.column)
        key = flow(cursor, depth + 1) if sign != ":" else null(cursor)
        _ahead(cursor)
        pairs.append(_pair(cursor, key, start, depth))
        _separated(cursor, "}", start)
    _step(cursor)
    return Mapping(pairs=tuple(pairs), at=cursor.span(row, column))


def _pair(cursor: Cursor, key: Node, start: tuple[int, int], depth: int) -> Pair:
    """The rest of a pair whose key was read; the value may be missing with its colon."""
    key_at = cursor.span(*start)
    value: Node = null(cursor)
    if cursor.line[cursor.column] == ":":
        _step(cursor)
        if _ahead(cursor) not in ",]}":
            value = flow(cursor, depth + 1)
    text = key.text if isinstance(key, Scalar) else ""
    return Pair(key=text, key_at=key_at, value=value, at=cursor.span(*start))


def _separated(cursor: Cursor, close: str, start: tuple[int, int]) -> None:
    """A comma or the closing bracket must follow, and something must have been read."""
    if _ahead(cursor) not in (",", close) or start == (cursor.row, cursor.column):
        raise BrokenError(f"`,` or `{close}` is missing")
