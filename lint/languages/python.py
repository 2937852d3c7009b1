"""The Python front end: a file's bytes to its facts.

Measured on half a megabyte of the standard library (one core): libcst's parser alone 0.77 MB/s,
with this front end 0.57; with the positions of libcst's metadata 0.23, and nothing lowered yet.
"""

from __future__ import annotations

from typing import Final

import libcst as cst

from lint.facts import FileFacts, Mention, PortUse, Unparsable
from lint.languages.comments import Comment, mentions, suppressions
from lint.languages.python_blocks import PythonBlocks
from lint.languages.python_cursor import LostPlaceError, PythonCursor, comment
from lint.languages.python_layout import blocks, comments_in, hostile, logical_lines
from lint.languages.python_parse import Refused, parse
from lint.languages.python_repairs import repaired
from lint.languages.python_source import PythonSource, decode
from lint.languages.python_walk import TooDeepError
from lint.program import Module, Stmt

_NOT_PYTHON: Final = "not Python 3: {}"
_LOST: Final = "the linter could not follow the code here; please report this file"
_MOST_UNPARSABLE: Final = 20
_INTERPRETER: Final = b"#!"


def extract(data: bytes) -> FileFacts:
    """The facts of a Python file, whatever its bytes are; what cannot be read is in `unparsable`.

    A file that does not parse is read block by block, and such a block without the lines at fault.
    """
    source = decode(data)
    reading = _Reading(source)
    if not reading.whole():
        reading = _Reading(source)
        reading.in_blocks()
    comments = sorted(reading.comments, key=lambda one: (one.at.line, one.at.column))
    if comments and data.startswith(_INTERPRETER):
        del comments[0]
    told = (*mentions(comments), *reading.docstrings)
    return FileFacts(
        language="python",
        program=Module(tuple(reading.body)),
        mentions=tuple(sorted(told, key=lambda one: (one.at.line, one.at.column))),
        ports=tuple(reading.ports),
        suppressions=suppressions(comments),
        unparsable=(*source.unparsable, *reading.unparsable),
    )


class _Reading:
    """One attempt at a file."""

    def __init__(self, source: PythonSource) -> None:
        self.source = source
        self.body: list[Stmt] = []
        self.comments: list[Comment] = []
        self.docstrings: list[Mention] = []
        self.ports: list[PortUse] = []
        self.unparsable: list[Unparsable] = []
        self.at = 0

    def whole(self) -> bool:
        """Read the file at once, as nearly all can be; False: it cannot."""
        text = self.source.text
        if hostile(text):
            return False
        tree = parse(text)
        if isinstance(tree, Refused):
            return False
        return not self._lower(tree, text, 0, len(text))

    def in_blocks(self) -> None:
        """Read what can be read, one top-level statement after the other."""
        text = self.source.text
        for start, end in blocks(text):
            self._block(text[start:end], start, end)

    def _block(self, block: str, start: int, end: int) -> None:
        drowning = hostile(block)
        if drowning:
            self._refuse(drowning.why, start, end)
            return
        found = repaired(block)
        if isinstance(found, Refused):
            self._refuse(_NOT_PYTHON.format(found.why), start, end)
            return
        text = self.source.text
        if found.lines:
            text = f"{text[:start]}{found.text}{text[end:]}"
        if why := self._lower(found.tree, text, start, end):
            self._refuse(why, start, end)
            return
        for why, first, last in found.lines:
            self._tell(_NOT_PYTHON.format(why), start + first, start + last)
            self._comments(start + first, start + last)

    def _lower(self, tree: cst.Module, text: str, start: int, end: int) -> str:
        """Take in a tree; why that is impossible, else empty."""
        cursor = PythonCursor(self.source, text, max(start, self.at))
        walk = PythonBlocks(cursor)
        try:
            body = walk.body(tree.body)
            if cursor.skip() < end:
                return _LOST
        except LostPlaceError:
            return _LOST
        except (TooDeepError, RecursionError):
            return "nested too deeply to follow"
        self.at = cursor.at
        self.body.extend(body)
        self.comments.extend(cursor.comments)
        self.docstrings.extend(walk.docstrings)
        self.ports.extend(walk.ports)
        return ""

    def _refuse(self, why: str, start: int, end: int) -> None:
        """A block of which only the comments are read."""
        text = self.source.text
        lines = list(logical_lines(text, start, end))
        self._tell(why, lines[0].start if lines else start, lines[-1].end if lines else end)
        self._comments(max(start, self.at), end)
        self.at = end

    def _comments(self, start: int, end: int) -> None:
        text = self.source.text
        below = PythonCursor(self.source, text, end).skip()
        for first, last, after in comments_in(text, start, end):
            code = after if after >= 0 else below
            following = self.source.line(code) if code < len(text) else 0
            self.comments.append(comment(self.source, first, last, following))

    def _tell(self, why: str, start: int, end: int) -> None:
        if len(self.unparsable) < _MOST_UNPARSABLE:
            self.unparsable.append(Unparsable(why, self.source.span(start, max(start, end))))
