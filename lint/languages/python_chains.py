"""Python's chains of attributes, calls, subscripts and operators, lowered from the left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeGuard

import libcst as cst

from lint.languages.python_literals import PythonLiterals
from lint.languages.python_operators import BINARY, both, chained, either, total
from lint.program import Arg, Attr, Call, Expr, Index, Listing, Opaque, Percent, Slice, Test

_Link = cst.Attribute | cst.Call | cst.Subscript | cst.BinaryOperation | cst.BooleanOperation
_LINKS: Final = frozenset(
    (cst.Attribute, cst.Call, cst.Subscript, cst.BinaryOperation, cst.BooleanOperation)
)
_LONGEST_CHAIN: Final = 60
"""Links that are kept: `a.b(c)[d]` has three. Of those before only the parts are."""


class PythonChains(PythonLiterals):
    """Lowers what is nested on its left, without recursion there: real sums are thousands long."""

    def chain(self, node: _Link) -> Expr:
        """`a.b(c)[d] + e`, link by link."""
        cursor = self.cursor
        links: list[tuple[_Link, int]] = [(node, cursor.skip())]
        weight = _weight(node)
        left = _left(node)
        while _is_link(left):
            for _ in left.lpar:
                cursor.take("(")
            links.append((left, cursor.skip()))
            weight += _weight(left)
            left = _left(left)
        surplus = weight - _LONGEST_CHAIN
        self.depth += min(weight, _LONGEST_CHAIN)
        lowered = self.expr(left)
        terms: list[Expr] = []
        while links:
            link, start = links.pop()
            if _adds(link):
                terms = terms or [lowered]
                cursor.take("+")
                terms.append(self.expr(link.right))
            else:
                lowered, terms = total(terms) if terms else lowered, []
                if surplus > 0:
                    surplus -= _weight(link)
                    lowered = chained(lowered, self._link(link, Opaque(), start))
                else:
                    self.depth -= _weight(link)
                    lowered = self._link(link, lowered, start)
            for _ in link.rpar if links else ():
                cursor.take(")")
        return total(terms) if terms else lowered

    def _link(self, link: _Link, left: Expr, start: int) -> Expr:
        cursor = self.cursor
        match link:
            case cst.Attribute():
                cursor.take(".")
                cursor.take(link.attr.value)
                return Attr(left, link.attr.value)
            case cst.Call():
                cursor.take("(")
                args = self.arguments(link.args)
                cursor.take(")")
                return Call(left, args, cursor.since(start))
            case cst.Subscript():
                return self._subscript(link, left)
            case cst.BooleanOperation():
                sign = "and" if isinstance(link.operator, cst.And) else "or"
                cursor.take(sign)
                right = self.expr(link.right)
                return both(left, right) if sign == "and" else either(left, right)
            case cst.BinaryOperation():
                sign = BINARY[type(link.operator)]
                cursor.take(sign)
                right = self.expr(link.right)
                return Percent(left, right) if sign == "%" else Test(sign, (left, right))

    def arguments(self, args: Sequence[cst.Arg]) -> tuple[Arg, ...]:
        """What stands in the parentheses of a call or a class."""
        take = self.cursor.take
        found: list[Arg] = []
        for arg in args:
            name = ""
            if arg.star:
                take(arg.star)
            if arg.keyword is not None:
                name = arg.keyword.value
                take(name)
                take("=")
            found.append(Arg(self.expr(arg.value), name, len(arg.star)))
            if isinstance(arg.comma, cst.Comma):
                take(",")
        return tuple(found)

    def _subscript(self, node: cst.Subscript, of: Expr) -> Expr:
        take = self.cursor.take
        take("[")
        keys: list[Arg] = []
        sliced: Slice | None = None
        for element in node.slice:
            part = element.slice
            if isinstance(part, cst.Slice):
                sliced = self._slice(part, of)
                keys.append(Arg(Opaque(tuple(x for x in (sliced.low, sliced.high) if x))))
            elif isinstance(part, cst.Index):
                if part.star:
                    take(part.star)
                keys.append(Arg(self.expr(part.value), spread=len(part.star or "")))
            if isinstance(element.comma, cst.Comma):
                take(",")
        take("]")
        if len(keys) == 1 and not isinstance(node.slice[0].comma, cst.Comma):
            if sliced is not None:
                return sliced
            if not keys[0].spread:
                return Index(of, keys[0].value)
        return Index(of, Listing(tuple(keys)))

    def _slice(self, node: cst.Slice, of: Expr) -> Slice:
        low = self.expr(node.lower) if node.lower is not None else None
        self.cursor.take(":")
        high = self.expr(node.upper) if node.upper is not None else None
        if isinstance(node.second_colon, cst.Colon):
            self.cursor.take(":")
        if node.step is not None:
            self.expr(node.step)
        return Slice(of, low, high)


def _is_link(node: cst.BaseExpression) -> TypeGuard[_Link]:
    return type(node) in _LINKS


def _left(link: _Link) -> cst.BaseExpression:
    match link:
        case cst.Attribute() | cst.Subscript():
            return link.value
        case cst.Call():
            return link.func
        case cst.BinaryOperation() | cst.BooleanOperation():
            return link.left


def _adds(link: _Link) -> TypeGuard[cst.BinaryOperation]:
    return isinstance(link, cst.BinaryOperation) and isinstance(link.operator, cst.Add)


def _weight(link: _Link) -> int:
    """How much deeper a link makes the program: sums and `or` lie flat."""
    return 0 if _adds(link) or isinstance(link, cst.BooleanOperation) else 1
