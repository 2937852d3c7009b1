"""Shell statements as a program: commands, lists, branches, loops, functions, traps."""

from __future__ import annotations

from collections.abc import Sequence
from glob import escape
from typing import Final

from tree_sitter import Node

from lint.facts import Unparsable
from lint.languages.shell_commands import ShellCommands
from lint.languages.shell_globals import globals_of
from lint.languages.shell_links import changes_directory, counts, expression, fed_by, joined
from lint.languages.shell_source import ShellSource
from lint.languages.shell_words import ShellWords
from lint.program import (
    Arg,
    Branches,
    Define,
    Do,
    Expr,
    Function,
    Go,
    If,
    Listing,
    Lit,
    Loop,
    Name,
    Nothing,
    Opaque,
    Run,
    Stmt,
    Test,
)

DEEPEST: Final = 60
"""Levels of nesting that are followed; no script written by people comes near."""
_TOO_DEEP: Final = f"nested more than {DEEPEST} levels deep"
_LIST_SIGNS: Final = frozenset({"&&", "||"})
_NAME: Final = "command_name"
_WORDS: Final = frozenset(
    {
        "word",
        "number",
        "string",
        "raw_string",
        "ansi_c_string",
        "concatenation",
        "simple_expansion",
        "expansion",
        "command_substitution",
    }
)
_SILENT: Final = frozenset({"comment", "heredoc_start", "heredoc_end", "file_descriptor"})


class ShellStatements:
    """Lowers a parsed source; what could not be read is in `unparsable`."""

    def __init__(self, source: ShellSource, depth: int = 0) -> None:
        self._source = source
        self._words = ShellWords(source, self.block)
        self._commands = ShellCommands(
            source, self._words, self.statement, self._other, self._document
        )
        self._depth = depth
        self.unparsable: list[Unparsable] = []

    def _other(self, source: ShellSource) -> tuple[Stmt, ...]:
        """Shell inside shell: a trap's action."""
        reader = ShellStatements(source, self._depth + 1)
        body = reader.script()
        self.unparsable.extend(reader.unparsable)
        return body

    def _document(self, source: ShellSource, dedent: bool) -> Expr:
        """A here-document, which is the argument of the source's one command."""
        reader = ShellStatements(source, self._depth + 1)
        strings = [one for one in source.root.children[:1] for one in one.named_children[1:]]
        text = reader._words.document(strings[0], dedent=dedent) if strings else Nothing()
        self.unparsable.extend(reader.unparsable)
        return text

    def script(self) -> tuple[Stmt, ...]:
        """A whole script. What is nested beyond measure is reported, never a RecursionError."""
        self.unparsable.extend(self._fault(one) for one in self._source.faults)
        body: list[Stmt] = []
        group: list[Node] = []
        for node in (*self._source.root.children, None):
            if node is not None and not (group and node.is_named):
                group.append(node)
                continue
            try:
                body.extend(self.block(group))
            except RecursionError:
                at = self._source.reach(group[0], group[-1])
                self.unparsable.append(Unparsable(_TOO_DEEP, at))
                self._depth = 0
            group = [node] if node is not None else []
        return tuple(body)

    def _fault(self, node: Node) -> Unparsable:
        if node.is_missing:
            return Unparsable(f"`{node.type}` is missing here", self._source.span(node))
        return Unparsable("the shell's grammar does not allow this", self._source.span(node))

    def block(self, nodes: Sequence[Node]) -> tuple[Stmt, ...]:
        """Neighbouring nodes in order; signs and comments between them are nothing."""
        body: list[Stmt] = []
        last: list[Stmt] = []
        for node in nodes:
            if node.type == "&":
                last = [Go(expression(last))] if last else []
            elif node.is_named and node.type not in _SILENT:
                body.extend(last)
                last = self.statement(node)
        return (*body, *last)

    def statement(self, node: Node) -> list[Stmt]:
        """One node as the statements that it stands for."""
        if self._depth >= DEEPEST:
            self.unparsable.append(Unparsable(_TOO_DEEP, self._source.span(node)))
            return []
        self._depth += 1
        try:
            return self._statement(node)
        finally:
            self._depth -= 1

    def _statement(self, node: Node) -> list[Stmt]:
        match node.type:
            case "command":
                return self._commands.command(node)
            case "declaration_command" | "unset_command":
                return self._commands.declaration(node)
            case "variable_assignment":
                return self._commands.assignment(node)
            case "variable_assignments":
                return [one for child in node.named_children for one in self.statement(child)]
            case "list":
                return self._list(node)
            case "pipeline":
                return self._pipeline(node.children)
            case "negated_command":
                return [Do(Test("not", (expression(self.block(node.children)),)))]
            case "redirected_statement":
                return self._commands.redirected(node)
            case "compound_statement" if node.children and node.children[0].type == "((":
                return [*self._words.defaults(node), Do(self._words.arithmetic(node))]
            case "subshell":
                return self._subshell(node)
            case "if_statement":
                return self._if(node)
            case "while_statement":
                return [self._while(node)]
            case "for_statement":
                return self._for(node)
            case "c_style_for_statement":
                return [self._counting(node)]
            case "case_statement":
                return [*self._words.defaults(node), self._case(node)]
            case "function_definition":
                return [self._function(node)]
            case "ERROR":
                return self._broken(node)
            case "test_command":
                return [*self._words.defaults(node), Do(self._test(node))]
        return list(self.block(node.children)) if node.named_children else []

    def _pipeline(self, nodes: Sequence[Node]) -> list[Stmt]:
        statements: list[Stmt] = []
        for child in nodes:
            if child.is_named and child.type not in _SILENT:
                statements.extend(fed_by(statements, self.statement(child)))
        return statements

    def _broken(self, node: Node) -> list[Stmt]:
        """What the grammar could not fit together: the statements and commands that are in it."""
        body: list[Stmt] = []
        words: list[Node] = []
        for child in (*node.children, None):
            if child is not None and (child.type in _WORDS if words else child.type == _NAME):
                words.append(child)
                continue
            if words:
                args = tuple(arg for word in words for arg in self._words.args(word))
                body.append(Do(Run(args, self._source.reach(words[0], words[-1]))))
            words = [child] if child is not None and child.type == _NAME else []
            if child is not None and child.is_named and not words and child.type not in _SILENT:
                body.extend(self.statement(child))
        return body

    # ---- lists

    def _list(self, node: Node) -> list[Stmt]:
        """`a && b || c`, which the grammar nests to the left, however long."""
        links: list[tuple[str, Node]] = []
        left = node
        while left.type == "list":
            named = [child for child in left.children if child.is_named and child.type != "comment"]
            signs = [child.type for child in left.children if child.type in _LIST_SIGNS]
            if len(named) < 2 or not signs:
                return list(self.block(left.children))
            links.append((signs[0], named[-1]))
            left = named[0]
        links.reverse()
        statements = self.statement(left)
        at = 0
        while at < len(links):
            sign = links[at][0]
            same = at
            while same < len(links) and links[same][0] == sign:
                same += 1
            rest: list[Stmt] = []
            chain = [self.statement(one) for _, one in links[at:same]]
            if len(chain) > DEEPEST:  # too long to nest: one after another
                rest = [one for link in chain for one in link]
            else:
                for link in reversed(chain):
                    rest = joined(link, sign, rest) if rest else link
            statements = joined(statements, sign, rest)
            at = same
        return statements

    def _subshell(self, node: Node) -> list[Stmt]:
        """Inlined; a `cd` in it is undone at its end."""
        body = self.block(node.children)
        if any(changes_directory(one) for one in body):
            at = self._source.span(node)
            back = Run((Arg(Lit("cd", at)), Arg(Lit("-", at))), at)
            return [*body, Do(back)]
        return list(body)

    # ---- branches and loops

    def _condition(self, node: Node) -> Expr:
        return expression(self.block(node.children_by_field_name("condition")))

    def _if(self, node: Node) -> list[Stmt]:
        test: Expr = self._condition(node)
        arms: list[tuple[Expr, tuple[Stmt, ...]]] = []
        other: tuple[Stmt, ...] = ()
        then: list[Node] = []
        begun = False
        for child in node.children:
            if child.type == "then":
                begun = True
            elif child.type == "elif_clause":
                arms.append(self._elif(child))
            elif child.type == "else_clause":
                other = self.block(child.children)
            elif begun:
                then.append(child)
        for arm_test, arm_body in reversed(arms):
            other = (If(arm_test, arm_body, other),)
        return [If(test, self.block(then), other)]

    def _elif(self, node: Node) -> tuple[Expr, tuple[Stmt, ...]]:
        kinds = [child.type for child in node.children]
        at = kinds.index("then") if "then" in kinds else len(kinds)
        return expression(self.block(node.children[:at])), self.block(node.children[at:])

    def _body(self, node: Node) -> tuple[Stmt, ...]:
        body = node.child_by_field_name("body")
        return self.block(body.children) if body else ()

    def _while(self, node: Node) -> Stmt:
        test = self._condition(node)
        if node.children and node.children[0].type == "until":
            test = Test("not", (test,))
        return Loop(self._body(node), test=test, at=self._source.span(node))

    def _for(self, node: Node) -> list[Stmt]:
        variable = node.child_by_field_name("variable")
        target = Name(self._source.text(variable)) if variable else None
        values = node.children_by_field_name("value")
        over: Expr
        if not any(child.type == "in" for child in node.children):
            over = Listing((Arg(Name("@"), spread=1),))
        else:
            items = tuple(arg for value in values for arg in self._words.args(value))
            times = [arg.value for arg in items if counts(arg.value)]
            over = Opaque(tuple(times), "count") if times else Listing(items)
        before = [one for value in values for one in self._words.defaults(value)]
        return [*before, Loop(self._body(node), target, over, at=self._source.span(node))]

    def _counting(self, node: Node) -> Stmt:
        variables = [
            child.child_by_field_name("name")
            for child in node.children_by_field_name("initializer")
            if child.type == "variable_assignment"
        ]
        named = [Name(self._source.text(one)) for one in variables if one]
        return Loop(
            self._body(node),
            named[0] if named else None,
            Opaque((), "count"),
            at=self._source.span(node),
        )

    def _case(self, node: Node) -> Stmt:
        blocks: list[tuple[Stmt, ...]] = []
        patterns: list[tuple[Expr, ...]] = []
        for item in node.named_children:
            if item.type != "case_item":
                continue
            closed = [at for at, child in enumerate(item.children) if child.type == ")"]
            blocks.append(self.block(item.children[closed[0] + 1 if closed else 0 :]))
            written = item.children[: closed[0] if closed else 0]
            patterns.append(tuple(self._pattern(one) for one in written if one.is_named))
        subject = self._words.value(node.child_by_field_name("value"))
        return Branches(subject, tuple(blocks), tuple(patterns))

    def _pattern(self, node: Node) -> Expr:
        """A glob as written; quoted characters mean themselves."""
        if node.type in ("extglob_pattern", "word"):
            return Lit(self._source.text(node), self._source.span(node))
        value = self._words.value(node)
        return Lit(escape(value.text), value.at) if isinstance(value, Lit) else value

    def _function(self, node: Node) -> Stmt:
        named = node.child_by_field_name("name")
        name = self._source.text(named) if named else ""
        body = node.child_by_field_name("body")
        statements = tuple(self.statement(body)) if body else ()
        title = self._source.bats_title(name)
        labels: tuple[str, ...] = () if title is None else ("bats",)
        if body:
            labels += tuple(f"global:{one}" for one in globals_of(self._source, body))
        at = self._source.span(node)
        return Define(Function(title or name, (), statements, at, labels=labels))

    # ---- tests

    def _test(self, node: Node) -> Expr:
        parts = tuple(
            self._tested(child) for child in node.named_children if child.type != "comment"
        )
        if len(parts) == 1 and isinstance(parts[0], Test) and parts[0].op == "not":
            return Test("not", (Test("[", parts[0].parts),))
        return Test("[", parts)

    def _tested(self, node: Node) -> Expr:
        if node.type in ("parenthesized_expression", "unary_expression", "binary_expression"):
            if self._depth >= DEEPEST:
                return Opaque(self._words.substitutions(node), "test")
            self._depth += 1
            try:
                operator = node.child_by_field_name("operator") or node.children[0]
                sign = self._source.text(operator)
                parts = tuple(self._tested(one) for one in node.named_children if one != operator)
            finally:
                self._depth -= 1
            if node.type == "parenthesized_expression" and len(parts) == 1:
                return parts[0]
            return Test("not" if sign == "!" else sign, parts)
        return self._words.value(node)
