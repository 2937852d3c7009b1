"""Shell text made ready for its parser, and the way back from the parser's offsets to spans."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache
from itertools import accumulate
from typing import Final

import tree_sitter_bash
from tree_sitter import Language, Node, Parser, Query, QueryCursor

from lint.languages.shell_repairs import HereDocument, as_text, repaired, without_documents
from lint.program import Span

_BATS: Final = re.compile(r"^[ \t]*@test[ \t]+(?P<title>\S.*?)[ \t]*\{[ \t]*$", re.MULTILINE)
_BATS_NAME: Final = "bats_test_"
_BEFORE: Final = ": "
_UNSEEN: Final = str.maketrans({"\0": " ", "\r": " ", "\f": " ", "\v": " ", "\2": " "})


@cache
def _language() -> Language:
    """The grammar of bash, which also reads POSIX sh."""
    return Language(tree_sitter_bash.language())


@cache
def _noted() -> Query:
    """Finds the comments, and what the parser could not read."""
    return Query(_language(), "(comment) @comment [(ERROR) (MISSING)] @fault")


class ShellSource:
    """A piece of shell that stands somewhere in a file, parsed.

    Its first character is at `line` and `column` of the file; all later lines are shifted by
    `indent` columns. Spans that it gives are those of the file. `faults` are the outermost nodes
    that could not be read; `documents` the here-documents, which are cut out. As a `document`
    the text itself is one, and becomes the argument of a command that does nothing.
    """

    def __init__(
        self,
        text: str,
        line: int = 1,
        column: int = 1,
        indent: int = 0,
        *,
        document: bool = False,
    ) -> None:
        self._line = line
        self._column = column
        self._indent = indent
        self._titles: list[str] = []
        plain = text.replace("\r\n", "\n").translate(_UNSEEN)
        plain = _BATS.sub(self._bats, plain) if "@test" in plain else plain
        plain = f'{_BEFORE}"{plain}"' if document else plain
        self._data = plain.encode("utf-8", "replace")
        self._ascii = self._data.isascii()
        lengths = (len(one) + 1 for one in self._data.split(b"\n"))
        self._begins = list(accumulate(lengths, initial=0))
        self.documents: dict[int, HereDocument] = {}
        if document:
            self._column -= len(_BEFORE) + 1
            begin = len(_BEFORE) + 1
            self._parse(self._data[:begin] + as_text(self._data[begin:-1]) + b'"')
        else:
            data, self.documents = without_documents(self._data)
            self._parse(data)

    def _parse(self, data: bytes) -> None:
        """Parses; where that leaves faults, again with repairs, and keeps what has fewer."""
        parser = Parser(_language())
        self.root = parser.parse(data).root_node
        self.comments, self.faults = _marks(self.root)
        if not self.faults:
            return
        root = parser.parse(repaired(data)).root_node
        remarks, faults = _marks(root)
        if _extent(faults) < _extent(self.faults):
            self.root, self.comments, self.faults = root, remarks, faults

    def _bats(self, match: re.Match[str]) -> str:
        """A bats test as the function that it is."""
        self._titles.append(match["title"].strip("\"'"))
        return f"{_BATS_NAME}{len(self._titles) - 1}() {{"

    def bats_title(self, function: str) -> str | None:
        """The title of the bats test that was turned into this function."""
        number = function.removeprefix(_BATS_NAME)
        if number != function and number.isdecimal() and int(number) < len(self._titles):
            return self._titles[int(number)]
        return None

    @property
    def has_bats(self) -> bool:
        """Whether it holds bats tests."""
        return bool(self._titles)

    def text(self, node: Node) -> str:
        """What a node stands for, as written."""
        return self.between(node.start_byte, node.end_byte)

    def between(self, start: int, end: int) -> str:
        """The characters between two byte offsets."""
        return self._data[start:end].decode("utf-8", "replace")

    def begin(self, node: Node) -> int:
        """Where a node begins, without the white space that the grammar puts before its sign."""
        text = self._data[node.start_byte : node.end_byte]
        return node.end_byte - len(text.lstrip())

    def span(self, node: Node) -> Span:
        """Where a node stands in the file."""
        return Span(*self._at(node.start_byte), *self._at(node.end_byte))

    def reach(self, first: Node, last: Node) -> Span:
        """From the begin of one node to the end of another."""
        return Span(*self._at(first.start_byte), *self._at(last.end_byte))

    def _at(self, offset: int) -> tuple[int, int]:
        row = bisect_right(self._begins, offset) - 1
        begin = self._begins[row]
        column = offset - begin
        if not self._ascii:
            column = len(self._data[begin:offset].decode("utf-8", "replace"))
        return self._line + row, column + (self._indent + 1 if row else self._column)

    def quoted(self, node: Node) -> ShellSource:
        """The shell that a node holds between two quotation marks, or as it is."""
        text = self.text(node)
        line, column = self._at(node.start_byte)
        if text[:1] in ("'", '"') and len(text) > 1 and text[-1] == text[0]:
            return ShellSource(text[1:-1], line, column + 1, self._indent)
        return ShellSource(text, line, column, self._indent)

    def stretch(self, start: int, end: int) -> Span:
        """The place of what stands between two byte offsets."""
        return Span(*self._at(start), *self._at(end))

    def document(self, cut: HereDocument) -> ShellSource:
        """The text of a here-document, as the one argument of a command."""
        line, column = self._at(cut.start)
        text = self.between(cut.start, cut.end)
        return ShellSource(text, line, column, self._indent, document=True)


def _marks(root: Node) -> tuple[list[Node], list[Node]]:
    """The comments, and the faults that stand inside no other."""
    found = QueryCursor(_noted()).captures(root)
    outermost: list[Node] = []
    for node in sorted(found.get("fault", []), key=lambda one: (one.start_byte, -one.end_byte)):
        if _here_string(node):
            continue
        if not outermost or node.start_byte >= outermost[-1].end_byte:
            outermost.append(node)
    return found.get("comment", []), outermost


def _here_string(fault: Node) -> bool:
    """`>file <<<text`, where the grammar takes the first two signs for a fault."""
    after = fault.next_sibling
    return (
        [child.type for child in fault.children] == ["<<"]
        and after is not None
        and after.type == "file_redirect"
        and after.start_byte == fault.end_byte
    )


def _extent(faults: list[Node]) -> int:
    return sum(node.end_byte - node.start_byte + 1 for node in faults)
