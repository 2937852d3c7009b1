"""Python's literals, displays and comprehensions, lowered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import libcst as cst

from lint.languages.python_strings import number_text, string_value, unescaped
from lint.languages.python_walk import PythonWalk
from lint.program import (
    Arg,
    Call,
    Choice,
    Dict,
    Each,
    Entry,
    Expr,
    Glue,
    Listing,
    Lit,
    Name,
    Opaque,
    Test,
)

_Content = cst.BaseFormattedStringContent | cst.BaseTemplatedStringContent
_REPR: Final = {"r": "repr", "a": "ascii"}


class PythonLiterals(PythonWalk):
    """Lowers what is written down as a value."""

    def number(self, node: cst.Integer | cst.Float | cst.Imaginary) -> Expr:
        """A number, in decimals."""
        at = self.words(node.value)
        return Lit(number_text(node.value), at, number=True)

    def string(self, node: cst.SimpleString) -> Expr:
        """A string or bytes."""
        at = self.words(node.value)
        return Lit(string_value(node.value), at)

    def ellipsis(self, _: cst.Ellipsis) -> Expr:
        """`...`."""
        self.cursor.take("...")
        return Opaque(name="...")

    def concatenated(self, node: cst.ConcatenatedString) -> Expr:
        """Strings side by side: one Glue of all their pieces."""
        start = self.cursor.skip()
        pieces = _pieces(self.expr(node.left))
        right: cst.BaseExpression = node.right
        while isinstance(right, cst.ConcatenatedString):
            pieces += _pieces(self.expr(right.left))
            right = right.right
        pieces += _pieces(self.expr(right))
        return Glue(tuple(pieces), self.cursor.since(start))

    def formatted(self, node: cst.FormattedString) -> Expr:
        """An f-string; one without expressions is a plain string."""
        start = self.cursor.skip()
        pieces = self._contents(node.start, node.parts, node.end)
        at = self.cursor.since(start)
        match pieces:
            case []:
                return Lit("", at)
            case [Lit(text, _, False)] if len(node.parts) == 1:
                return Lit(text, at)
        return Glue(tuple(pieces), at)

    def template(self, node: cst.TemplatedString) -> Expr:
        """A t-string is no string: only its expressions matter."""
        return Opaque(tuple(self._contents(node.start, node.parts, node.end)))

    def _contents(self, start: str, parts: Sequence[_Content], end: str) -> list[Expr]:
        self.cursor.take(start)
        raw = "r" in start.lower()
        pieces: list[Expr] = []
        for part in parts:
            self._content(part, raw, pieces)
        self.cursor.raw(end)
        return pieces

    def _content(self, part: _Content, raw: bool, pieces: list[Expr]) -> None:
        cursor = self.cursor
        if isinstance(part, cst.FormattedStringText | cst.TemplatedStringText):
            start = cursor.at
            cursor.raw(part.value)
            text = part.value if raw else unescaped(part.value)
            text = text.replace("{{", "{").replace("}}", "}")
            pieces.append(Lit(text, cursor.since(start)))
        elif isinstance(part, cst.FormattedStringExpression | cst.TemplatedStringExpression):
            cursor.raw("{")
            self._replacement(part, raw, pieces)

    def _replacement(
        self,
        part: cst.FormattedStringExpression | cst.TemplatedStringExpression,
        raw: bool,
        pieces: list[Expr],
    ) -> None:
        cursor = self.cursor
        start = cursor.at
        value = self.expr(part.expression)
        conversion = part.conversion
        if part.equal is not None:
            cursor.take("=")
            cursor.skip()
            pieces.append(Lit(cursor.text[start : cursor.at], cursor.since(start)))
            if conversion is None and part.format_spec is None:
                value = Call(Name("repr"), (Arg(value),), cursor.since(start))
        if conversion is not None:
            cursor.take("!")
            cursor.take(conversion)
            if conversion in _REPR:
                value = Call(Name(_REPR[conversion]), (Arg(value),), cursor.since(start))
        pieces.append(value)
        if part.format_spec is not None:
            cursor.take(":")
            for piece in part.format_spec:
                self._content(piece, raw, [])
        cursor.take("}")

    def elements(self, elements: Sequence[cst.BaseElement]) -> Listing:
        """The items of a list, tuple or set, up to its closing bracket."""
        items: list[Arg] = []
        for element in elements:
            if isinstance(element, cst.StarredElement):
                for _ in element.lpar:
                    self.cursor.take("(")
                self.cursor.take("*")
                items.append(Arg(self.expr(element.value), spread=1))
                for _ in element.rpar:
                    self.cursor.take(")")
            else:
                items.append(Arg(self.expr(element.value)))
            if isinstance(element.comma, cst.Comma):
                self.cursor.take(",")
        return Listing(tuple(items))

    def parenthesised(self, node: cst.Tuple) -> Expr:
        """Its parentheses are the expression's."""
        return self.elements(node.elements)

    def bracketed(self, node: cst.List) -> Expr:
        """`[a, *b]`."""
        self.cursor.take("[")
        items = self.elements(node.elements)
        self.cursor.take("]")
        return items

    def braced(self, node: cst.Set) -> Expr:
        """`{a, *b}`."""
        self.cursor.take("{")
        items = self.elements(node.elements)
        self.cursor.take("}")
        return items

    def dictionary(self, node: cst.Dict) -> Expr:
        """`{key: value, **more}`."""
        take = self.cursor.take
        take("{")
        entries: list[Entry] = []
        for element in node.elements:
            if isinstance(element, cst.DictElement):
                key = self.expr(element.key)
                take(":")
                entries.append(Entry(key, self.expr(element.value)))
            else:
                take("**")
                entries.append(Entry(None, self.expr(element.value)))
            if isinstance(element.comma, cst.Comma):
                take(",")
        take("}")
        return Dict(tuple(entries))

    def list_of(self, node: cst.ListComp) -> Expr:
        """`[value for target in over]`."""
        return self._between("[", node, "]")

    def set_of(self, node: cst.SetComp) -> Expr:
        """`{value for target in over}`."""
        return self._between("{", node, "}")

    def generator(self, node: cst.GeneratorExp) -> Expr:
        """`value for target in over`; its parentheses are the expression's or the call's."""
        return self._between("", node, "")

    def dictionary_of(self, node: cst.DictComp) -> Expr:
        """`{key: value for target in over}`: what it does is kept, not what it is."""
        self.cursor.take("{")
        key = self.once(node.key)
        self.cursor.take(":")
        pair = Listing((Arg(key), Arg(self.once(node.value))))
        each = self._each(pair, node.for_in)
        self.cursor.take("}")
        return Opaque((each,), "dict")

    def _between(self, opening: str, node: cst.BaseSimpleComp, closing: str) -> Expr:
        self.cursor.take(opening)
        if isinstance(node.elt, cst.StarredElement):
            self.cursor.take("*")
            value: Expr = self.once(node.elt.value)
        else:
            value = self.once(node.elt)
        each = self._each(value, node.for_in)
        self.cursor.take(closing)
        return each

    def _each(self, value: Expr, clause: cst.CompFor) -> Expr:
        take = self.cursor.take
        levels: list[tuple[Expr, Expr, list[Expr]]] = []
        level: cst.CompFor | None = clause
        while level is not None:
            if level.asynchronous is not None:
                take("async")
            take("for")
            target = self.expr(level.target)
            take("in")
            over = self.once(level.iter)
            tests: list[Expr] = []
            for condition in level.ifs:
                take("if")
                tests.append(self.once(condition.test))
            levels.append((target, over, tests))
            level = level.inner_for_in
        for target, over, tests in reversed(levels):
            if tests:
                test = tests[0] if len(tests) == 1 else Test("and", tuple(tests))
                value = Choice((value,), test)
            value = Each(target, over, value)
        return value


def _pieces(value: Expr) -> list[Expr]:
    return list(value.parts) if isinstance(value, Glue) else [value]
