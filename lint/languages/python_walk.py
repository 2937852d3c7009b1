"""What every part of the walk through a Python tree shares."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

import libcst as cst

from lint.languages.python_cursor import PythonCursor
from lint.languages.python_layout import tokens
from lint.program import Expr, Opaque, Span, Stmt


class TooDeepError(Exception):
    """Nested deeper than is followed; the offset where."""

    def __init__(self, offset: int) -> None:
        self.offset = offset
        super().__init__(offset)


class PythonWalk(ABC):
    """The state of a walk, and the ways to move on that need no knowledge of a node.

    `pending` are statements that an expression asks for before the statement it stands in (a
    walrus, a yield). While `hoisting` is off there can be none: the expression runs more than
    once, or later. `yields` tells that the function at hand is a generator.
    """

    def __init__(self, cursor: PythonCursor) -> None:
        self.cursor = cursor
        self.pending: list[Stmt] = []
        self.hoisting = True
        self.yields = False
        self.depth = 0

    @abstractmethod
    def expr(self, node: cst.BaseExpression) -> Expr:
        """Any expression; one that is not modelled is an Opaque."""

    def once(self, node: cst.BaseExpression) -> Expr:
        """An expression that may run more than once, or later: nothing is hoisted out of it."""
        before, self.hoisting = self.hoisting, False
        lowered = self.expr(node)
        self.hoisting = before
        return lowered

    def unknown(self, node: cst.CSTNode) -> Expr:
        """Pass over a node that has no place in the program."""
        for token in tokens(cst.Module(body=()).code_for_node(node)):
            self.cursor.take(token)
        return Opaque()

    def words(self, *words: str) -> Span:
        """Pass over some tokens; where they stand."""
        start = self.cursor.skip()
        for word in words:
            self.cursor.take(word)
        return self.cursor.since(start)

    def ready(self) -> Iterator[Stmt]:
        """The pending statements, which are pending no more."""
        found, self.pending = self.pending, []
        return iter(found)
