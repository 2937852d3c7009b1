"""Python's compound statements, lowered: blocks, functions, classes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar, cast

import libcst as cst
import msgspec

from lint.facts import Mention, PortUse
from lint.languages.python_cursor import PythonCursor
from lint.languages.python_layout import DEEPEST
from lint.languages.python_statements import PythonStatements
from lint.languages.python_walk import TooDeepError
from lint.program import (
    Assign,
    Branches,
    Class,
    Define,
    DefineClass,
    Do,
    Expr,
    FieldOf,
    Function,
    If,
    Loop,
    Name,
    Opaque,
    Stmt,
    Test,
    Try,
    With,
)

_MOST_ELIF: Final = 10
"""Branches of an `if` that are kept nested, each test after the other; more lie side by side, so
that the program is not as deep as the chain is long."""
_Branch = tuple[list[Stmt], Expr, tuple[Stmt, ...]]


class PythonBlocks(PythonStatements):
    """Lowers a module's statements; `body` is the way in."""

    def __init__(self, cursor: PythonCursor) -> None:
        super().__init__(cursor)
        self.docstrings: list[Mention] = []
        self.ports: list[PortUse] = []
        self.fields: list[FieldOf] | None = None
        self.outer_names: list[str] | None = None

    def body(self, nodes: Iterable[cst.BaseStatement | cst.BaseSmallStatement]) -> tuple[Stmt, ...]:
        """Statements, one below the other."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise TooDeepError(self.cursor.at)
        found: list[Stmt] = []
        for node in nodes:
            if isinstance(node, cst.SimpleStatementLine):
                found.extend(self.line(node.body))
            elif lower := _LOWER.get(type(node)):
                found.extend(lower(self, node))
            else:
                found.append(Do(self.unknown(node)))
        self.depth -= 1
        return tuple(found)

    def suite(self, node: cst.BaseSuite) -> tuple[Stmt, ...]:
        """What stands after a colon."""
        self.cursor.take(":")
        if isinstance(node, cst.SimpleStatementSuite):
            return tuple(self.line(node.body))
        return self.body(node.body)

    # ---- branches

    def conditional_block(self, node: cst.If) -> Iterator[Stmt]:
        """`if`, `elif`, `else`."""
        branches: list[_Branch] = []
        other: tuple[Stmt, ...] = ()
        word = "if"
        below: cst.If | cst.Else | None = node
        while isinstance(below, cst.If):
            self.cursor.take(word)
            test = self.expr(below.test)
            before = list(self.ready())
            branches.append((before, test, self.suite(below.body)))
            below, word = below.orelse, "elif"
        if below is not None:
            self.cursor.take("else")
            other = self.suite(below.body)
        if len(branches) > _MOST_ELIF:
            for before, _, _ in branches:
                yield from before
            tests = Test("elif", tuple(test for _, test, _ in branches))
            yield Branches(tests, (*(block for _, _, block in branches), other))
            return
        for before, test, block in reversed(branches):
            other = (*before, If(test, block, other))
        yield from other

    def match(self, node: cst.Match) -> Iterator[Stmt]:
        """`match`: what a case captures is known only where it is the whole subject."""
        self.cursor.take("match")
        subject = self.expr(node.subject)
        yield from self.ready()
        self.cursor.take(":")
        blocks = tuple(self._case(case, subject) for case in node.cases)
        yield Branches(subject, blocks)

    def _case(self, node: cst.MatchCase, subject: Expr) -> tuple[Stmt, ...]:
        self.cursor.take("case")
        self.unknown(node.pattern)
        found: list[Stmt] = []
        match node.pattern:
            case cst.MatchAs(name=cst.Name(value=name)):
                value = subject if isinstance(subject, Name) else Opaque()
                found.append(Assign(Name(name), value))
        if node.guard is None:
            return (*found, *self.suite(node.body))
        self.cursor.take("if")
        test = self.expr(node.guard)
        found.extend(self.ready())
        return (*found, If(test, self.suite(node.body)))

    # ---- loops

    def while_loop(self, node: cst.While) -> Iterator[Stmt]:
        """`while`, and after it its `else`."""
        start = self.cursor.skip()
        self.cursor.take("while")
        test = self.once(node.test)
        body = self.suite(node.body)
        yield Loop(body, test=test, at=self.cursor.since(start))
        yield from self._else(node.orelse)

    def for_loop(self, node: cst.For) -> Iterator[Stmt]:
        """`for`, `async for`, and after it its `else`."""
        start = self.cursor.skip()
        self._asynchronous(node.asynchronous)
        self.cursor.take("for")
        target = self.expr(node.target)
        self.cursor.take("in")
        over = self.expr(node.iter)
        yield from self.ready()
        body = self.suite(node.body)
        yield Loop(body, target=target, over=over, at=self.cursor.since(start))
        yield from self._else(node.orelse)

    def _else(self, node: cst.Else | None) -> tuple[Stmt, ...]:
        if node is None:
            return ()
        self.cursor.take("else")
        return self.suite(node.body)

    def _asynchronous(self, node: cst.Asynchronous | None) -> None:
        if node is not None:
            self.cursor.take("async")

    # ---- guarded blocks

    def try_block(self, node: cst.Try | cst.TryStar) -> Iterator[Stmt]:
        """`try`; a handler's name is bound to something unknown."""
        self.cursor.take("try")
        body = self.suite(node.body)
        handlers = tuple(self._handler(handler) for handler in node.handlers)
        other = self._else(node.orelse)
        final: tuple[Stmt, ...] = ()
        if node.finalbody is not None:
            self.cursor.take("finally")
            final = self.suite(node.finalbody.body)
        yield Try(body, handlers, other, final)

    def _handler(self, node: cst.ExceptHandler | cst.ExceptStarHandler) -> tuple[Stmt, ...]:
        self.cursor.take("except")
        if isinstance(node, cst.ExceptStarHandler):
            self.cursor.take("*")
        caught = self.once(node.type) if node.type is not None else None
        bound: list[Stmt] = []
        if node.name is not None:
            self.cursor.take("as")
            parts = (caught,) if caught else ()
            bound.append(Assign(self.expr(node.name.name), Opaque(parts)))
        return (*bound, *self.suite(node.body))

    def with_block(self, node: cst.With) -> Iterator[Stmt]:
        """`with a as b, c:`, the later items inside the earlier."""
        take = self.cursor.take
        self._asynchronous(node.asynchronous)
        take("with")
        if isinstance(node.lpar, cst.LeftParen):
            take("(")
        items: list[tuple[Expr, Expr | None]] = []
        for item in node.items:
            value = self.expr(item.item)
            target = None
            if item.asname is not None:
                take("as")
                target = self.expr(item.asname.name)
            items.append((value, target))
            if isinstance(item.comma, cst.Comma):
                take(",")
        if isinstance(node.rpar, cst.RightParen):
            take(")")
        yield from self.ready()
        body = self.suite(node.body)
        for value, target in reversed(items):
            body = (With(value, target, body),)
        yield from body

    # ---- definitions

    def function(self, node: cst.FunctionDef) -> Iterator[Stmt]:
        """`def`: its span begins there, below its decorators."""
        take = self.cursor.take
        decorators = self._decorators(node.decorators)
        start = self.cursor.skip()
        self._asynchronous(node.asynchronous)
        take("def")
        take(node.name.value)
        if node.type_parameters is not None:
            self.unknown(node.type_parameters)
        take("(")
        params = self.parameters(node.params)
        take(")")
        returns = self.annotation("->", node.returns)
        yield from self.ready()
        outside = self.yields, self.fields, self.outer_names
        outer_names: list[str] = []
        self.yields, self.fields, self.outer_names = False, None, outer_names
        body = self.suite(node.body)
        generator = self.yields
        self.yields, self.fields, self.outer_names = outside
        yield Define(
            Function(
                node.name.value,
                params,
                body,
                self.cursor.since(start),
                decorators,
                generator=generator,
                returns=returns,
                labels=tuple(f"global:{name}" for name in dict.fromkeys(outer_names)),
            )
        )

    def class_block(self, node: cst.ClassDef) -> Iterator[Stmt]:
        """`class`; of its arguments only the bases are kept."""
        take = self.cursor.take
        decorators = self._decorators(node.decorators)
        start = self.cursor.skip()
        take("class")
        take(node.name.value)
        if node.type_parameters is not None:
            self.unknown(node.type_parameters)
        bases: tuple[Expr, ...] = ()
        if isinstance(node.lpar, cst.LeftParen):
            take("(")
            bases = tuple(arg.value for arg in self.arguments(node.bases))
            self.arguments(node.keywords)
            take(")")
        yield from self.ready()
        outside = self.fields, self.outer_names
        fields: list[FieldOf] = []
        self.fields, self.outer_names = fields, None
        body = self._class_body(node.name.value, node.body)
        self.fields, self.outer_names = outside
        at = self.cursor.since(start)
        yield DefineClass(Class(node.name.value, bases, body, at, tuple(fields), decorators))

    def _class_body(self, name: str, node: cst.BaseSuite) -> tuple[Stmt, ...]:
        return tuple(
            Define(msgspec.structs.replace(one.function, owner=name))
            if isinstance(one, Define)
            else one
            for one in self.suite(node)
        )

    def _decorators(self, nodes: Sequence[cst.Decorator]) -> tuple[Expr, ...]:
        found: list[Expr] = []
        for node in nodes:
            self.cursor.take("@")
            found.append(self.expr(node.decorator))
        return tuple(found)


_Node = TypeVar("_Node", bound=cst.BaseCompoundStatement)
_Lower = Callable[[PythonBlocks, cst.CSTNode], Iterator[Stmt]]


def _on(
    kind: type[_Node], lower: Callable[[PythonBlocks, _Node], Iterator[Stmt]]
) -> tuple[type[cst.CSTNode], _Lower]:
    return kind, cast("_Lower", lower)


_LOWER: Final[dict[type[cst.CSTNode], _Lower]] = dict(
    [
        _on(cst.ClassDef, PythonBlocks.class_block),
        _on(cst.For, PythonBlocks.for_loop),
        _on(cst.FunctionDef, PythonBlocks.function),
        _on(cst.If, PythonBlocks.conditional_block),
        _on(cst.Match, PythonBlocks.match),
        _on(cst.Try, PythonBlocks.try_block),
        _on(cst.TryStar, PythonBlocks.try_block),
        _on(cst.While, PythonBlocks.while_loop),
        _on(cst.With, PythonBlocks.with_block),
    ]
)
