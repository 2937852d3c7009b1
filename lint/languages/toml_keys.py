"""Where the keys of a TOML text stand. Parsed only when a line has to be told."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tree_sitter import Node

Key = tuple[str | int, ...]
"""Names of tables and keys, and numbers of list items, from the root of the file down."""

_NAMES: Final = ("bare_key", "quoted_key", "dotted_key")
_DEEPEST: Final = 200


class TomlKeys:
    """Line and column of every key and list item of a text, which need not be valid."""

    def __init__(self, text: str) -> None:
        import tree_sitter_toml
        from tree_sitter import Language, Parser

        data = text.encode("utf-8", "surrogatepass")
        self._lines = data.split(b"\n")
        self._places: dict[Key, tuple[int, int]] = {}
        self._above: dict[Key, tuple[int, int]] = {}
        self._counts: dict[Key, int] = {}
        # A node does not keep its tree alive, so the tree stays here until all is read.
        tree = Parser(Language(tree_sitter_toml.language())).parse(data)
        for node in tree.root_node.children:
            self._top(node)

    def place(self, key: Key) -> tuple[int, int]:
        """Where `key` is written, else what is nearest above it; (0, 0) when nothing is."""
        for length in range(len(key), 0, -1):
            if found := self._places.get(key[:length]) or self._above.get(key[:length]):
                return found
        return 0, 0

    def _top(self, node: Node) -> None:
        if node.type == "pair":
            self._pair((), node, 0)
        elif node.type in ("table", "table_array_element"):
            table = self._header(node)
            for child in node.children:
                if child.type == "pair":
                    self._pair(table, child, 0)

    def _header(self, node: Node) -> Key:
        """The table that `[a.b]` or `[[a.b]]` opens; a list above it means its latest item."""
        written = _named(node)
        if written is None:
            return ()
        key: Key = ()
        names = list(_parts(written))
        for depth, name in enumerate(names, start=1):
            key = (*key, name)
            if node.type == "table_array_element" and depth == len(names):
                self._note(key, written)
                number = self._counts.get(key, 0)
                self._counts[key] = number + 1
                key = (*key, number)
            elif key in self._counts:
                key = (*key, self._counts[key] - 1)
            else:
                self._above.setdefault(key, self._place(written))
        self._note(key, written)
        return key

    def _pair(self, above: Key, node: Node, depth: int) -> None:
        written = _named(node)
        if written is None or depth > _DEEPEST:
            return
        key = above
        for name in _parts(written):
            key = (*key, name)
            self._note(key, written)
        self._value(key, node.children[-1], depth + 1)

    def _value(self, key: Key, node: Node, depth: int) -> None:
        if depth > _DEEPEST:
            return
        if node.type == "inline_table":
            for child in node.children:
                if child.type == "pair":
                    self._pair(key, child, depth)
        elif node.type == "array":
            items = [child for child in node.children if child.is_named and child.type != "comment"]
            for number, item in enumerate(items):
                self._note((*key, number), item)
                self._value((*key, number), item, depth + 1)

    def _note(self, key: Key, node: Node) -> None:
        self._places.setdefault(key, self._place(node))

    def _place(self, node: Node) -> tuple[int, int]:
        row, column = node.start_point
        return row + 1, len(self._lines[row][:column].decode("utf-8", "replace")) + 1


def _named(node: Node) -> Node | None:
    return next((child for child in node.children if child.type in _NAMES), None)


def _parts(node: Node) -> Iterator[str]:
    """The names of a dotted key from left to right; the grammar nests them to the left."""
    rights: list[Node] = []
    left = node
    while left.type == "dotted_key":
        inside = [child for child in left.children if child.type in _NAMES]
        if not inside:
            return
        rights[:0] = inside[1:]
        left = inside[0]
    for part in (left, *rights):
        yield _name(part)


def _name(node: Node) -> str:
    text = (node.text or b"").decode("utf-8", "replace")
    if node.type != "quoted_key":
        return text
    try:
        return next(iter(tomllib.loads(f"{text} = 0")), text)
    except tomllib.TOMLDecodeError:
        return text
