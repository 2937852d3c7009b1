"""Python's simple statements, lowered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar, cast

import libcst as cst

from lint.facts import Mention, PortUse
from lint.languages.python_expressions import PythonExpressions
from lint.languages.python_operators import written
from lint.program import (
    Assign,
    Attr,
    Do,
    Expr,
    FieldOf,
    Flag,
    Glue,
    Import,
    Leave,
    Lit,
    Name,
    Nothing,
    Opaque,
    Percent,
    Raise,
    Return,
    Stmt,
    Test,
)

_PORT: Final = re.compile(
    r"(?:^|_)ports?(?:_|\d|$)|[a-z]P(?:ort|ORT)s?(?![a-z])|(?:^|_)PORTS?(?![A-Z])"
)
_PORTS: Final = range(1, 65536)
_LONGEST_PORT: Final = len("65535")
_AUGMENTED: Final[dict[type[cst.BaseAugOp], str]] = {
    cst.AddAssign: "+=",
    cst.BitAndAssign: "&=",
    cst.BitOrAssign: "|=",
    cst.BitXorAssign: "^=",
    cst.DivideAssign: "/=",
    cst.FloorDivideAssign: "//=",
    cst.LeftShiftAssign: "<<=",
    cst.MatrixMultiplyAssign: "@=",
    cst.ModuloAssign: "%=",
    cst.MultiplyAssign: "*=",
    cst.PowerAssign: "**=",
    cst.RightShiftAssign: ">>=",
    cst.SubtractAssign: "-=",
}


class PythonStatements(PythonExpressions):
    """Lowers the statements of one line.

    `docstrings` are strings that stand alone; `ports` the constants of modules and classes that
    are ports; `fields` the annotated attributes of the class at hand, None outside of one's body;
    `outer_names` what the function at hand declares global or nonlocal.
    """

    docstrings: list[Mention]
    ports: list[PortUse]
    fields: list[FieldOf] | None
    outer_names: list[str] | None

    def line(self, nodes: Sequence[cst.BaseSmallStatement]) -> Iterator[Stmt]:
        """Statements with `;` between them."""
        for node in nodes:
            lower = _LOWER.get(type(node))
            if lower:
                made = lower(self, node)
            else:
                made = [Do(self.unknown(node.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)))]
            yield from self.ready()
            yield from made
            if isinstance(node.semicolon, cst.Semicolon):
                self.cursor.take(";")

    def expression(self, node: cst.Expr) -> list[Stmt]:
        """An expression for what it does; a string alone is read by people only."""
        start = self.cursor.skip()
        value = self.expr(node.value)
        match value:
            case Lit(text, _, False):
                self._docstring(text, start)
            case Glue(parts) if all(isinstance(part, Lit) for part in parts):
                text = "".join(part.text for part in parts if isinstance(part, Lit))
                self._docstring(text, start)
            case Lit() | Flag() | Nothing() | Opaque(()):
                pass
            case _:
                return [Do(value)]
        return []

    def _docstring(self, text: str, start: int) -> None:
        self.docstrings.append(Mention("docstring", text, self.cursor.since(start)))

    # ---- assignments

    def assign(self, node: cst.Assign) -> list[Stmt]:
        """`a = b = value`: a value that does something is evaluated once."""
        targets: list[Expr] = []
        for one in node.targets:
            targets.append(self.expr(one.target))
            self.cursor.take("=")
        value = self.expr(node.value)
        for target in targets:
            self._port(target, value)
        if len(targets) == 1:
            return [Assign(targets[0], value)]
        if not isinstance(value, Lit | Name | Flag | Nothing):
            first = next((one for one in targets if isinstance(one, Name | Attr)), None)
            if first is not None:
                rest = [one for one in targets if one is not first]
                return [Assign(first, value), *(Assign(one, first) for one in rest)]
        return [Assign(target, value) for target in targets]

    def annotated(self, node: cst.AnnAssign) -> list[Stmt]:
        """`target: type = value`; without a value only a class remembers it."""
        target = self.expr(node.target)
        type_ = self.annotation(":", node.annotation)
        if self.fields is not None and isinstance(target, Name):
            self.fields.append(FieldOf(target.id, type_))
        if node.value is None:
            return []
        self.cursor.take("=")
        value = self.expr(node.value)
        self._port(target, value)
        return [Assign(target, value)]

    def augmented(self, node: cst.AugAssign) -> list[Stmt]:
        """`target += value`; of other operators the result is assigned."""
        target = self.expr(node.target)
        sign = _AUGMENTED[type(node.operator)]
        self.cursor.take(sign)
        value = self.expr(node.value)
        match sign:
            case "+=":
                return [Assign(target, value, augment=True)]
            case "%=":
                return [Assign(target, Percent(target, value))]
        return [Assign(target, Test(sign[:-1], (target, value)))]

    def alias(self, node: cst.TypeAlias) -> list[Stmt]:
        """`type Name = …`."""
        self.words("type", node.name.value)
        if node.type_parameters is not None:
            self.unknown(node.type_parameters)
        self.cursor.take("=")
        return [Assign(Name(node.name.value), self.once(node.value))]

    def _port(self, target: Expr, value: Expr) -> None:
        if self.outer_names is not None or not isinstance(target, Name):
            return
        if not isinstance(value, Lit) or len(value.text) > _LONGEST_PORT:
            return
        if not (value.text.isascii() and value.text.isdecimal() and _PORT.search(target.id)):
            return
        if int(value.text) in _PORTS:
            self.ports.append(PortUse(target.id, int(value.text), value.at))

    # ---- imports

    def imports(self, node: cst.Import) -> list[Stmt]:
        """`import a.b`, which gives the name a; `import a.b as c`."""
        self.cursor.maybe("lazy")
        self.cursor.take("import")
        return [self._import(one) for one in node.names]

    def _import(self, node: cst.ImportAlias) -> Import:
        module = self._dotted(node.name)
        alias = self._alias(node)
        if isinstance(node.comma, cst.Comma):
            self.cursor.take(",")
        return Import(alias or module.partition(".")[0], module)

    def imports_from(self, node: cst.ImportFrom) -> list[Stmt]:
        """`from ..a import b as c`; of a star the alias is the star too."""
        take = self.cursor.take
        self.cursor.maybe("lazy")
        take("from")
        for _ in node.relative:
            take(".")
        level = len(node.relative)
        module = self._dotted(node.module) if node.module is not None else ""
        take("import")
        if isinstance(node.names, cst.ImportStar):
            take("*")
            return [Import("*", module, "*", level)]
        if node.lpar is not None:
            take("(")
        found: list[Stmt] = []
        for one in node.names:
            member = self._dotted(one.name)
            found.append(Import(self._alias(one) or member, module, member, level))
            if isinstance(one.comma, cst.Comma):
                take(",")
        if node.rpar is not None:
            take(")")
        return found

    def _alias(self, node: cst.ImportAlias) -> str:
        if node.asname is None:
            return ""
        self.cursor.take("as")
        name = self.expr(node.asname.name)
        return name.id if isinstance(name, Name) else ""

    def _dotted(self, node: cst.BaseExpression) -> str:
        return written(self.expr(node))

    # ---- what leaves, and the rest

    def returns(self, node: cst.Return) -> list[Stmt]:
        """`return value`."""
        self.cursor.take("return")
        return [Return(self.expr(node.value) if node.value is not None else None)]

    def raises(self, node: cst.Raise) -> list[Stmt]:
        """`raise error from cause`."""
        self.cursor.take("raise")
        error = self.expr(node.exc) if node.exc is not None else None
        if node.cause is not None:
            self.cursor.take("from")
            cause = self.expr(node.cause.item)
            if error is not None and not isinstance(cause, Name | Nothing):
                return [Do(Opaque((cause,))), Raise(error)]
        return [Raise(error)]

    def asserts(self, node: cst.Assert) -> list[Stmt]:
        """`assert test, message`."""
        self.cursor.take("assert")
        parts = [self.expr(node.test)]
        if node.msg is not None:
            self.cursor.take(",")
            parts.append(self.expr(node.msg))
        return [Do(Test("assert", tuple(parts)))]

    def deletes(self, node: cst.Del) -> list[Stmt]:
        """`del a, b[f()]`."""
        self.cursor.take("del")
        target = self.expr(node.target)
        return [] if isinstance(target, Name) else [Do(Opaque((target,), "del"))]

    def leaves(self, node: cst.Break | cst.Continue) -> list[Stmt]:
        """`break` and `continue`."""
        word = "break" if isinstance(node, cst.Break) else "continue"
        self.cursor.take(word)
        return [Leave(word)]

    def passes(self, _: cst.Pass) -> list[Stmt]:
        """`pass` does nothing."""
        self.cursor.take("pass")
        return []

    def outer(self, node: cst.Global | cst.Nonlocal) -> list[Stmt]:
        """`global a, b` and `nonlocal a`: told on the function."""
        self.cursor.take("global" if isinstance(node, cst.Global) else "nonlocal")
        for one in node.names:
            self.cursor.take(one.name.value)
            if isinstance(one.comma, cst.Comma):
                self.cursor.take(",")
            if self.outer_names is not None:
                self.outer_names.append(one.name.value)
        return []


_Node = TypeVar("_Node", bound=cst.BaseSmallStatement)
_Lower = Callable[[PythonStatements, cst.BaseSmallStatement], list[Stmt]]


def _on(
    kind: type[_Node], lower: Callable[[PythonStatements, _Node], list[Stmt]]
) -> tuple[type[cst.BaseSmallStatement], _Lower]:
    return kind, cast("_Lower", lower)


_LOWER: Final[dict[type[cst.BaseSmallStatement], _Lower]] = dict(
    [
        _on(cst.AnnAssign, PythonStatements.annotated),
        _on(cst.Assert, PythonStatements.asserts),
        _on(cst.Assign, PythonStatements.assign),
        _on(cst.AugAssign, PythonStatements.augmented),
        _on(cst.Break, PythonStatements.leaves),
        _on(cst.Continue, PythonStatements.leaves),
        _on(cst.Del, PythonStatements.deletes),
        _on(cst.Expr, PythonStatements.expression),
        _on(cst.Global, PythonStatements.outer),
        _on(cst.Import, PythonStatements.imports),
        _on(cst.ImportFrom, PythonStatements.imports_from),
        _on(cst.Nonlocal, PythonStatements.outer),
        _on(cst.Pass, PythonStatements.passes),
        _on(cst.Raise, PythonStatements.raises),
        _on(cst.Return, PythonStatements.returns),
        _on(cst.TypeAlias, PythonStatements.alias),
    ]
)
if hasattr(cst, "LazyImport"):  # libcst 1.9, for `lazy import` of Python 3.15
    _LOWER[cst.LazyImport] = _LOWER[cst.Import]
    _LOWER[cst.LazyImportFrom] = _LOWER[cst.ImportFrom]
