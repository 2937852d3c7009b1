"""A cursor that moves through a Python file's text while its tree is lowered in source order.

libcst's nodes hold no positions, and generating the code again to count them costs as much as
parsing. But a tree holds every token, so whoever walks it in source order and takes each token
from the text knows where each stands: white space and comments are skipped by one expression.
"""

from __future__ import annotations

import re
from typing import Final

from lint.languages.comments import Comment
from lint.languages.python_source import PythonSource
from lint.program import Span

_TRIVIA: Final = re.compile(r"(?:[ \t\f\n]+|\\\n|#[^\n]*)*")
_COMMENT: Final = re.compile(r"#[^\n]*")


class LostPlaceError(Exception):
    """Text and tree do not agree; the offset where."""

    def __init__(self, offset: int) -> None:
        self.offset = offset
        super().__init__(offset)


class PythonCursor:
    """Where the walk is. `text` may differ from the source's where lines were mended, in
    characters but not in length."""

    __slots__ = ("at", "comments", "source", "text")

    def __init__(self, source: PythonSource, text: str, at: int = 0) -> None:
        self.source = source
        self.text = text
        self.at = at
        self.comments: list[Comment] = []

    def skip(self) -> int:
        """Pass over white space and comments; the offset of the next token."""
        at = self.at
        found = _TRIVIA.match(self.text, at)
        if found and (end := found.end()) != at:
            if self.text.find("#", at, end) >= 0:
                self._note(at, end)
            self.at = at = end
        return at

    def take(self, token: str) -> None:
        """Pass over the next token, which must be this one."""
        if not self.text.startswith(token, self.at) and not self.text.startswith(
            token, self.skip()
        ):
            raise LostPlaceError(self.at)
        self.at += len(token)

    def raw(self, text: str) -> None:
        """Pass over text that follows immediately, white space and all."""
        if not self.text.startswith(text, self.at):
            raise LostPlaceError(self.at)
        self.at += len(text)

    def maybe(self, token: str) -> None:
        """Pass over the next token if it is this one: a trailing comma, a semicolon."""
        if self.text.startswith(token, self.skip()):
            self.at += len(token)

    def since(self, start: int) -> Span:
        """From an offset up to the end of the last token."""
        return self.source.span(start, self.at)

    def _note(self, start: int, end: int) -> None:
        following = self.source.line(end) if end < len(self.text) else 0
        for found in _COMMENT.finditer(self.text, start, end):
            self.comments.append(comment(self.source, found.start(), found.end(), following))


def comment(source: PythonSource, start: int, end: int, following: int) -> Comment:
    """One comment; `following` is the line of the code after it.

    A comment that trails code speaks of its own line, also inside brackets or behind the last one:
    findings span their whole call, so any line of the call is the call's.
    """
    at = source.span(start, end)
    alone = not source.text[start - at.column + 1 : start].strip()
    text = source.text[start:end].lstrip("#").strip()
    return Comment(text=text, at=at, alone=alone, next_code=following if alone else 0)
