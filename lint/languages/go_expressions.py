"""Go's expressions, lowered to the program's."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Final

from tree_sitter import Node

from lint.languages.go_calls import GoCalls
from lint.languages.go_source import DEEPEST, field, kind, named
from lint.languages.go_types import F_TYPE, TYPES
from lint.program import (
    Assign,
    Closure,
    Expr,
    Flag,
    Function,
    Index,
    Lit,
    Name,
    Nothing,
    Opaque,
    Plus,
    Slice,
    Stmt,
    Test,
)

_BINARY: Final = kind("binary_expression")

_EXPRESSION_LIST: Final = kind("expression_list")

_F_BODY: Final = field("body")
_F_END: Final = field("end")
_F_INDEX: Final = field("index")
_F_LEFT: Final = field("left")
_F_OPERAND: Final = field("operand")
_F_OPERATOR: Final = field("operator")
_F_PARAMETERS: Final = field("parameters")
_F_RESULT: Final = field("result")
_F_RIGHT: Final = field("right")
_F_START: Final = field("start")

_WORDS: Final = {"&&": "and", "||": "or", "!": "not"}


class GoExpressions(GoCalls):
    """Lowers expressions. `depth` counts the levels of nesting around a node."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.result_names: tuple[str, ...] = ()
        self.iota = 0

    @abstractmethod
    def block(self, node: Node | None, depth: int) -> tuple[Stmt, ...]:
        """The statements of a block."""

    @abstractmethod
    def composite(self, node: Node, depth: int) -> Expr:
        """`Type{…}`."""

    def expr(self, node: Node | None, depth: int) -> Expr:
        """Any expression; one that is not modelled is an Opaque of its parts."""
        if node is None:
            return Opaque()
        if depth > DEEPEST:
            return self.too_deep(node)
        lower = _LOWER.get(node.kind_id)
        return lower(self, node, depth + 1) if lower else self._parts(node, depth + 1)

    def exprs(self, node: Node | None, depth: int) -> list[Expr]:
        """The items of an expression list, or the one expression that stands for it."""
        if node is None:
            return []
        if node.kind_id != _EXPRESSION_LIST:
            return [self.expr(node, depth)]
        return [self.expr(child, depth) for child in named(node)]

    def function(
        self, node: Node, name: str, depth: int, owner: str = "", receiver: str = ""
    ) -> Function:
        """A function declaration, method or literal. Named results start as their zero values."""
        returns, results = self.results(node.child_by_field_id(_F_RESULT))
        told = [(one, known) for one, known in results if one != "_"]
        outer = self.result_names
        self.result_names = tuple(one for one, _ in results)
        body = self.block(node.child_by_field_id(_F_BODY), depth)
        self.result_names = outer
        if told:
            body = (*(Assign(Name(one), self.zero(known, known)) for one, known in told), *body)
        return Function(
            name=name,
            params=self.params(node.child_by_field_id(_F_PARAMETERS)),
            body=body,
            at=self.span(node),
            owner=owner,
            receiver=receiver,
            returns=returns,
        )

    def _parts(self, node: Node, depth: int) -> Expr:
        if node.child_count == 0:
            return Opaque()
        parts = [self.expr(child, depth) for child in named(node)]
        return Opaque(tuple(part for part in parts if part != Opaque()))

    def _name(self, node: Node, _depth: int) -> Expr:
        written = self.text(node)
        return Name(written) if written else Opaque()

    def _string(self, node: Node, _depth: int) -> Expr:
        return self.string(node)

    def _raw_string(self, node: Node, _depth: int) -> Expr:
        return self.raw_string(node)

    def _number(self, node: Node, _depth: int) -> Expr:
        return self.number(node)

    def _true(self, _node: Node, _depth: int) -> Expr:
        return Flag(True)

    def _false(self, _node: Node, _depth: int) -> Expr:
        return Flag(False)

    def _nil(self, _node: Node, _depth: int) -> Expr:
        return Nothing()

    def _iota(self, node: Node, _depth: int) -> Expr:
        return Lit(str(self.iota), self.span(node), True)

    def _type(self, node: Node, _depth: int) -> Expr:
        return self.type_value(node)

    def _composite(self, node: Node, depth: int) -> Expr:
        return self.composite(node, depth)

    def _closure(self, node: Node, depth: int) -> Expr:
        return Closure(self.function(node, "<func>", depth))

    def _inner(self, node: Node, depth: int) -> Expr:
        inner = named(node)
        return self.expr(inner[0], depth) if len(inner) == 1 else self._parts(node, depth)

    def _operand(self, node: Node, depth: int) -> Expr:
        return self.expr(node.child_by_field_id(_F_OPERAND), depth)

    def _index(self, node: Node, depth: int) -> Expr:
        of = self.expr(node.child_by_field_id(_F_OPERAND), depth)
        key = self.expr(node.child_by_field_id(_F_INDEX), depth)
        return of if self.names_type(key, called=False) else Index(of, key)

    def _slice(self, node: Node, depth: int) -> Expr:
        low = node.child_by_field_id(_F_START)
        high = node.child_by_field_id(_F_END)
        return Slice(
            self.expr(node.child_by_field_id(_F_OPERAND), depth),
            self.expr(low, depth) if low is not None else None,
            self.expr(high, depth) if high is not None else None,
        )

    def _instantiation(self, node: Node, depth: int) -> Expr:
        known = node.child_by_field_id(F_TYPE)
        return self.type_value(known) if known is not None else self._parts(node, depth)

    def _unary(self, node: Node, depth: int) -> Expr:
        operator = node.child_by_field_id(_F_OPERATOR)
        sign = operator.type if operator is not None else ""
        value = self._operand(node, depth)
        if sign in ("&", "*", "+"):
            return value
        if sign == "-" and isinstance(value, Lit) and value.number and value.text[0] != "-":
            return Lit("-" + value.text, self.span(node), True)
        return Test(_WORDS.get(sign, sign), (value,))

    def _binary(self, node: Node, depth: int) -> Expr:
        """Of a run of one operator all operands at once: `+` balanced, so that a text of hundreds
        of pieces is no deep tree, others as one Test."""
        sign = self._sign(node)
        operands: list[Node | None] = []
        left: Node | None = node
        while left is not None and left.kind_id == _BINARY and self._sign(left) == sign:
            operands.append(left.child_by_field_id(_F_RIGHT))
            left = left.child_by_field_id(_F_LEFT)
        operands.append(left)
        operands.reverse()
        if sign != "+":
            parts = tuple(self.expr(one, depth) for one in operands)
            return Test(_WORDS.get(sign, sign), parts)
        inside = depth + len(operands).bit_length()
        return _sum([self.expr(one, inside) for one in operands])

    @staticmethod
    def _sign(node: Node) -> str:
        operator = node.child_by_field_id(_F_OPERATOR)
        return operator.type if operator is not None else ""


def _sum(values: Sequence[Expr]) -> Expr:
    if len(values) == 1:
        return values[0]
    middle = (len(values) + 1) // 2
    return Plus(_sum(values[:middle]), _sum(values[middle:]))


_Lower = Callable[[GoExpressions, Node, int], Expr]
_HANDLERS: Final[dict[str, _Lower]] = {
    "identifier": GoExpressions._name,
    "blank_identifier": GoExpressions._name,
    "field_identifier": GoExpressions._name,
    "package_identifier": GoExpressions._name,
    "call_expression": GoExpressions.chain,
    "selector_expression": GoExpressions.chain,
    "interpreted_string_literal": GoExpressions._string,
    "rune_literal": GoExpressions._string,
    "raw_string_literal": GoExpressions._raw_string,
    "int_literal": GoExpressions._number,
    "float_literal": GoExpressions._number,
    "imaginary_literal": GoExpressions._number,
    "true": GoExpressions._true,
    "false": GoExpressions._false,
    "nil": GoExpressions._nil,
    "iota": GoExpressions._iota,
    "composite_literal": GoExpressions._composite,
    "func_literal": GoExpressions._closure,
    "parenthesized_expression": GoExpressions._inner,
    "unary_expression": GoExpressions._unary,
    "binary_expression": GoExpressions._binary,
    "index_expression": GoExpressions._index,
    "slice_expression": GoExpressions._slice,
    "type_assertion_expression": GoExpressions._operand,
    "type_conversion_expression": GoExpressions.conversion,
    "type_instantiation_expression": GoExpressions._instantiation,
}
_LOWER: Final[dict[int, _Lower]] = {
    **dict.fromkeys(TYPES, GoExpressions._type),
    **{kind(name): lower for name, lower in _HANDLERS.items()},
}
