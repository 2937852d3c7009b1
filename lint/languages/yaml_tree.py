"""Reads YAML into nodes, by hand.

Not through a grammar, because the one there is for YAML gives up the whole file at one bad line
and crashes the process on a few hundred nested dashes. This one gives up an entry and reads on,
and sees templates (`{{ .Values.image }}`) as the text that they are.
"""

from __future__ import annotations

import re
from typing import Final

from lint.facts import Unparsable
from lint.languages.hash_comments import hash_comments
from lint.languages.yaml_cursor import BrokenError, Cursor
from lint.languages.yaml_flow import DEEPEST, MOST_PROPERTIES, alias, flow, null, tagged
from lint.languages.yaml_nodes import Mapping, Node, Pair, Scalar, Sequence, Tree
from lint.languages.yaml_scalar import block, plain, quoted
from lint.program import Span

MOST_MERGED: Final = 20_000
"""Pairs that `<<` adds in one document."""
_DASH: Final = re.compile(r"-(?=\s|$)")
_QUESTION: Final = re.compile(r"\?(?=\s|$)")
_PROPERTY: Final = re.compile(r"(?P<sign>[&!])(?P<name><[^>\s]*>|[^\s,\[\]{}]*)(?=\s|$)[ \t]*")
_QUOTED_KEY: Final = re.compile(
    r"""(?:"[^"\\]*(?:\\.[^"\\]*)*"|'[^']*(?:''[^']*)*')(?P<colon>[ \t]*:)(?=\s|$)"""
)
_NO_PLAIN: Final = "-?[]{}#&*!|>,"
_BREAK: Final = re.compile(r"(?P<mark>---|\.\.\.)(?=\s|$)")
_UNSEEN: Final = str.maketrans({"\0": " ", "\r": " ", "\v": " ", "\f": " "})


def read(text: str) -> Tree:
    """All documents of a text. Never raises."""
    lines = text.replace("\r\n", "\n").translate(_UNSEEN).split("\n")
    roots: list[Node] = []
    spans: list[Span] = []
    unparsable: list[Unparsable] = []
    blocks: list[Scalar] = []
    for row, column, end in _documents(lines):
        reader = _Reader(lines, row, column, end)
        root = reader.document()
        if root is not None:
            roots.append(root)
        spans.extend(reader.comments.values())
        unparsable.extend(reader.unparsable)
        blocks.extend(reader.blocks)
    return Tree(
        roots=tuple(roots),
        comments=hash_comments(lines, spans),
        unparsable=tuple(unparsable),
        blocks=tuple(blocks),
    )


def _documents(lines: list[str]) -> list[tuple[int, int, int]]:
    """First row, first column and end row of each document."""
    found: list[tuple[int, int, int]] = []
    row = column = 0
    for at, line in enumerate(lines):
        if line[:1] not in ("-", ".") or not (mark := _BREAK.match(line)):
            continue
        found.append((row, column, at))
        row, column = (at, 3) if mark["mark"] == "---" else (at + 1, 0)
    end = len(lines) - (1 if len(lines) > 1 and not lines[-1] else 0)
    found.append((row, column, max(end, row)))
    return found


class _Reader(Cursor):
    """Block style, by recursive descent; an entry that is broken is left out."""

    def __init__(self, lines: list[str], row: int, column: int, end: int) -> None:
        super().__init__(lines, row, column, end)
        self._budget = MOST_MERGED
        self._asked: tuple[int, int, int | None] = (-1, -1, None)
        self._templated = any("{{" in line or "{%" in line for line in lines[row:end])

    def document(self) -> Node | None:
        """The document's root."""
        root: Node | None = None
        while self.skip():
            row, column = self.row, self.column
            if self.line.startswith("%") and column == 0 and root is None:
                self.row, self.column = row + 1, 0
                continue
            try:
                node = self._node(-1, 0, inline=False, in_mapping=False)
                self._line_ends()
            except BrokenError as error:
                self._leave_out(str(error), row, -1 if column == 0 and root is None else column)
                continue
            if root is None:
                root = node
            elif isinstance(root, Mapping) and isinstance(node, Mapping):
                root = Mapping(pairs=(*root.pairs, *node.pairs), at=root.at)
            else:
                self.give_up("a second value stands in one document", row, max(self.row, row + 1))
        return root

    def _line_ends(self) -> None:
        """Nothing but a comment may follow a value on its line."""
        if self.row < self.end and self.column and not self.blank_ahead():
            fresh = not self.line[: self.column].strip()
            if not fresh:
                raise BrokenError("more text follows where a value has ended")

    def _leave_out(self, why: str, row: int, column: int) -> None:
        """Gives up the entry that begins at a row, with all lines that are deeper than `column`."""
        after = row + 1
        while after < self.end:
            indent = self.indent_of(after)
            if indent is not None and indent <= max(column, 0):
                break
            after += 1
        self.give_up(why, row, after)

    def _belongs(self, parent: int, *, in_mapping: bool) -> bool:
        """Whether the content here is inside of a parent that stands at a column."""
        dash = in_mapping and self.column == parent and _DASH.match(self.line, self.column)
        return self.column > parent or bool(dash)

    def _node(self, parent: int, depth: int, *, inline: bool, in_mapping: bool) -> Node:
        """The node that begins here, inside of a parent at a column."""
        if depth > DEEPEST:
            raise BrokenError("it is nested too deeply")
        anchor = tag = ""
        node: Node | None = None
        for _ in range(MOST_PROPERTIES):
            found = _PROPERTY.match(self.line, self.column)
            if not found or not (inline or self._colon() is None):
                break
            if found["sign"] == "&":
                anchor = found["name"]
            else:
                tag = f"!{found['name']}"
            self.move(self.row, found.end())
            if self.blank_ahead():
                nothing = null(self)
                if not self.skip() or not self._belongs(parent, in_mapping=in_mapping):
                    node = nothing
                    break
                inline = False
        if node is None:
            node = self._bare(parent, depth, inline=inline)
        node = tagged(node, tag)
        if anchor:
            self.anchors[anchor] = node
        return node

    def _bare(self, parent: int, depth: int, *, inline: bool) -> Node:
        line, sign = self.line, self.line[self.column]
        if sign == "-" and _DASH.match(line, self.column):
            if inline:
                raise BrokenError("a list begins on the line of its key")
            return self._sequence(parent, depth)
        if not inline and self._colon() is not None:
            return self._mapping(depth)
        if sign in "|>" and (scalar := block(self, parent)):
            return scalar
        if sign == "*":
            found = alias(self)
        elif sign == "[" or (sign == "{" and not line.startswith(("{{", "{%"), self.column)):
            found = flow(self, depth)
        elif sign in "\"'":
            found = quoted(self)
        else:
            return plain(self, parent, inline=inline)
        self._line_ends()
        return found

    def _colon(self) -> int | None:
        """Where the colon of a key stands that begins here; 0 for `? key`, None for no key."""
        if self._asked[:2] != (self.row, self.column):
            self._asked = (self.row, self.column, self._search())
        return self._asked[2]

    def _search(self) -> int | None:
        line, at = self.line, self.column
        for _ in range(MOST_PROPERTIES):
            at = found.end() if (found := _PROPERTY.match(line, at)) else at
        if at >= len(line):
            return None
        sign = line[at]
        if sign in "\"'":
            match = _QUOTED_KEY.match(line, at)
            return match.end() - 1 if match else None
        if sign == "?" and _QUESTION.match(line, at):
            return 0
        if sign in _NO_PLAIN and not (
            line.startswith("{{", at) or (sign in "-?" and line[at + 1 :][:1].strip())
        ):
            return None
        return self.key_end(at)

    def _sequence(self, parent: int, depth: int) -> Sequence:
        row, column = self.row, self.column
        items: list[Node] = []
        while True:
            first = self.row
            self.move(first, self.column + 1)
            try:
                items.append(self._value(column, depth, in_mapping=False))
            except BrokenError as error:
                self._leave_out(str(error), first, column)
            at = self.span(row, column)
            while self.skip() and self.column >= column:
                if self.column == column and _DASH.match(self.line, column):
                    break
                if self.column == column == parent:
                    return Sequence(items=tuple(items), at=at)
                self._leave_out("it stands at no item of the list", self.row, column)
            else:
                return Sequence(items=tuple(items), at=at)

    def _mapping(self, depth: int) -> Mapping:
        row, column = self.row, self.column
        pairs: list[Pair] = []
        while True:
            first = self.row
            try:
                pairs.append(self._pair(column, depth))
            except BrokenError as error:
                self._leave_out(str(error), first, column)
            at = self.span(row, column)
            while self.skip() and self.column >= column:
                is_key = self._colon() is not None
                if self.column == column and is_key:
                    break
                if is_key and self._templated and pairs and self._adopt(pairs, depth):
                    continue
                self._leave_out("it is indented as no entry of the mapping", self.row, column)
            else:
                return Mapping(pairs=self._with_merged(pairs), at=at)

    def _adopt(self, pairs: list[Pair], depth: int) -> bool:
        """In a template: a key between two indentations belongs to the entry above it."""
        above = pairs[-1].value
        if not isinstance(above, Mapping) or depth > DEEPEST:
            return False
        more = self._mapping(depth + 1)
        value = Mapping(pairs=(*above.pairs, *more.pairs), at=above.at)
        last = pairs[-1]
        pairs[-1] = Pair(key=last.key, key_at=last.key_at, value=value, at=last.at)
        return True

    def _pair(self, column: int, depth: int) -> Pair:
        row = self.row
        colon = self._colon()
        if colon == 0 and self.line[column] == "?":
            self.move(row, column + 1)
            key: Node = self._value(column, depth, in_mapping=False)
            key_at = self.span(row, column)
            if not (self.skip() and self.column == column and self.line[column] == ":"):
                return Pair(key=_text(key), key_at=key_at, value=null(self), at=key_at)
            self.move(self.row, column + 1)
            value = self._value(column, depth, in_mapping=False)
        else:
            key, key_at = self._key(colon or 0)
            value = self._value(column, depth, in_mapping=True)
        return Pair(key=_text(key), key_at=key_at, value=value, at=self.span(row, column))

    def _key(self, colon: int) -> tuple[Scalar, Span]:
        row, column = self.row, self.column
        anchor = ""
        for _ in range(MOST_PROPERTIES):
            if found := _PROPERTY.match(self.line, self.column):
                anchor = found["name"] if found["sign"] == "&" else anchor
                self.column = found.end()
        if self.line[self.column] in "\"'":
            key = quoted(self)
        else:
            text = self.line[self.column : colon].rstrip()
            start = self.column
            self.move(row, start + len(text))
            key = Scalar(text=text, at=self.span(row, start))
        key_at = self.span(row, column)
        if anchor:
            self.anchors[anchor] = key
        self.move(row, colon + 1)
        return key, key_at

    def _value(self, parent: int, depth: int, *, in_mapping: bool) -> Node:
        """What follows a `:` or a dash, on its line or below."""
        if not self.blank_ahead():
            self.skip()
            return self._node(parent, depth + 1, inline=in_mapping, in_mapping=in_mapping)
        nothing = null(self)
        if self.skip() and self._belongs(parent, in_mapping=in_mapping):
            return self._node(parent, depth + 1, inline=False, in_mapping=in_mapping)
        return nothing

    def _with_merged(self, pairs: list[Pair]) -> tuple[Pair, ...]:
        """The pairs, and those of `<<` that they do not override."""
        merges = [pair for pair in pairs if pair.key == "<<"]
        if not merges:
            return tuple(pairs)
        own = [pair for pair in pairs if pair.key != "<<"]
        seen = {pair.key for pair in own}
        for merge in merges:
            value = merge.value
            for source in value.items if isinstance(value, Sequence) else (value,):
                if not isinstance(source, Mapping):
                    continue
                if len(source.pairs) > self._budget:
                    if self._budget >= 0:
                        self.unparsable.append(Unparsable("`<<` adds too much", merge.at))
                    self._budget = -1
                    return tuple(own)
                self._budget -= len(source.pairs)
                for pair in source.pairs:
                    if pair.key not in seen:
                        seen.add(pair.key)
                        own.append(_merged(pair))
        return tuple(own)


def _merged(pair: Pair) -> Pair:
    return Pair(key=pair.key, key_at=pair.key_at, value=pair.value, at=pair.at, merged=True)


def _text(key: Node) -> str:
    return key.text if isinstance(key, Scalar) else ""
