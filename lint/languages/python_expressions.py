"""Python's expressions, lowered in source order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar, cast

import libcst as cst

from lint.languages.python_chains import PythonChains
from lint.languages.python_layout import DEEPEST
from lint.languages.python_operators import (
    COMPARING,
    UNARY,
    written,
)
from lint.languages.python_walk import TooDeepError
from lint.program import (
    Assign,
    Call,
    Choice,
    Closure,
    Expr,
    Flag,
    Function,
    Lit,
    Loop,
    Name,
    Nothing,
    Opaque,
    Param,
    Return,
    Stmt,
    Test,
    With,
    Yield,
)

_CONSTANTS: Final[dict[str, Expr]] = {"True": Flag(True), "False": Flag(False), "None": Nothing()}
_HANDED_ON: Final = Name("<handed on>")
"""What `yield from` takes from one generator and yields to its own caller."""


class PythonExpressions(PythonChains):
    """Lowers expressions; `expr` is the way in."""

    def expr(self, node: cst.BaseExpression) -> Expr:
        """Any expression; one that is not modelled is an Opaque."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise TooDeepError(self.cursor.at)
        for _ in node.lpar:
            self.cursor.take("(")
        lower = _LOWER.get(type(node))
        lowered = lower(self, node) if lower else self.unknown(node)
        for _ in node.rpar:
            self.cursor.take(")")
        self.depth -= 1
        return lowered

    def name(self, node: cst.Name) -> Expr:
        """A name, or one of the constants that look like names."""
        self.cursor.take(node.value)
        return _CONSTANTS.get(node.value) or Name(node.value)

    # ---- other operators

    def unary(self, node: cst.UnaryOperation) -> Expr:
        """`not x`; a number with its sign is a number."""
        start = self.cursor.skip()
        sign = UNARY[type(node.operator)]
        self.cursor.take(sign)
        value = self.expr(node.expression)
        if sign == "-" and isinstance(value, Lit) and value.number and value.text[:1] != "-":
            return Lit(f"-{value.text}", self.cursor.since(start), number=True)
        return Test(sign, (value,))

    def comparison(self, node: cst.Comparison) -> Expr:
        """`a < b`, `a < b < c` (with both signs)."""
        parts = [self.expr(node.left)]
        signs: list[str] = []
        for target in node.comparisons:
            operator = target.operator
            known = COMPARING[type(operator)]
            words = (operator.value,) if isinstance(operator, cst.NotEqual) else known
            for word in words:
                self.cursor.take(word)
            signs.append(" ".join(known))
            parts.append(self.expr(target.comparator))
        return Test(" ".join(signs), tuple(parts))

    def conditional(self, node: cst.IfExp) -> Expr:
        """`a if test else b`."""
        body = self.expr(node.body)
        self.cursor.take("if")
        test = self.expr(node.test)
        self.cursor.take("else")
        return Choice((body, self.expr(node.orelse)), test)

    def awaited(self, node: cst.Await) -> Expr:
        """`await x` is x."""
        self.cursor.take("await")
        return self.expr(node.expression)

    def walrus(self, node: cst.NamedExpr) -> Expr:
        """`(x := value)`: assigned before the statement where that is the same."""
        target = self.expr(node.target)
        self.cursor.take(":=")
        value = self.expr(node.value)
        if not self.hoisting:
            return Opaque((value,))
        self.pending.append(Assign(target, value))
        return target

    def yielded(self, node: cst.Yield) -> Expr:
        """`yield x`: a Yield before the statement.

        `yield from f()` enters f's generator, hands on what it yields and leaves it after, as
        `with` does with a context manager; of another value each item is handed on.
        """
        self.yields = True
        self.cursor.take("yield")
        if isinstance(node.value, cst.From):
            self.cursor.take("from")
            item = self.expr(node.value.item)
            handed = (Yield(_HANDED_ON),)
            statement: Stmt = (
                With(item, _HANDED_ON, handed)
                if isinstance(item, Call)
                else Loop(handed, target=_HANDED_ON, over=item)
            )
            parts: tuple[Expr, ...] = (item,)
        else:
            value = self.expr(node.value) if node.value is not None else None
            statement = Yield(value)
            parts = (value,) if value else ()
        if not self.hoisting:
            return Opaque(parts, "yield")
        self.pending.append(statement)
        return Opaque(name="yield")

    def starred(self, node: cst.StarredElement) -> Expr:
        """`*x` where no list is around it."""
        self.cursor.take("*")
        return Opaque((self.expr(node.value),))

    # ---- functions

    def closure(self, node: cst.Lambda) -> Expr:
        """`lambda params: value`."""
        start = self.cursor.skip()
        self.cursor.take("lambda")
        params = self.parameters(node.params)
        self.cursor.take(":")
        outer = self.yields
        value = self.once(node.body)
        self.yields = outer
        at = self.cursor.since(start)
        return Closure(Function("<lambda>", params, (Return(value),), at))

    def parameters(self, node: cst.Parameters) -> tuple[Param, ...]:
        """All parameters, in the order they are written."""
        found = [self._parameter(one) for one in node.posonly_params]
        if isinstance(node.posonly_ind, cst.ParamSlash):
            self.cursor.take("/")
            self.cursor.maybe(",")
        found += [self._parameter(one) for one in node.params]
        if isinstance(node.star_arg, cst.Param):
            found.append(self._parameter(node.star_arg))
        elif isinstance(node.star_arg, cst.ParamStar):
            self.cursor.take("*")
            self.cursor.maybe(",")
        found += [self._parameter(one) for one in node.kwonly_params]
        if node.star_kwarg is not None:
            found.append(self._parameter(node.star_kwarg))
        return tuple(found)

    def _parameter(self, node: cst.Param) -> Param:
        take = self.cursor.take
        star = node.star if isinstance(node.star, str) else ""
        take(star)
        take(node.name.value)
        type_ = self.annotation(":", node.annotation)
        default = None
        if node.default is not None:
            take("=")
            default = self.expr(node.default)
        if isinstance(node.comma, cst.Comma):
            take(",")
        return Param(node.name.value, default, star, type_)

    def annotation(self, sign: str, node: cst.Annotation | None) -> str:
        """A type as text, after its `:` or `->`."""
        if node is None:
            return ""
        self.cursor.take(sign)
        return written(self.once(node.annotation))


_Node = TypeVar("_Node", bound=cst.BaseExpression)
_Lower = Callable[[PythonExpressions, cst.BaseExpression], Expr]


def _on(
    kind: type[_Node], lower: Callable[[PythonExpressions, _Node], Expr]
) -> tuple[type[cst.BaseExpression], _Lower]:
    return kind, cast("_Lower", lower)


_LOWER: Final[dict[type[cst.BaseExpression], _Lower]] = dict(
    [
        _on(cst.Attribute, PythonExpressions.chain),
        _on(cst.Await, PythonExpressions.awaited),
        _on(cst.BinaryOperation, PythonExpressions.chain),
        _on(cst.BooleanOperation, PythonExpressions.chain),
        _on(cst.Call, PythonExpressions.chain),
        _on(cst.Comparison, PythonExpressions.comparison),
        _on(cst.ConcatenatedString, PythonExpressions.concatenated),
        _on(cst.Dict, PythonExpressions.dictionary),
        _on(cst.DictComp, PythonExpressions.dictionary_of),
        _on(cst.Ellipsis, PythonExpressions.ellipsis),
        _on(cst.Float, PythonExpressions.number),
        _on(cst.FormattedString, PythonExpressions.formatted),
        _on(cst.GeneratorExp, PythonExpressions.generator),
        _on(cst.IfExp, PythonExpressions.conditional),
        _on(cst.Imaginary, PythonExpressions.number),
        _on(cst.Integer, PythonExpressions.number),
        _on(cst.Lambda, PythonExpressions.closure),
        _on(cst.List, PythonExpressions.bracketed),
        _on(cst.ListComp, PythonExpressions.list_of),
        _on(cst.Name, PythonExpressions.name),
        _on(cst.NamedExpr, PythonExpressions.walrus),
        _on(cst.Set, PythonExpressions.braced),
        _on(cst.SetComp, PythonExpressions.set_of),
        _on(cst.SimpleString, PythonExpressions.string),
        _on(cst.StarredElement, PythonExpressions.starred),
        _on(cst.Subscript, PythonExpressions.chain),
        _on(cst.TemplatedString, PythonExpressions.template),
        _on(cst.Tuple, PythonExpressions.parenthesised),
        _on(cst.UnaryOperation, PythonExpressions.unary),
        _on(cst.Yield, PythonExpressions.yielded),
    ]
)
