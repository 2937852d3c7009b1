"""A place in the lines of a YAML document, and how it moves on to the next content."""

from __future__ import annotations

import re
from typing import Final

from lint.facts import Unparsable
from lint.languages.yaml_nodes import Node, Scalar
from lint.program import Span

MOST_FAULTS: Final = 60
"""Broken parts of one document, after which the rest of it is not read."""
_DIRECTIVE: Final = re.compile(r"\{[{%]")
_STOP: Final = re.compile(r"\{\{.*?\}\}|:(?=\s|$)|(?<=\s)#")
_MOST_TEMPLATE_LINES: Final = 50
_SPACES: Final = re.compile(r"[ \t]*")


class BrokenError(Exception):
    """What stands here is no YAML. The entry around it is given up, the next one is read."""


class Cursor:
    """Row and column, 0-based, in the rows of one document, and what was met on the way."""

    def __init__(self, lines: list[str], row: int, column: int, end: int) -> None:
        self.lines = lines
        self.row = row
        self.column = column
        self.end = end
        self.last = (row, column)
        """Behind the last token."""
        self.anchors: dict[str, Node] = {}
        self.comments: dict[tuple[int, int], Span] = {}
        self.unparsable: list[Unparsable] = []
        self.blocks: list[Scalar] = []

    @property
    def line(self) -> str:
        """The current line."""
        return self.lines[self.row]

    def span(self, row: int, column: int) -> Span:
        """From a place to behind the last token."""
        return Span(row + 1, column + 1, self.last[0] + 1, self.last[1] + 1)

    def move(self, row: int, column: int) -> None:
        """Stand behind a token that ends here."""
        self.row, self.column = row, column
        self.last = (row, column)

    def indent_of(self, row: int) -> int | None:
        """Columns before the first character of a row; None for a blank one."""
        line = self.lines[row]
        bare = line.lstrip()
        return len(line) - len(bare) if bare else None

    def blank_ahead(self) -> bool:
        """Whether nothing but a comment follows on this line."""
        rest = self.line[self.column :]
        bare = rest.lstrip()
        return not bare or (bare[0] == "#" and (rest[0] in " \t" or self.column == 0))

    def skip(self, *, tabs: bool = False) -> bool:
        """To the next content; False at the end. Comments on the way are kept.

        A line that `tabs` indent is no YAML, except inside of brackets.
        """
        while self.row < self.end:
            line = self.lines[self.row]
            spaces = _SPACES.match(line, self.column)
            self.column = column = spaces.end() if spaces else self.column
            fresh = column == 0 or line[:column].isspace()
            if column >= len(line):
                self.row += 1
            elif line[column] == "#" and (fresh or line[column - 1] in " \t"):
                self.note()
                self.row += 1
            elif not fresh:
                return True
            elif line[column] == "{" and self._template_line():
                pass
            elif not tabs and column and "\t" in line[:column]:
                self.give_up("a tab stands where only spaces may indent", self.row, self.row + 1)
            else:
                return True
            self.column = 0
        return False

    def note(self) -> None:
        """Keeps the comment that begins here."""
        place = Span(self.row + 1, self.column + 1, self.row + 1, len(self.line) + 1)
        self.comments[(self.row, self.column)] = place

    def give_up(self, why: str, first: int, after: int) -> None:
        """The rows from `first` on could not be read; goes to row `after`."""
        if len(self.unparsable) >= MOST_FAULTS:
            why, after = "there is too much in it that is no YAML", self.end
        last = after - 1
        while last > first and not self.lines[last].strip():
            last -= 1
        indent = self.indent_of(first) or 0
        where = Span(first + 1, indent + 1, last + 1, len(self.lines[last]) + 1)
        self.unparsable.append(Unparsable(why, where))
        self.row, self.column = after, 0

    def key_end(self, start: int) -> int | None:
        """Where the `:` of a plain key stands that begins at a column of this line."""
        line = self.line
        for stop in _STOP.finditer(line, start):
            if stop[0] == ":":
                return stop.start()
            if stop[0] == "#":
                return None
        return None

    def _template_line(self) -> bool:
        """Goes past lines that hold nothing but a template's directive: `{{- if .x }}`."""
        line = self.line
        if not _DIRECTIVE.match(line, self.column) or self.key_end(self.column) is not None:
            return False
        close = "}}" if line[self.column + 1] == "{" else "%}"
        row = self.row
        last = min(self.end, row + _MOST_TEMPLATE_LINES)
        while row < last and close not in self.lines[row]:
            row += 1
        if row >= last or not self.lines[row].rstrip().endswith(close):
            return False
        self.row = row + 1
        return True
