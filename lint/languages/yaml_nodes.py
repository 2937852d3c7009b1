"""YAML as plain nodes with their places in the file.

Nodes may be shared (an alias is the node it names), so whoever walks a tree bounds the walk.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

import msgspec

from lint.facts import Unparsable
from lint.languages.comments import Comment
from lint.program import Span

MOST_ITEMS: Final = 2_000
"""Items that `items` gives of one sequence with all that is nested in it."""
_DEEPEST: Final = 12
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})


class Mark(NamedTuple):
    """From `offset` of a scalar's text on, characters stand at `line` and `column` onwards."""

    offset: int
    line: int
    column: int


class Scalar(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A scalar as its text. `style` is `plain`, `quoted`, `literal` (`|`) or `folded` (`>`)."""

    text: str
    at: Span
    style: str = "plain"
    marks: tuple[Mark, ...] = ()
    tag: str = ""

    @property
    def null(self) -> bool:
        """Whether it says nothing: empty, `~` or `null`."""
        return self.style == "plain" and self.text in _NULLS

    def place(self, offset: int) -> tuple[int, int]:
        """The line and column at which a character of the text stands."""
        found = bisect_right(self.marks, (offset, 1 << 60, 0)) - 1
        if found < 0:
            return self.at.line, self.at.column + offset
        mark = self.marks[found]
        return mark.line, mark.column + offset - mark.offset


class Sequence(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A list."""

    items: tuple[Node, ...]
    at: Span
    tag: str = ""


class Pair(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One `key: value`; `merged`: it came through `<<`. A key that is no scalar is empty."""

    key: str
    key_at: Span
    value: Node
    at: Span
    merged: bool = False


class Mapping(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A mapping with its own pairs, and after them those that `<<` adds."""

    pairs: tuple[Pair, ...]
    at: Span
    tag: str = ""

    def pair(self, key: str) -> Pair | None:
        """The pair of a key: its own before merged ones, the last of several."""
        found = None
        for pair in self.pairs:
            if pair.key == key and (not pair.merged or found is None):
                found = pair
        return found

    def get(self, key: str) -> Node | None:
        """What stands under a key; None where it is absent or says nothing."""
        pair = self.pair(key)
        if pair is None or (isinstance(pair.value, Scalar) and pair.value.null):
            return None
        return pair.value

    def mapping(self, key: str) -> Mapping | None:
        """The mapping under a key."""
        found = self.get(key)
        return found if isinstance(found, Mapping) else None

    def scalar(self, key: str) -> Scalar | None:
        """The scalar under a key."""
        found = self.get(key)
        return found if isinstance(found, Scalar) else None

    def text(self, key: str) -> str:
        """The text of the scalar under a key, else nothing."""
        found = self.scalar(key)
        return found.text if found else ""

    def each(self, key: str) -> tuple[Node, ...]:
        """The items of the list under a key, or its only value; nested lists laid flat."""
        found = self.get(key)
        return tuple(items(found)) if found is not None else ()

    @property
    def keys(self) -> frozenset[str]:
        """All of its keys."""
        return frozenset(pair.key for pair in self.pairs)

    @property
    def entries(self) -> tuple[tuple[Pair, Mapping], ...]:
        """The pairs whose values are mappings."""
        return tuple((pair, pair.value) for pair in self.pairs if isinstance(pair.value, Mapping))


Node = Scalar | Sequence | Mapping


def items(node: Node) -> Iterator[Node]:
    """The items of a sequence with nested ones laid flat, or the node itself; bounded."""
    stack: list[tuple[Node, int]] = [(node, 0)]
    steps = 0
    while stack and steps < MOST_ITEMS:
        one, depth = stack.pop()
        steps += 1
        if isinstance(one, Sequence) and not one.tag:
            if depth < _DEEPEST:
                stack.extend((inner, depth + 1) for inner in reversed(one.items[:MOST_ITEMS]))
        else:
            yield one


def mappings(nodes: Iterable[Node]) -> tuple[Mapping, ...]:
    """Those that are mappings."""
    return tuple(one for one in nodes if isinstance(one, Mapping))


class Tree(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A file of YAML: the root of each document, comments, and what could not be read."""

    roots: tuple[Node, ...] = ()
    comments: tuple[Comment, ...] = ()
    unparsable: tuple[Unparsable, ...] = ()
    blocks: tuple[Scalar, ...] = ()
    """All literal and folded block scalars, in order."""
