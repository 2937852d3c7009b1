"""The lines of source around a place, with what is meant underlined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from lint.model import Place
from lint.outputs.colour import Paint
from lint.outputs.printable import cells, printable

MOST_LINES: Final = 5
"""Of a long span this many lines are shown."""
LONGEST: Final = 140
"""Columns of a line that are shown; more is cut around what is meant."""
_TAB: Final = 4


@dataclass(frozen=True, slots=True)
class _Row:
    """A line as it is shown, and the columns to underline in it (from, to; none when equal)."""

    number: int
    text: str
    first: int
    last: int


def excerpt(place: Place, lines: Sequence[str], paint: Paint, colour: str = "red") -> list[str]:
    """Lines to print: a margin with numbers, the line before for context, the span underlined.

    Empty when `lines` does not reach to the place: the file has changed, or could not be read.
    """
    if not 1 <= place.line <= len(lines):
        return []
    end = min(max(place.end_line, place.line), len(lines))
    shown = range(place.line, min(end, place.line + MOST_LINES - 1) + 1)
    rows = [_row(place, end, number, lines[number - 1]) for number in shown]
    before = lines[place.line - 2] if place.line > 1 else ""
    if before.strip():
        context = _Row(place.line - 1, _cut(_display(before), 0, 0)[0], 0, 0)
        rows.insert(0, context)
    margin = len(str(shown[-1]))
    printed = [paint("blue", f"{'':{margin}} |")]
    for row in rows:
        printed.extend(_print(row, margin, paint, colour))
    if end > shown[-1]:
        printed.append(paint("blue", f"{'':{margin}} |") + f" … {end - shown[-1]} more lines")
    return printed


def _print(row: _Row, margin: int, paint: Paint, colour: str) -> Iterator[str]:
    yield f"{paint('blue', f'{row.number:>{margin}} |')} {row.text}".rstrip()
    if row.last > row.first:
        marks = " " * row.first + paint(colour, "^" * (row.last - row.first))
        yield f"{paint('blue', f'{chr(32) * margin} |')} {marks}"


def _row(place: Place, end: int, number: int, line: str) -> _Row:
    indent = len(line) - len(line.lstrip())
    first = max(place.column - 1, 0) if number == place.line else indent
    last = len(line.rstrip())
    if number == end and place.end_column:
        last = min(place.end_column - 1, last)
    # A place without an end, or one past the end of its line, still gets a mark.
    first = min(first, max(last, 0))
    last = max(last, first + 1) if number == place.line else last
    before, meant = _display(line[:first]), _display(line[first:last])
    start = cells(before)
    text, start, stop = _window(_display(line), start, start + max(cells(meant), 1))
    return _Row(number, text, start, stop)


def _window(text: str, start: int, stop: int) -> tuple[str, int, int]:
    if cells(text) <= LONGEST:
        return text, start, stop
    text, shift = _cut(text, start, stop)
    return text, start + shift, min(stop + shift, cells(text))


def _cut(text: str, start: int, stop: int) -> tuple[str, int]:
    """`text` no longer than it may be, `start` to `stop` inside, and by how much it moved."""
    if cells(text) <= LONGEST:
        return text, 0
    skip = max(0, min(start - LONGEST // 4, cells(text) - LONGEST)) if stop > LONGEST else 0
    kept, width, passed = "", 0, 0
    for character in text:
        if passed < skip:
            passed += cells(character)
            continue
        if width + cells(character) > LONGEST:
            kept += "…"
            break
        kept += character
        width += cells(character)
    return (f"…{kept}", 1 - passed) if passed else (kept, 0)


def _display(line: str) -> str:
    return printable(line.replace("\t", " " * _TAB))
