"""The layout of a Python file as far as it can be told without a parser.

It keeps the parser from what would overflow its stack or take it minutes, and cuts a file that
does not parse into blocks and lines, so that one bad line does not hide the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

DEEPEST: Final = 100
"""Levels of brackets, or of expressions and blocks, that are followed."""
_DEEPEST_PATTERN: Final = 12
"""Of a `case` line: the parser's time doubles with each."""
_LONGEST_CHAIN: Final = 3000
"""Characters, without strings and brackets' insides, between two commas: the parser's time grows
with the square of them, and its stack with each operator."""
_BRACKETS: Final = 4
"""Characters that a pair of brackets counts for."""
_SIGNS: Final = re.compile(r"[-+~]{200}")
_MOST_ELIF: Final = 2000
_TOO_LONG: Final = "an expression too long to follow"

_TOKEN: Final = re.compile(
    r"(?P<long>'''[^'\\]*+(?:(?:\\.|'(?!''))[^'\\]*+)*+(?:'''|\Z)"
    r'|"""[^"\\]*+(?:(?:\\.|"(?!""))[^"\\]*+)*+(?:"""|\Z))'
    r"|(?P<string>'(?:[^'\\\n]|\\.)*+'|\"(?:[^\"\\\n]|\\.)*+\")"
    r"|(?P<comment>\#[^\n]*)|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<comma>,)|(?P<end>\n)"
    r"|(?P<join>\\\n)|(?P<code>[^'\"\#()\[\]{},\n\\]+|['\"\\])",
    re.DOTALL,
)
_BRACKET: Final = re.compile(r"[(\[{}\])]")
_CASE: Final = re.compile(r"[ \t\f]*case\b")
_ELIF: Final = re.compile(r"^[ \t\f]*elif\b", re.MULTILINE)
_DEFINITION: Final = re.compile(r"[ \t\f]*(?:async[ \t]+)?(?:def|class)[ \t]+\w")
"""What never stands inside brackets: the one before it was never closed."""
_JOINED: Final = re.compile(r"(?:else|elif|except|finally)\b|[)\]}]")


@dataclass(frozen=True, slots=True)
class Hostile:
    """Why a file is not given to the parser, and where that was seen."""

    why: str
    offset: int


def hostile(text: str) -> Hostile | None:
    """Whether a parser would drown in the text."""
    if text.count("elif") > _MOST_ELIF and len(many := _ELIF.findall(text)) > _MOST_ELIF:
        return Hostile(f"{len(many)} times elif", 0)
    case = bool(_CASE.match(text))
    chains = [0]
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "code":
            chains[-1] += _length(token)
            if _SIGNS.search(token[0]):
                return Hostile(_TOO_LONG, token.start())
        elif kind == "open":
            chains.append(0)
            if len(chains) > (_DEEPEST_PATTERN if case else DEEPEST):
                return Hostile("brackets nested too deeply to follow", token.start())
        elif kind == "close":
            if len(chains) > 1:
                chains.pop()
            chains[-1] += _BRACKETS
        elif kind == "comma":
            chains[-1] = 0
        elif kind == "end":
            if len(chains) == 1:
                chains[-1] = 0
                case = bool(_CASE.match(text, token.end()))
        elif kind in ("long", "string"):
            chains[-1] += 1
            if _nested(token):
                return Hostile("a formatted string nested too deeply to follow", token.start())
        if chains[-1] > _LONGEST_CHAIN:
            return Hostile(_TOO_LONG, token.start())
    return None


def _length(code: re.Match[str]) -> int:
    start, end = code.span()
    return end - start - code.string.count(" ", start, end)


def _nested(string: re.Match[str]) -> bool:
    """Whether it may be a formatted string with expressions too deep or too long."""
    text, (start, end) = string.string, string.span()
    if end - start < DEEPEST or text[max(start - 1, 0) : start] not in "fFrRtT":
        return False
    if text.count("{", start, end) > DEEPEST or end - start > _LONGEST_CHAIN:
        depth, opened = 0, start
        for bracket in _BRACKET.finditer(text, start, end):
            depth = depth + 1 if bracket[0] in "([{" else max(depth - 1, 0)
            if depth > DEEPEST or (depth == 0 and bracket.start() - opened > _LONGEST_CHAIN):
                return True
            if depth == 1 and bracket[0] in "([{":
                opened = bracket.start()
    return False


@dataclass(frozen=True, slots=True)
class LogicalLine:
    """From its first token up to its end, over line breaks inside brackets; comments excluded."""

    start: int
    end: int
    column: int


def logical_lines(text: str, start: int, end: int) -> Iterator[LogicalLine]:
    """The logical lines of a stretch that begins at the start of a line.

    A definition ends a line whose brackets were never closed.
    """
    depth = 0
    first = last = -1
    for token in _TOKEN.finditer(text, start, end):
        kind = token.lastgroup
        if kind == "end" and (depth == 0 or _DEFINITION.match(text, token.end())):
            if first >= 0:
                yield _logical(text, first, last)
            first, depth = -1, 0
            continue
        if kind in ("end", "comment", "join") or (kind == "code" and token[0].isspace()):
            continue
        depth = max(depth + (kind == "open") - (kind == "close"), 0)
        if first < 0:
            first = token.start() + len(token[0]) - len(token[0].lstrip())
        last = token.end()
    if first >= 0:
        yield _logical(text, first, last)


def _logical(text: str, first: int, last: int) -> LogicalLine:
    return LogicalLine(first, last, first - text.rfind("\n", 0, first) - 1)


def blocks(text: str) -> Iterator[tuple[int, int]]:
    """The stretches of a file that can be parsed alone: a top-level statement each, with what is
    indented below it."""
    start, decorated = 0, False
    for line in logical_lines(text, 0, len(text)):
        if line.column:
            continue
        if line.start > start and not decorated and not _JOINED.match(text, line.start):
            yield start, line.start
            start = line.start
        decorated = text.startswith("@", line.start)
    yield start, len(text)


def comments_in(text: str, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Start, end and the offset of the following code (-1: none) of each comment of a stretch."""
    waiting: list[re.Match[str]] = []
    for token in _TOKEN.finditer(text, start, end):
        if token.lastgroup == "comment":
            waiting.append(token)
        elif waiting and token.lastgroup not in ("end", "join") and not token[0].isspace():
            at = token.start() + len(token[0]) - len(token[0].lstrip())
            yield from ((one.start(), one.end(), at) for one in waiting)
            waiting = []
    yield from ((one.start(), one.end(), -1) for one in waiting)


def tokens(code: str) -> Iterator[str]:
    """The words, signs and strings of a piece of code, without white space and comments."""
    for token in _TOKEN.finditer(code):
        if token.lastgroup == "code":
            yield from token[0].split()
        elif token.lastgroup not in ("comment", "end", "join"):
            yield token[0]
