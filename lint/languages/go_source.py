"""A Go file's bytes, read by offsets: texts, spans and literals.

Offsets are tree-sitter's, in bytes. The file is decoded once as latin-1, in which a byte is a
character, so that cutting a token out is one slice; what is not ASCII is decoded again as UTF-8.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final

import tree_sitter_go
from tree_sitter import Language, Node

from lint.facts import Unparsable
from lint.program import Lit, Opaque, Span

LANGUAGE: Final = Language(tree_sitter_go.language())
DEEPEST: Final = 110
"""Levels of nesting that are followed: what Python's stack and msgpack can take."""
MOST_UNPARSABLE: Final = 20
_LONGEST_NUMBER: Final = 40

TOKEN: Final = (
    rb"//[^\n]*|/\*.*?(?:\*/|\Z)"
    rb'|"(?:\\.|[^"\\\n])*"?|`[^`]*`?|\'(?:\\.|[^\'\\\n])*\'?'
)
"""A comment or a literal of text (with DOTALL): what must be skipped to look at bytes as code."""

_ESCAPE: Final = re.compile(
    rb"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.DOTALL
)
_PLAIN: Final = {
    b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v",
}  # fmt: skip


def kind(name: str) -> int:
    """The number of a named node kind; a kind that the grammar does not have is a ValueError."""
    number = LANGUAGE.id_for_node_kind(name, True)
    if number is None:
        raise ValueError(f"tree-sitter-go has no node kind {name!r}")
    return number


def field(name: str) -> int:
    """The number of a field; a field that the grammar does not have is a ValueError."""
    number = LANGUAGE.field_id_for_name(name)
    if number is None:
        raise ValueError(f"tree-sitter-go has no field {name!r}")
    return number


COMMENT: Final = kind("comment")


def named(node: Node) -> list[Node]:
    """The named children without comments."""
    return [child for child in node.named_children if child.kind_id != COMMENT]


class GoSource:
    """The bytes, and what is found wrong with them (`unparsable`, at most `MOST_UNPARSABLE`)."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.unparsable: list[Unparsable] = []
        self._latin = data.decode("latin-1")
        self._ascii = data.isascii()
        starts = [0]
        starts.extend(found.end() for found in re.finditer(rb"\n", data))
        self._starts = starts

    def text(self, node: Node) -> str:
        """The node as written."""
        piece = self._latin[node.start_byte : node.end_byte]
        if self._ascii or piece.isascii():
            return piece
        return piece.encode("latin-1").decode("utf-8", "replace")

    def span(self, node: Node) -> Span:
        """Where the node stands."""
        return self.span_of(node.start_byte, node.end_byte)

    def span_of(self, start: int, end: int) -> Span:
        """From byte to byte, as lines and columns in characters."""
        starts = self._starts
        line = bisect_right(starts, start)
        first = starts[line - 1]
        last_line = line
        if line < len(starts) and end >= starts[line]:
            last_line = bisect_right(starts, end)
        last = starts[last_line - 1]
        if self._ascii:
            return Span(line, start - first + 1, last_line, end - last + 1)
        return Span(line, self._column(first, start), last_line, self._column(last, end))

    def line(self, at: int) -> int:
        """The line of a byte."""
        return bisect_right(self._starts, at)

    def line_start(self, at: int) -> int:
        """The first byte of the line that a byte stands on."""
        return self._starts[bisect_right(self._starts, at) - 1]

    def _column(self, first: int, at: int) -> int:
        piece = self._latin[first:at]
        if piece.isascii():
            return at - first + 1
        return len(piece.encode("latin-1").decode("utf-8", "replace")) + 1

    def report(self, why: str, at: Span) -> None:
        """Notes a part that could not be read; past the first `MOST_UNPARSABLE` nothing."""
        if len(self.unparsable) < MOST_UNPARSABLE:
            self.unparsable.append(Unparsable(why, at))

    def too_deep(self, node: Node) -> Opaque:
        """What stands for a node that is nested too deeply to follow; it is reported."""
        self.report("nested too deeply to follow", self.span(node))
        return Opaque()

    def string(self, node: Node) -> Lit:
        """An interpreted string or a rune, its escapes resolved."""
        piece = self.text(node)
        inner = piece[1:-1] if len(piece) > 1 and piece[-1] == piece[0] else piece[1:]
        if "\\" in inner:
            raw = inner.encode("utf-8", "replace")
            inner = _ESCAPE.sub(_unescaped, raw).decode("utf-8", "replace")
        return Lit(inner, self.span(node))

    def raw_string(self, node: Node) -> Lit:
        """A raw string; carriage returns are no part of it, as Go has it."""
        piece = self.text(node)
        inner = piece[1:-1] if len(piece) > 1 and piece[-1] == "`" else piece[1:]
        return Lit(inner.replace("\r", ""), self.span(node))

    def number(self, node: Node) -> Lit:
        """A number: whole ones in decimal (`0x1F90` and `8_080` are `8080`), others as written.

        So are those of more digits than any machine's number has.
        """
        piece = self.text(node)
        if not piece.isdecimal():
            piece = piece.replace("_", "")
            if piece.isalnum() and len(piece) < _LONGEST_NUMBER:
                try:
                    piece = str(int(piece, 0))
                except ValueError:
                    return Lit(piece, self.span(node), True)
        return Lit(piece, self.span(node), True)


def _unescaped(found: re.Match[bytes]) -> bytes:
    byte, short, long, octal, plain = found.groups()
    if byte:
        return bytes((int(byte, 16),))
    if octal:
        return bytes((int(octal, 8) & 0xFF,))
    if plain:
        known: bytes = _PLAIN.get(plain, plain)
        return known
    number = int(short or long, 16)
    if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        number = 0xFFFD
    return chr(number).encode()
