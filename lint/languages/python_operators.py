"""Python's operators, and the program's nodes for what they join."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import libcst as cst

from lint.program import (
    Attr,
    Choice,
    Expr,
    Flag,
    Index,
    Listing,
    Lit,
    Name,
    Nothing,
    Opaque,
    Plus,
    Test,
)

BINARY: Final[dict[type[cst.BaseBinaryOp], str]] = {
    cst.Add: "+",
    cst.BitAnd: "&",
    cst.BitOr: "|",
    cst.BitXor: "^",
    cst.Divide: "/",
    cst.FloorDivide: "//",
    cst.LeftShift: "<<",
    cst.MatrixMultiply: "@",
    cst.Modulo: "%",
    cst.Multiply: "*",
    cst.Power: "**",
    cst.RightShift: ">>",
    cst.Subtract: "-",
}
UNARY: Final[dict[type[cst.BaseUnaryOp], str]] = {
    cst.BitInvert: "~",
    cst.Minus: "-",
    cst.Not: "not",
    cst.Plus: "+",
}
COMPARING: Final[dict[type[cst.BaseCompOp], tuple[str, ...]]] = {
    cst.Equal: ("==",),
    cst.GreaterThan: (">",),
    cst.GreaterThanEqual: (">=",),
    cst.In: ("in",),
    cst.Is: ("is",),
    cst.IsNot: ("is", "not"),
    cst.LessThan: ("<",),
    cst.LessThanEqual: ("<=",),
    cst.NotEqual: ("!=",),
    cst.NotIn: ("not", "in"),
}
_FEW: Final = 8
"""Terms of a sum that are joined from the left, as written; more are joined in halves, which is
the same text and list, so that the program is not as deep as the sum is long."""
_CHAINED: Final = "chained"


def total(terms: Sequence[Expr]) -> Expr:
    """The terms of `a + b + c` joined."""
    if len(terms) <= _FEW:
        joined = terms[0]
        for term in terms[1:]:
            joined = Plus(joined, term)
        return joined
    half = len(terms) // 2
    return Plus(total(terms[:half]), total(terms[half:]))


def either(left: Expr, right: Expr) -> Expr:
    """`left or right`, with those inside of them side by side."""
    return Choice((*_options(left), *_options(right)))


def _options(value: Expr) -> tuple[Expr, ...]:
    return value.options if isinstance(value, Choice) and value.test is None else (value,)


def both(left: Expr, right: Expr) -> Expr:
    """`left and right`, with those inside of them side by side."""
    return Test("and", (*_conjuncts(left), *_conjuncts(right)))


def _conjuncts(value: Expr) -> tuple[Expr, ...]:
    return value.parts if isinstance(value, Test) and value.op == "and" else (value,)


def chained(before: Expr, link: Expr) -> Expr:
    """One more link of a chain that is too long to be kept: only what its links do is."""
    if isinstance(before, Opaque) and before.name == _CHAINED:
        return Opaque((*before.parts, link), _CHAINED)
    return Opaque((before, link), _CHAINED)


def written(annotation: Expr) -> str:
    """An annotation as text in one form, however it is spaced or quoted: `dict[str, Path | None]`;
    empty for what no annotation is."""
    match annotation:
        case Name(id):
            return id
        case Attr(of, name):
            return f"{written(of)}.{name}"
        case Index(of, Listing(items)):
            return f"{written(of)}[{', '.join(written(item.value) for item in items)}]"
        case Index(of, key):
            return f"{written(of)}[{written(key)}]"
        case Listing(items):
            return f"[{', '.join(written(item.value) for item in items)}]"
        case Test("|", parts):
            return " | ".join(written(part) for part in parts)
        case Lit(text):
            return text.strip()
        case Nothing():
            return "None"
        case Flag(value):
            return str(value)
        case Opaque(_, "..."):
            return "..."
    return ""
