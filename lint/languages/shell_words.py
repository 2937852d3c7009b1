"""Shell words as expressions: quoting, expansion, substitution."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from tree_sitter import Node

from lint.languages.shell_source import ShellSource
from lint.program import (
    Arg,
    Assign,
    Choice,
    Dict,
    Do,
    Entry,
    Expr,
    Glue,
    Index,
    Listing,
    Lit,
    Name,
    Nothing,
    Opaque,
    Output,
    Run,
    Span,
    Stmt,
)

EXPANSIONS: Final = frozenset(
    {
        "simple_expansion",
        "expansion",
        "command_substitution",
        "process_substitution",
        "arithmetic_expansion",
    }
)
_ESCAPE: Final = re.compile(r"\\(\n|.)", re.DOTALL)
_QUOTED_ESCAPE: Final = re.compile(r'\\([$`"\\\n])')
_HERE_ESCAPE: Final = re.compile(r"\\([$`\\\n])")
_ANSI: Final = re.compile(
    r"\\(?:x(?P<hex>[0-9a-fA-F]{1,2})|u(?P<uni>[0-9a-fA-F]{1,4})|(?P<octal>[0-7]{1,3})|(?P<char>.))",
    re.DOTALL,
)
_ANSI_CHARS: Final = dict(zip("ntrabeEfv", "\n\t\r\a\b\x1b\x1b\f\v", strict=True))
_TABS: Final = re.compile(r"(?:(?<=\n)|\A)\t+")
_LISTS: Final = re.compile(r"\{([^{}]*,[^{}]*)\}")
_ELEMENT: Final = re.compile(r"\[(?P<key>[^\]]*)\]=")
_MOST_WORDS: Final = 64

Piece = tuple[Expr, bool]
"""An expression that is part of a word, and whether the shell splits what comes of it."""


class ShellWords:
    """Lowers words; `block` lowers the statements inside substitutions."""

    def __init__(
        self, source: ShellSource, block: Callable[[Sequence[Node]], tuple[Stmt, ...]]
    ) -> None:
        self._source = source
        self._block = block

    def value(self, node: Node | None) -> Expr:
        """A word where the shell does not split: an assignment's value, a case's subject."""
        if node is None:
            return Nothing()
        if node.type == "array":
            return self._array(node)
        return self._join(self._pieces(node, quoted=False), self._source.span(node))

    def args(self, node: Node) -> tuple[Arg, ...]:
        """A word of a command: one argument, more where braces list them."""
        at = self._source.span(node)
        pieces = self._pieces(node, quoted=False)
        if node.type == "concatenation" and (listed := self._braces(node, at)):
            return listed
        spread = int(any(split for _, split in pieces))
        return (Arg(self._join(pieces, at), spread=spread),)

    def document(self, string: Node, *, dedent: bool) -> Expr:
        """A here-document's text, which stands in quotation marks that are not its own."""
        start, end = string.start_byte + 1, string.end_byte - 1
        pieces = self._around(string, start, end, _HERE_ESCAPE, dedent=dedent)
        return self._join(pieces, self._source.stretch(start, end))

    def raw(self, start: int, end: int, *, dedent: bool) -> Expr:
        """A here-document's text in which nothing is expanded."""
        text = self._source.between(start, end)
        text = _undented(text) if dedent else text
        return Lit(text, self._source.stretch(start, end)) if text else Nothing()

    def substitutions(self, node: Node) -> tuple[Expr, ...]:
        """The commands that run inside a node, wherever they stand in it."""
        if node.type in ("command_substitution", "process_substitution"):
            return (self._output(node),)
        return tuple(one for child in node.named_children for one in self.substitutions(child))

    def name(self, node: Node) -> Expr:
        """What is assigned to: `X`, `X[1]`."""
        if node.type == "subscript":
            return self._subscript(node)
        return Name(self._source.text(node))

    # ---- pieces

    def _pieces(self, node: Node, *, quoted: bool) -> list[Piece]:
        at = self._source.span(node)
        match node.type:
            case "string":
                return self._around(node, node.start_byte + 1, node.end_byte - 1, _QUOTED_ESCAPE)
            case "translated_string":
                return [
                    one for child in node.named_children for one in self._pieces(child, quoted=True)
                ]
            case "raw_string":
                return [(Lit(self._source.text(node)[1:-1], at), False)]
            case "ansi_c_string":
                return [(Lit(_ansi(self._source.text(node)[2:-1]), at), False)]
            case "concatenation" | "command_name":
                return [
                    one for child in node.children for one in self._pieces(child, quoted=quoted)
                ]
            case "simple_expansion":
                return [self._simple(node, quoted=quoted)]
            case "expansion":
                return [self._expansion(node, quoted=quoted)]
            case "command_substitution":
                return [(self._output(node), not quoted)]
            case "process_substitution":
                return [(self._output(node), False)]
            case "arithmetic_expansion":
                return [(Opaque(self._parts(node), "arithmetic"), False)]
            case "brace_expression":
                return [(Opaque((), self._source.text(node)), not quoted)]
            case "array":
                return [(self._array(node), False)]
        if any(child.type in EXPANSIONS for child in node.named_children):
            return self._around(node, node.start_byte, node.end_byte, _ESCAPE, splits=not quoted)
        return [(Lit(_plain(self._source.text(node), _ESCAPE), at), False)]

    def _around(
        self,
        node: Node,
        start: int,
        end: int,
        escape: re.Pattern[str],
        *,
        splits: bool = False,
        dedent: bool = False,
    ) -> list[Piece]:
        """The expansions among a node's children, and as text all that stands between them.

        The grammar leaves white space out of its text nodes, hence the gaps are what counts.
        """
        pieces: list[Piece] = []
        at = self._source.span(node)
        where = start

        def text_until(stop: int) -> None:
            text = self._source.between(where, stop)
            text = _undented(text) if dedent else text
            if text := _plain(text, escape):
                pieces.append((Lit(text, at), False))

        for child in node.named_children:
            if child.type in EXPANSIONS:
                text_until(self._source.begin(child))
                pieces.extend(self._pieces(child, quoted=not splits))
                where = child.end_byte
        text_until(end)
        return pieces

    def _join(self, pieces: Sequence[Piece], at: Span) -> Expr:
        """The pieces as one expression, neighbouring literals as one."""
        parts: list[Expr] = []
        for piece, _ in pieces:
            last = parts[-1] if parts else None
            if isinstance(piece, Lit) and isinstance(last, Lit):
                end = piece.at
                joined = Span(last.at.line, last.at.column, end.end_line, end.end_column)
                parts[-1] = Lit(last.text + piece.text, joined)
            elif not (isinstance(piece, Lit) and not piece.text):
                parts.append(piece)
        if not parts:
            return Nothing()
        return parts[0] if len(parts) == 1 else Glue(tuple(parts), at)

    # ---- expansions

    def _simple(self, node: Node, *, quoted: bool) -> Piece:
        name = self._source.text(node.children[-1])
        if name in ("@", "*"):
            return Name("@"), True
        return Name(name), not quoted

    def _expansion(self, node: Node, *, quoted: bool) -> Piece:
        """`${…}`. Operators that change the value a little keep the name."""
        inner = [child for child in node.children if child.type not in ("${", "}")]
        if not inner:
            return Opaque((), "expansion"), not quoted
        if not inner[0].is_named and inner[0].type in ("#", "!"):
            named = [self.name(one) for one in inner if one.type.endswith(("name", "subscript"))]
            return Opaque(tuple(named), inner[0].type), not quoted
        head = inner[0]
        many = self._source.text(head) in ("@", "*")
        value: Expr = Name("@") if many else self.name(head)
        if head.type == "subscript":
            index = head.child_by_field_name("index")
            many = index is not None and self._source.text(index) in ("@", "*")
        operator = self._source.text(inner[1]) if len(inner) > 1 else ""
        rest = inner[2:]
        splits = many or not quoted
        match operator:
            case ":-" | "-" | ":=" | "=":
                return Choice((value, self._rest(rest))), splits
            case ":+" | "+":
                return Choice((self._rest(rest), Nothing()), value), splits
            case "%" if self._texts(rest) == "/*":
                return self._path(value, "dirname", node), not quoted
            case "##" if self._texts(rest) == "*/":
                return self._path(value, "basename", node), not quoted
        return value, splits

    def _path(self, value: Expr, tool: str, node: Node) -> Expr:
        at = self._source.span(node)
        return Output((Do(Run((Arg(Lit(tool, at)), Arg(value)), at)),))

    def _rest(self, nodes: Sequence[Node]) -> Expr:
        """What follows an operator, up to the brace."""
        if not nodes:
            return Nothing()
        pieces = [one for node in nodes for one in self._pieces(node, quoted=True)]
        return self._join(pieces, self._source.reach(nodes[0], nodes[-1]))

    def _texts(self, nodes: Sequence[Node]) -> str:
        return "".join(self._source.text(node) for node in nodes)

    def _subscript(self, node: Node) -> Expr:
        name = node.child_by_field_name("name")
        index = node.child_by_field_name("index")
        of = Name(self._source.text(name) if name else "")
        if index is None or self._source.text(index) in ("@", "*"):
            return of
        return Index(of, self.value(index))

    def defaults(self, node: Node) -> list[Stmt]:
        """The assignments that `${X:=…}` makes, anywhere in a node."""
        found: list[Stmt] = []
        for child in node.named_children:
            if child.type != "command_substitution":
                found.extend(self.defaults(child))
        if node.type == "expansion" and len(node.children) > 3:
            head, operator, *rest = node.children[1:-1]
            if self._source.text(operator) in (":=", "="):
                found.append(Assign(self.name(head), self._rest(rest), default=True))
        return found

    def _output(self, node: Node) -> Expr:
        return Output(self._block(node.children))

    def _parts(self, node: Node) -> tuple[Expr, ...]:
        """The names and commands inside arithmetic."""
        parts: list[Expr] = []
        for child in node.named_children:
            if child.type == "variable_name":
                parts.append(Name(self._source.text(child)))
            elif child.type in EXPANSIONS:
                parts.extend(piece for piece, _ in self._pieces(child, quoted=True))
            else:
                parts.extend(self._parts(child))
        return tuple(parts)

    def arithmetic(self, node: Node) -> Expr:
        """`(( … ))`."""
        return Opaque(self._parts(node), "arithmetic")

    # ---- lists

    def _array(self, node: Node) -> Expr:
        items = [child for child in node.named_children if child.type != "comment"]
        keyed = [self._element(item) for item in items]
        if keyed and all(keyed):
            return Dict(tuple(entry for entry in keyed if entry))
        return Listing(tuple(arg for item in items for arg in self.args(item)))

    def _element(self, item: Node) -> Entry | None:
        """`[key]=value` of an associative array."""
        element = _ELEMENT.match(self._source.text(item))
        if not element:
            return None
        at = self._source.span(item)
        end = item.start_byte + len(element[0].encode())
        pieces: list[Piece] = []
        for child in item.children:
            if child.start_byte >= end:
                pieces.extend(self._pieces(child, quoted=True))
            elif child.end_byte > end:
                text = _plain(self._source.between(end, child.end_byte), _ESCAPE)
                pieces.append((Lit(text, self._source.span(child)), False))
        key = element["key"].strip("\"'")
        known: Expr = Opaque((), "key") if "$" in key else Lit(key, at)
        return Entry(known, self._join(pieces, at))

    def _braces(self, node: Node, at: Span) -> tuple[Arg, ...]:
        """`{a,b}-test` as the words that it stands for; empty when it lists nothing."""
        text = self._source.text(node)
        if not _LISTS.search(text) or any(sign in text for sign in "$`\"'\\"):
            return ()
        words = [text]
        while len(words) <= _MOST_WORDS and any(_LISTS.search(word) for word in words):
            words = [one for word in words for one in _opened(word)]
        return tuple(Arg(Lit(word, at)) for word in words)


def _opened(word: str) -> list[str]:
    listed = _LISTS.search(word)
    if not listed:
        return [word]
    before, after = word[: listed.start()], word[listed.end() :]
    return [before + one + after for one in listed[1].split(",")]


def _plain(text: str, escape: re.Pattern[str]) -> str:
    return escape.sub(lambda one: one[1].replace("\n", ""), text) if "\\" in text else text


def _undented(text: str) -> str:
    return _TABS.sub("", text)


def _ansi(text: str) -> str:
    def char(one: re.Match[str]) -> str:
        if code := one["hex"] or one["uni"]:
            number = int(code, 16)
            return "\ufffd" if 0xD800 <= number < 0xE000 else chr(number)
        if one["octal"]:
            return chr(int(one["octal"], 8) & 0xFF)
        return _ANSI_CHARS.get(one["char"], one["char"])

    return _ANSI.sub(char, text)
