"""A Dockerfile with every instruction on one line, each byte where it was.

Continuation, its escape sign, comments and blank lines between the parts of one instruction are
what grammars stumble over; after this there are none.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from typing import Final

from lint.program import Span

_DIRECTIVE: Final = re.compile(rb"#[ \t]*(?P<name>[a-zA-Z]+)[ \t]*=[ \t]*(?P<value>\S+)\s*\Z")
_DOCUMENT: Final = re.compile(rb"<<-?(?P<quote>[\"']?)(?P<word>[A-Za-z_]\w*)(?P=quote)")
_HOLDS_DOCUMENTS: Final = re.compile(rb"\s*(?:onbuild\s+)?(?:run|copy|add)\b", re.IGNORECASE)
_SUPPRESSION: Final = re.compile(rb"(?<=\s)#[ \t]*stackwright:")


class DockerfileSource:
    """`data` is what a parser reads; `comments` are the spans of comments in the file."""

    def __init__(self, text: str) -> None:
        original = text.encode("utf-8", "replace")
        self._original = original
        self._lines = original.split(b"\n")
        self._begins = list(accumulate((len(line) + 1 for line in self._lines), initial=0))
        self._out = bytearray(original)
        self.comments: list[Span] = []
        self._escape = b"\\"
        row = self._directives()
        while row < len(self._lines):
            row = self._instruction(row)
        self.data = bytes(self._out)

    def joined(self, start: int, end: int) -> str:
        """What the parser reads between two byte offsets."""
        return self.data[start:end].decode("utf-8", "replace")

    def lines(self, start: int, end: int) -> list[tuple[int, int]]:
        """The instructions between two offsets, each whole, however little of it is between."""
        begin = self.data.rfind(b"\n", 0, start) + 1
        found: list[tuple[int, int]] = []
        while begin < max(end, start + 1) and begin < len(self.data):
            stop = self.data.find(b"\n", begin)
            stop = stop if stop >= 0 else len(self.data)
            found.append((begin, stop))
            begin = stop + 1
        return found

    def span(self, start: int, end: int) -> Span:
        """The place of what stands between two byte offsets."""
        return Span(*self._at(start), *self._at(end))

    def _at(self, offset: int) -> tuple[int, int]:
        row = bisect_right(self._begins, offset) - 1
        before = self._original[self._begins[row] : offset]
        return row + 1, len(before.decode("utf-8", "replace")) + 1

    def _directives(self) -> int:
        """`# syntax=…`, `# escape=…` at the top, which are no comments; the row after them."""
        for row, line in enumerate(self._lines):
            found = _DIRECTIVE.match(line)
            if not found:
                return row
            if found["name"].lower() == b"escape" and found["value"] == b"`":
                self._escape = b"`"
        return len(self._lines)

    def _instruction(self, row: int) -> int:
        """Joins the instruction that begins in a row; the row after it."""
        if self._comment(row):
            return row + 1
        first = row
        while row < len(self._lines) - 1:
            line = self._lines[row]
            if line.lstrip()[:1] == b"#" and row > first:
                self._comment(row)
                self._blank(self._begins[row], self._begins[row] + len(line))
            elif line.strip() or row == first:
                if not line.rstrip().endswith(self._escape):
                    break
                sign = self._begins[row] + len(line.rstrip()) - 1
                self._blank(sign, sign + 1)
            self._blank(self._begins[row + 1] - 1, self._begins[row + 1])
            row += 1
        whole = self._original[self._begins[first] : self._begins[row + 1]]
        for found in _SUPPRESSION.finditer(whole):
            start = self._begins[first] + found.start()
            end = self._begins[bisect_right(self._begins, start)] - 1
            self.comments.append(self.span(start, end))
            self._blank(start, end)
        row += 1
        if _HOLDS_DOCUMENTS.match(whole):
            for document in _DOCUMENT.finditer(whole):
                row = self._after(document["word"], row)
        return row

    def _after(self, word: bytes, row: int) -> int:
        """The row after a here-document; the same row when it has no end."""
        for end in range(row, len(self._lines)):
            if self._lines[end].strip() == word:
                return end + 1
        return row

    def _comment(self, row: int) -> bool:
        line = self._lines[row]
        if line.lstrip()[:1] != b"#":
            return False
        start = self._begins[row] + len(line) - len(line.lstrip())
        self.comments.append(self.span(start, self._begins[row] + len(line)))
        return True

    def _blank(self, start: int, end: int) -> None:
        self._out[start:end] = b" " * (end - start)
