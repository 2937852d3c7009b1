"""Go's statements, lowered to the program's."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterable
from typing import Final

from tree_sitter import Node

from lint.languages.go_calls import idle
from lint.languages.go_declarations import GoDeclarations
from lint.languages.go_source import DEEPEST, field, kind, named
from lint.program import (
    Arg,
    Assign,
    Attr,
    Branches,
    Call,
    Defer,
    Do,
    Expr,
    Go,
    If,
    Leave,
    Listing,
    Lit,
    Loop,
    Name,
    Raise,
    Return,
    Stmt,
    Test,
)

_CASES: Final = frozenset(
    kind(name) for name in ("expression_case", "type_case", "default_case", "communication_case")
)
_COMMUNICATION: Final = kind("communication_case")
_DEFAULT: Final = kind("default_case")
_EMPTY: Final = kind("empty_statement")
_EXPRESSION_LIST: Final = kind("expression_list")
_FALLTHROUGH: Final = kind("fallthrough_statement")
_FOR_CLAUSE: Final = kind("for_clause")
_LABEL: Final = kind("label_name")
_RANGE: Final = kind("range_clause")
_SWITCH: Final = kind("expression_switch_statement")
_STATEMENTS: Final = kind("statement_list")

_F_ALIAS: Final = field("alias")
_F_ALTERNATIVE: Final = field("alternative")
_F_BODY: Final = field("body")
_F_COMMUNICATION: Final = field("communication")
_F_CONDITION: Final = field("condition")
_F_CONSEQUENCE: Final = field("consequence")
_F_INITIALIZER: Final = field("initializer")
_F_LEFT: Final = field("left")
_F_RIGHT: Final = field("right")
_F_UPDATE: Final = field("update")
_F_VALUE: Final = field("value")

_MOST_COPIED: Final = 200
"""Statements that a case gets from those that it falls through to."""

_Stmts = tuple[Stmt, ...]


class GoStatements(GoDeclarations):
    """Lowers statements. A Go statement may be several of the program's, or none."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._switches = False

    def block(self, node: Node | None, depth: int) -> _Stmts:
        """The statements of a block."""
        outer, self.inside = self.inside, True
        body = self._listed(named(node) if node is not None else (), depth)
        self.inside = outer
        return body

    def statement(self, node: Node | None, depth: int) -> _Stmts:
        """Any statement; an expression that stands for one is done for what it does."""
        if node is None:
            return ()
        if depth > DEEPEST:
            self.too_deep(node)
            return ()
        lower = _LOWER.get(node.kind_id)
        if lower is not None:
            return lower(self, node, depth + 1)
        if node.is_error:
            return self._listed(named(node), depth + 1)
        value = self.expr(node, depth)
        return () if idle(value) else (Do(value),)

    def _listed(self, nodes: Iterable[Node], depth: int) -> _Stmts:
        told: list[Stmt] = []
        for node in nodes:
            if node.kind_id == _STATEMENTS:
                for child in node.named_children:
                    told.extend(self.statement(child, depth))
            else:
                told.extend(self.statement(node, depth))
        return tuple(told)

    def _nothing(self, _node: Node, _depth: int) -> _Stmts:
        return ()

    def _inlined(self, node: Node, depth: int) -> _Stmts:
        return self.block(node, depth)

    def _expression(self, node: Node, depth: int) -> _Stmts:
        told: list[Stmt] = []
        for child in named(node):
            value = self.expr(child, depth)
            match value:
                case Call(func=Name(id="panic"), args=args, literal=False):
                    told.append(Raise(args[0].value if args else None))
                case Test("<-", (Call(Attr(Name("time"), "After"), args, at),)):
                    told.append(Do(Call(Attr(Name("time"), "Sleep"), args, at)))
                case _:
                    told.append(Do(value))
        return tuple(told)

    def _send(self, node: Node, depth: int) -> _Stmts:
        return (Do(Test("<-", tuple(self.expr(child, depth) for child in named(node)))),)

    def _received(self, node: Node, depth: int) -> _Stmts:
        value = self.expr(node.child_by_field_id(_F_RIGHT), depth)
        left = self.exprs(node.child_by_field_id(_F_LEFT), depth)
        return tuple(self._assigned(left, [value])) if left else (Do(value),)

    def _stepped(self, node: Node, depth: int) -> _Stmts:
        target = self.expr(named(node)[0] if named(node) else None, depth)
        step = "-1" if self.text(node).endswith("--") else "1"
        return (Assign(target, Lit(step, self.span(node), True), True),)

    def _assignment(self, node: Node, depth: int) -> _Stmts:
        return self.assignment(node, depth)

    def _return(self, node: Node, depth: int) -> _Stmts:
        values = [
            self.expr(value, depth)
            for child in named(node)
            for value in (named(child) if child.kind_id == _EXPRESSION_LIST else (child,))
        ]
        if not values:
            values = [Name(name) for name in self.result_names]
        if len(values) > 1:
            return (Return(Listing(tuple(Arg(value) for value in values))),)
        return (Return(values[0] if values else None),)

    def _go(self, node: Node, depth: int) -> _Stmts:
        return tuple(Go(self.expr(child, depth)) for child in named(node))

    def _defer(self, node: Node, depth: int) -> _Stmts:
        return tuple(Defer(self.expr(child, depth)) for child in named(node))

    def _if(self, node: Node, depth: int) -> _Stmts:
        before = self.statement(node.child_by_field_id(_F_INITIALIZER), depth)
        test = self.expr(node.child_by_field_id(_F_CONDITION), depth)
        then = self.block(node.child_by_field_id(_F_CONSEQUENCE), depth)
        other = self.statement(node.child_by_field_id(_F_ALTERNATIVE), depth)
        return (*before, If(test, then, other))

    def _for(self, node: Node, depth: int) -> _Stmts:
        at = self.span(node)
        head: Node | None = None
        block = node.child_by_field_id(_F_BODY)
        for child in named(node):
            if child != block and not child.is_error:
                head = child
        number = head.kind_id if head is not None else 0
        if head is not None and number == _FOR_CLAUSE:
            before = self.statement(head.child_by_field_id(_F_INITIALIZER), depth)
            condition = head.child_by_field_id(_F_CONDITION)
            test = self.expr(condition, depth) if condition is not None else None
            body = self._body(block, depth)
            update = self.statement(head.child_by_field_id(_F_UPDATE), depth)
            return (*before, Loop(body=(*body, *update), test=test, at=at))
        if head is not None and number == _RANGE:
            left = self.exprs(head.child_by_field_id(_F_LEFT), depth)
            variables = [None if one == Name("_") else one for one in left]
            over = self.expr(head.child_by_field_id(_F_RIGHT), depth)
            key = variables[0] if variables else None
            target = variables[1] if len(variables) > 1 else None
            body = self._body(block, depth)
            return (Loop(body=body, target=target, over=over, key=key, at=at),)
        test = self.expr(head, depth) if head is not None else None
        return (Loop(body=self._body(block, depth), test=test, at=at),)

    def _body(self, node: Node | None, depth: int) -> _Stmts:
        outer, self._switches = self._switches, False
        body = self.block(node, depth)
        self._switches = outer
        return body

    def _leave(self, node: Node, _depth: int) -> _Stmts:
        """`break` that leaves a switch or select only is none of the loop's."""
        word = "continue" if node.type == "continue_statement" else "break"
        labelled = any(child.kind_id == _LABEL for child in node.named_children)
        if word == "break" and self._switches and not labelled:
            return ()
        return (Leave(word),)

    def _labelled(self, node: Node, depth: int) -> _Stmts:
        return self._listed([one for one in named(node) if one.kind_id != _LABEL], depth)

    def _switch(self, node: Node, depth: int) -> _Stmts:
        """One of its cases or its default, which stands last; where it has none, or nothing."""
        before = self.statement(node.child_by_field_id(_F_INITIALIZER), depth)
        value = node.child_by_field_id(_F_VALUE)
        alias = self.exprs(node.child_by_field_id(_F_ALIAS), depth)
        tests = [self.expr(value, depth)] if value is not None else []
        before = (*before, *self._assigned(alias, tests))
        cases = [child for child in node.named_children if child.kind_id in _CASES]
        patterns: list[tuple[Expr, ...]] = []
        for case in cases:
            asked = self.exprs(case.child_by_field_id(_F_VALUE), depth)
            tests.extend(one for one in asked if value is None or not idle(one))
            patterns.append(tuple(_pattern(one) for one in asked))
        test: Expr | None = tests[0] if tests else None
        if len(tests) > 1:
            test = Test("case", tuple(tests))
        blocks = self._blocks(cases, depth)
        last = [place for place, case in enumerate(cases) if case.kind_id == _DEFAULT]
        if last:
            blocks.append(blocks.pop(last[0]))
            patterns.append(patterns.pop(last[0]))
        else:
            blocks.append(())
            patterns.append(())
        matched = value is not None and node.kind_id == _SWITCH
        return (*before, Branches(test, tuple(blocks), tuple(patterns) if matched else ()))

    def _select(self, node: Node, depth: int) -> _Stmts:
        cases = [child for child in node.named_children if child.kind_id in _CASES]
        return (Branches(None, tuple(self._blocks(cases, depth))),)

    def _blocks(self, cases: list[Node], depth: int) -> list[_Stmts]:
        """Each case's statements, with those that it falls through to."""
        outer, self._switches = self._switches, True
        blocks = [self._case(case, depth) for case in cases]
        self._switches = outer
        for place in range(len(blocks) - 2, -1, -1):
            if _falls(cases[place]) and self._copied(cases[place + 1]):
                blocks[place] = (*blocks[place], *blocks[place + 1][:_MOST_COPIED])
        return blocks

    def _copied(self, case: Node) -> bool:
        """Whether a case may stand twice: one that holds switches which fall through themselves
        would double at every level."""
        written = self.data.count(b"fallthrough", case.start_byte, case.end_byte)
        return written <= _falls(case)

    def _case(self, case: Node, depth: int) -> _Stmts:
        before: _Stmts = ()
        if case.kind_id == _COMMUNICATION:
            before = self.statement(case.child_by_field_id(_F_COMMUNICATION), depth)
        inner = [child for child in named(case) if child.kind_id == _STATEMENTS or child.is_error]
        return (*before, *self._listed(inner, depth + 1))


def _pattern(value: Expr) -> Expr:
    """Patterns are shell's; Go compares with the text itself."""
    return Lit(glob.escape(value.text), value.at, value.number) if isinstance(value, Lit) else value


def _falls(case: Node) -> bool:
    for child in case.named_children:
        if child.kind_id == _STATEMENTS:
            last = [one for one in named(child) if one.kind_id != _EMPTY]
            return bool(last) and last[-1].kind_id == _FALLTHROUGH
    return False


_HANDLERS: Final[dict[str, Callable[[GoStatements, Node, int], _Stmts]]] = {
    "expression_statement": GoStatements._expression,
    "send_statement": GoStatements._send,
    "receive_statement": GoStatements._received,
    "inc_statement": GoStatements._stepped,
    "dec_statement": GoStatements._stepped,
    "assignment_statement": GoStatements._assignment,
    "short_var_declaration": GoStatements._assignment,
    "var_declaration": GoStatements.var_declaration,
    "const_declaration": GoStatements.const_declaration,
    "type_declaration": GoStatements.type_declaration,
    "return_statement": GoStatements._return,
    "go_statement": GoStatements._go,
    "defer_statement": GoStatements._defer,
    "if_statement": GoStatements._if,
    "for_statement": GoStatements._for,
    "expression_switch_statement": GoStatements._switch,
    "type_switch_statement": GoStatements._switch,
    "select_statement": GoStatements._select,
    "labeled_statement": GoStatements._labelled,
    "block": GoStatements._inlined,
    "break_statement": GoStatements._leave,
    "continue_statement": GoStatements._leave,
    "goto_statement": GoStatements._nothing,
    "fallthrough_statement": GoStatements._nothing,
    "empty_statement": GoStatements._nothing,
    "comment": GoStatements._nothing,
}
_LOWER: Final = {kind(name): lower for name, lower in _HANDLERS.items()}
