"""YAML's scalars: text without quotes, folds and indentation, each piece with its place."""

from __future__ import annotations

import re
from typing import Final

from lint.languages.yaml_cursor import BrokenError, Cursor
from lint.languages.yaml_nodes import Mark, Scalar
from lint.program import Span

_COMMENT: Final = re.compile(r"(?<=\s)#")
_HEADER: Final = re.compile(r"(?P<sign>[|>])(?P<tells>[+-]?[1-9]?[+-]?)[ \t]*(?P<rest>#.*)?$")
_SINGLE: Final = re.compile(r"(?P<text>[^']*(?:''[^']*)*)(?P<close>')?")
_DOUBLE: Final = re.compile(r'(?P<text>[^"\\]*(?:\\.[^"\\]*)*)(?P<joined>\\$)?(?P<close>")?')
_ESCAPE: Final = re.compile(
    r"\\(?:x(?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})|U(?P<U>[0-9a-fA-F]{8})|(?P<one>.))"
)
_ESCAPED: Final = {
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "t": "\t",
    "\t": "\t",
    "n": "\n",
    "v": "\v",
    "f": "\f",
    "r": "\r",
    "e": "\x1b",
    "N": "\x85",
    "_": "\xa0",
    "L": "\u2028",
    "P": "\u2029",
}
_FLOW_STOP: Final = re.compile(
    r"(?P<atom>\$?\{\{.*?\}\}|\$\{[^}]*\})|[,\[\]{}]|:(?=[\s,\[\]{}]|$)|(?<=\s)#"
)


class Pieces:
    """A text put together of pieces that stand at different places."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._marks: list[Mark] = []
        self._length = 0

    def add(self, text: str, row: int, column: int) -> None:
        """A piece that stands in the file at a row and column, 0-based."""
        mark = Mark(self._length, row + 1, column + 1)
        if self._marks and self._marks[-1].offset == self._length:
            self._marks[-1] = mark
        else:
            self._marks.append(mark)
        self.join(text)

    def join(self, text: str) -> None:
        """Characters that stand nowhere: the space or line breaks of a fold."""
        self._texts.append(text)
        self._length += len(text)

    def scalar(self, at: Span, style: str) -> Scalar:
        """All of it."""
        return Scalar(text="".join(self._texts), at=at, style=style, marks=tuple(self._marks))


def plain(cursor: Cursor, parent: int, *, inline: bool) -> Scalar:
    """A plain scalar in block style, with the deeper lines that continue it.

    `inline`: it follows a key on its line, where no second key may stand.
    """
    row, column = cursor.row, cursor.column
    pieces = Pieces()
    blanks = 0
    while True:
        line = cursor.line
        if (inline or cursor.row > row) and cursor.key_end(cursor.column) is not None:
            raise BrokenError("a second `key:` stands inside of a value")
        comment = _COMMENT.search(line, cursor.column) if "#" in line else None
        text = line[cursor.column : comment.start() if comment else len(line)].rstrip()
        following = _continued(cursor, parent) if comment is None else None
        if following is None and cursor.row == row:
            cursor.move(row, column + len(text))
            return Scalar(text=text, at=cursor.span(row, column))
        if cursor.row > row:
            pieces.join("\n" * blanks if blanks else " ")
        pieces.add(text, cursor.row, cursor.column)
        cursor.move(cursor.row, cursor.column + len(text))
        if following is None:
            break
        blanks = following - cursor.row - 1
        cursor.row, cursor.column = following, cursor.indent_of(following) or 0
    return pieces.scalar(cursor.span(row, column), "plain")


def _continued(cursor: Cursor, parent: int) -> int | None:
    """The next row that continues a plain scalar: it is deeper than what holds the scalar."""
    row = cursor.row + 1
    while row < cursor.end and cursor.indent_of(row) is None:
        row += 1
    indent = cursor.indent_of(row) if row < cursor.end else None
    if indent is None or indent <= parent:
        return None
    line = cursor.lines[row]
    ends = line[indent] == "#" or "\t" in line[:indent] or line.startswith(("{{", "{%"), indent)
    return None if ends else row


def plain_in_flow(cursor: Cursor) -> Scalar:
    """A plain scalar inside of `[…]` or `{…}`."""
    row, column = cursor.row, cursor.column
    pieces = Pieces()
    while True:
        line = cursor.line
        stops = _FLOW_STOP.finditer(line, cursor.column)
        stop = next((one for one in stops if one["atom"] is None), None)
        text = line[cursor.column : stop.start() if stop else len(line)].rstrip()
        if stop and cursor.row == row:
            cursor.move(row, column + len(text))
            return Scalar(text=text, at=cursor.span(row, column))
        if text:
            if cursor.row > row:
                pieces.join(" ")
            pieces.add(text, cursor.row, cursor.column)
            cursor.move(cursor.row, cursor.column + len(text))
        if stop or cursor.row + 1 >= cursor.end:
            if stop:
                cursor.column = stop.start()
            break
        cursor.row += 1
        cursor.column = cursor.indent_of(cursor.row) or 0
        if cursor.line.startswith("#", cursor.column):
            break
    return pieces.scalar(cursor.span(row, column), "plain")


def quoted(cursor: Cursor) -> Scalar:
    """A scalar in quotation marks, over as many lines as it takes."""
    row, column = cursor.row, cursor.column
    double = cursor.line[column] == '"'
    pieces = Pieces()
    at = column + 1
    blanks = 0
    joined = True
    while True:
        line = cursor.lines[cursor.row]
        match = (_DOUBLE if double else _SINGLE).match(line, at)
        if match is None:
            raise BrokenError("the quotation mark is never closed")
        text = match["text"]
        closed = match["close"] is not None
        escaped = double and match["joined"] is not None
        if match.end() < len(line) and not closed:
            raise BrokenError("an escape is not complete")
        if not closed and not escaped:
            text = text.rstrip(" \t")
        if text or closed or escaped:
            if not joined:
                pieces.join("\n" * blanks if blanks else " ")
            blanks = 0
            joined = escaped
            _add(pieces, text, cursor.row, at, double=double)
        elif cursor.row > row:
            blanks += 1
        else:
            joined = False
        if closed:
            cursor.move(cursor.row, match.end())
            return pieces.scalar(cursor.span(row, column), "quoted")
        cursor.row += 1
        if cursor.row >= cursor.end:
            raise BrokenError("the quotation mark is never closed")
        at = cursor.indent_of(cursor.row) or 0
        if cursor.indent_of(cursor.row) is None:
            at = len(cursor.lines[cursor.row])


def _add(pieces: Pieces, text: str, row: int, column: int, *, double: bool) -> None:
    """One line of a quoted scalar, its escapes resolved."""
    pieces.add("", row, column)
    if not double:
        at = column
        for number, part in enumerate(text.split("''")):
            pieces.add(f"'{part}" if number else part, row, at)
            at += len(part) + (1 if number else 0) + 1
        return
    at = 0
    for escape in _ESCAPE.finditer(text):
        pieces.add(text[at : escape.start()], row, column + at)
        pieces.add(_escaped(escape), row, column + escape.start())
        at = escape.end()
    pieces.add(text[at:], row, column + at)


def _escaped(escape: re.Match[str]) -> str:
    code = escape["x"] or escape["u"] or escape["U"]
    if code is None:
        return _ESCAPED.get(escape["one"], escape["one"])
    number = int(code, 16)
    return chr(number) if number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF else "\ufffd"


def block(cursor: Cursor, parent: int) -> Scalar | None:
    """A literal or folded block scalar; None where no header of one stands here."""
    row, column = cursor.row, cursor.column
    header = _HEADER.match(cursor.line, column)
    if header is None:
        return None
    if header["rest"]:
        cursor.column = header.start("rest")
        cursor.note()
    digits = header["tells"].strip("+-")
    indent = max(parent, 0) + int(digits) if digits else -1
    rows: list[int] = []
    cursor.last = (row, len(cursor.line))
    at = row + 1
    while at < cursor.end:
        line = cursor.lines[at]
        spaces = len(line) - len(line.lstrip(" "))
        if spaces < len(line) or (digits and spaces > indent):
            if indent < 0:
                indent = max(spaces, parent + 1)
            if spaces < indent:
                break
        rows.append(at)
        at += 1
    while rows and not cursor.lines[rows[-1]].strip():
        rows.pop()
    kept = at - (rows[-1] + 1) if rows else at - row - 1
    pieces = Pieces()
    if header["sign"] == "|":
        for number, one in enumerate(rows):
            pieces.join("\n" if number else "")
            pieces.add(cursor.lines[one][indent:], one, indent)
    else:
        _fold(cursor, rows, indent, pieces)
    if rows:
        cursor.last = (rows[-1], len(cursor.lines[rows[-1]]))
    if "+" in header["tells"]:
        pieces.join("\n" * (kept + 1 if rows else kept))
    elif rows and "-" not in header["tells"]:
        pieces.join("\n")
    found = pieces.scalar(
        cursor.span(row, column), "literal" if header["sign"] == "|" else "folded"
    )
    cursor.row, cursor.column = at, 0
    cursor.blocks.append(found)
    return found


def _fold(cursor: Cursor, rows: list[int], indent: int, pieces: Pieces) -> None:
    """Lines of equal indentation become one; blank and deeper lines keep their breaks."""
    blanks = 0
    before: str | None = None
    for one in rows:
        text = cursor.lines[one][indent:]
        if not text.strip() and not text:
            blanks += 1
            continue
        if before is None:
            pieces.join("\n" * blanks)
        elif before[0] in " \t" or text[0] in " \t":
            pieces.join("\n" * (blanks + 1))
        else:
            pieces.join("\n" * blanks if blanks else " ")
        pieces.add(text, one, indent)
        before, blanks = text, 0
