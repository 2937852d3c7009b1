"""From bytes to sound trees: tree-sitter, and what it takes to get the most out of a broken file.

A file with an error is cut at its top-level declarations (a keyword in the first column) and each
is parsed by itself, so that a brace missing in one function does not swallow the next.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tree_sitter import Node, Parser, Point, Range

from lint.languages.go_source import DEEPEST, LANGUAGE, MOST_UNPARSABLE, TOKEN, GoSource

_TOP: Final = re.compile(rb"^(?:func|type|var|const|import|package)\b", re.MULTILINE)
_NEW: Final = re.compile(
    rb"\bnew\((?!\s*(?:(?:struct|interface|func|chan)\b|<-|(?:map\s*\[|\[)(?![^()\n]*\{)))"
)
_GENERIC_METHOD: Final = re.compile(
    rb"^(func\s*\([^()\n]*\)\s*\w+)(\[[^\[\]\n]*(?:\[[^\[\]\n]*\][^\[\]\n]*)*\])(?=\()",
    re.MULTILINE,
)
_BRACE: Final = re.compile(rb"[{}]|" + TOKEN, re.DOTALL)


def declarations(source: GoSource) -> Iterator[Node]:
    """The top-level nodes in order; errors are noted in `source`.

    Offsets of all nodes are those of the source's bytes.
    """
    parser = Parser(LANGUAGE)
    data = source.data if source.data.endswith(b"\n") else source.data + b"\n"
    root = parser.parse(data).root_node
    if root.has_error:
        newest = _readable(data)
        if newest != data:
            data = newest
            root = parser.parse(data).root_node
    if not root.has_error:
        yield from root.named_children
        return
    for start, end in _pieces(data):
        yield from _piece(parser, source, data, start, end)


def _readable(data: bytes) -> bytes:
    """Syntax newer than the grammar (`new(expression)`, methods with type parameters) put so that
    it can be read, each byte at its place. Texts are never taken from here."""
    return _GENERIC_METHOD.sub(
        lambda found: found[1] + b" " * len(found[2]), _NEW.sub(b"neW(", data)
    )


def _pieces(data: bytes) -> Iterator[tuple[int, int]]:
    starts = [found.start() for found in _TOP.finditer(data)]
    if not starts or starts[0] > 0:
        starts.insert(0, 0)
    return zip(starts, [*starts[1:], len(data)], strict=True)


def _piece(parser: Parser, source: GoSource, data: bytes, start: int, end: int) -> Iterator[Node]:
    root = _parse(parser, source, data, start, end)
    if root.has_error and len(source.unparsable) < MOST_UNPARSABLE:
        _report(source, root)
        missing = _open_braces(data[start:end])
        if 0 < missing < DEEPEST:
            stop = start + len(data[start:end].rstrip())
            closed = data[:stop] + b"\n" + b"}" * missing + b"\n"
            root = _parse(parser, source, closed, start, len(closed))
    yield from root.named_children


def _parse(parser: Parser, source: GoSource, data: bytes, start: int, end: int) -> Node:
    first = Point(source.line(start) - 1, 0)
    last = Point(source.line(end) - 1 + data.count(b"\n", len(source.data), end), 0)
    parser.included_ranges = [Range(first, last, start, end)]
    return parser.parse(data).root_node


def _open_braces(piece: bytes) -> int:
    words = [found[0] for found in _BRACE.finditer(piece)]
    return words.count(b"{") - words.count(b"}")


def _report(source: GoSource, root: Node) -> None:
    """Notes the outermost errors of a tree."""
    waiting = [root]
    while waiting and len(source.unparsable) < MOST_UNPARSABLE:
        node = waiting.pop()
        if node.is_missing:
            source.report(f"`{node.type}` is missing here", source.span(node))
        elif node.is_error:
            source.report(_why(source, node), source.span(node))
        elif node.has_error:
            waiting.extend(reversed(node.children))


def _why(source: GoSource, node: Node) -> str:
    words = source.text(node).split()
    shown = " ".join(words[:6])[:60]
    return f"not Go that can be read: `{shown}`" if shown else "not Go that can be read"
