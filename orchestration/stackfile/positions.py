"""Where in a TOML text a key stands. Parses with tree-sitter, so only when a line must be shown."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tree_sitter import Node

Key = tuple[str | int, ...]
"""A path of table keys and list indexes from the root of the file."""

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Line and column, both from 1; 0 when unknown. Columns count characters."""

    line: int
    column: int


UNKNOWN: Final = Position(0, 0)


class Positions:
    """The positions of all keys and list items of one text, which need not be valid TOML."""

    def __init__(self, text: str) -> None:
        import tree_sitter_toml
        from tree_sitter import Language, Parser

        source = text.encode()
        self._lines = source.split(b"\n")
        self._found: dict[Key, Position] = {}
        self._implied: dict[Key, Position] = {}
        self._counts: dict[Key, int] = {}
        # Kept while nodes are in use: a node does not keep its tree alive in every version.
        tree = Parser(Language(tree_sitter_toml.language())).parse(source)
        self._read_document(tree.root_node)

    def of(self, key: Key) -> Position:
        """Where `key` is written, else the nearest key above it that is."""
        for length in range(len(key), 0, -1):
            shorter = key[:length]
            found = self._found.get(shorter) or self._implied.get(shorter)
            if found is not None:
                return found
        return UNKNOWN

    def _read_document(self, root: Node) -> None:
        pending: deque[tuple[Key, Node]] = deque()
        for node in root.children:
            if node.type == "pair":
                pending.append(((), node))
            elif node.type in ("table", "table_array_element"):
                table = self._read_header(node)
                pending.extend((table, each) for each in node.children if each.type == "pair")
        while pending:
            pending.extend(self._read_value(*pending.popleft()))

    def _read_header(self, node: Node) -> Key:
        names = next((child for child in node.children if child.type in _KEYS), None)
        if names is None:
            return ()
        written: Key = ()
        parts = _names(names)
        for depth, name in enumerate(parts, 1):
            written = (*written, name)
            if node.type == "table_array_element" and depth == len(parts):
                count = self._counts.get(written, 0)
                self._counts[written] = count + 1
                written = (*written, count)
            elif written in self._counts:
                written = (*written, self._counts[written] - 1)
            self._note(written, names, implied=depth < len(parts))
        self._found[written] = self._position(names)
        return written

    def _read_value(self, above: Key, node: Node) -> Iterator[tuple[Key, Node]]:
        """Note one pair or list item; what is inside of it is still to be read."""
        if node.type == "pair":
            names = next((child for child in node.children if child.type in _KEYS), None)
            if names is None:
                return
            here = above
            parts = _names(names)
            for index, name in enumerate(parts):
                here = (*here, name)
                self._note(here, names, implied=index < len(parts) - 1)
            value = node.children[-1]
        else:
            here = above
            self._note(here, node)
            value = node
        if value.type == "inline_table":
            yield from ((here, child) for child in value.children if child.type == "pair")
        elif value.type == "array":
            items = [each for each in value.children if each.is_named and each.type != "comment"]
            yield from (((*here, index), item) for index, item in enumerate(items))

    def _note(self, key: Key, node: Node, *, implied: bool = False) -> None:
        (self._implied if implied else self._found).setdefault(key, self._position(node))

    def _position(self, node: Node) -> Position:
        row, column = node.start_point
        before = self._lines[row][:column].decode(errors="replace")
        return Position(row + 1, len(before) + 1)


_KEYS: Final = ("bare_key", "quoted_key", "dotted_key")


def _names(node: Node) -> list[str]:
    """The keys of a dotted key. The grammar nests them to the left, as deep as they are many."""
    found: list[str] = []
    current: Node | None = node
    while current is not None:
        nested: Node | None = None
        parts: list[Node] = [current]
        if current.type == "dotted_key":
            nested = next((each for each in current.children if each.type == "dotted_key"), None)
            parts = [each for each in current.children if each.type in _KEYS and each != nested]
        found[:0] = [_key_text(each) for each in parts]
        current = nested
    return found


def _key_text(node: Node) -> str:
    import tomllib

    text = (node.text or b"").decode(errors="replace")
    if node.type != "quoted_key":
        return text
    try:
        return next(iter(tomllib.loads(f"{text} = 0")))
    except (tomllib.TOMLDecodeError, StopIteration):
        return text


def write_key(key: Key) -> str:
    """`stacks.gateway.components."a b".env_files[0]`."""
    written = ""
    for part in key:
        if isinstance(part, int):
            written += f"[{part}]"
        else:
            shown = part if _BARE.fullmatch(part) else _quoted(part)
            written += f".{shown}" if written else shown
    return written


def _quoted(part: str) -> str:
    import json

    return json.dumps(part if len(part) <= 60 else f"{part[:60]}…", ensure_ascii=False)
