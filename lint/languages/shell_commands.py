"""Simple shell commands as a program: words, assignments, builtins, what is redirected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from tree_sitter import Node

from lint.languages.shell_links import expression, fed
from lint.languages.shell_source import ShellSource
from lint.languages.shell_words import ShellWords
from lint.program import (
    Arg,
    Assign,
    Defer,
    Do,
    Expr,
    Leave,
    Listing,
    Lit,
    Name,
    Opaque,
    Raise,
    Return,
    Run,
    Stmt,
    Test,
    Try,
)

_REDIRECTIONS: Final = ("file_redirect", "herestring_redirect")
_AT_EXIT: Final = frozenset({"EXIT", "0", "INT", "TERM", "HUP", "QUIT", "ABRT"})
_NUMBERS: Final = {"1": "HUP", "2": "INT", "3": "QUIT", "6": "ABRT", "15": "TERM"}


class ShellCommands:
    """Lowers commands. `statement` lowers a node, `program` another source, and `document`
    a here-document's (which may lose its tabs)."""

    def __init__(
        self,
        source: ShellSource,
        words: ShellWords,
        statement: Callable[[Node], list[Stmt]],
        program: Callable[[ShellSource], tuple[Stmt, ...]],
        document: Callable[[ShellSource, bool], Expr],
    ) -> None:
        self._source = source
        self._words = words
        self._statement = statement
        self._program = program
        self._document = document

    def command(self, node: Node) -> list[Stmt]:
        """A command with its environment, words and here-string."""
        before: list[Stmt] = list(self._words.defaults(node))
        env: list[Arg] = []
        words: list[Arg] = []
        stdin: Expr | None = None
        for child in node.children:
            match child.type:
                case "variable_assignment":
                    name = child.child_by_field_name("name")
                    value = self._words.value(child.child_by_field_name("value"))
                    env.append(Arg(value, self._source.text(name) if name else ""))
                case "file_redirect" | "herestring_redirect":
                    before.extend(self._substituted(child))
                    stdin = self._stdin(child) or stdin
                case "comment":
                    pass
                case _:
                    words.extend(self._words.args(child))
        if not words:
            return before
        run = Run(tuple(words), self._source.span(node), stdin, tuple(env))
        return [*before, *self._special(node, run)]

    def assignment(self, node: Node) -> list[Stmt]:
        """`A=b`, `a+=(c)`, `a[1]=b`."""
        target = node.child_by_field_name("name")
        if target is None:
            return []
        augment = any(child.type == "+=" for child in node.children)
        value = self._words.value(node.child_by_field_name("value"))
        assign = Assign(self._words.name(target), value, augment=augment)
        return [*self._words.defaults(node), assign]

    def declaration(self, node: Node) -> list[Stmt]:
        """`export`, `local`, `declare`, `readonly`: assignments, and bare names as a command."""
        found: list[Stmt] = []
        words: list[Arg] = []
        options = ""
        for child in node.children:
            text = self._source.text(child)
            if child.type == "variable_assignment":
                found.extend(self._statement(child))
            elif child.type == "variable_name" and "a" in options:
                found.append(Assign(Name(text), Listing(())))
            elif child.type != "comment":
                options += text if text[:1] == "-" else ""
                words.extend(self._words.args(child))
        if found and all(_option(arg) for arg in words[1:]):
            return found
        return [*found, Do(Run(tuple(words), self._source.span(node)))]

    def redirected(self, node: Node) -> list[Stmt]:
        """A statement with redirections: only what it reads as text matters."""
        body = node.child_by_field_name("body")
        statements = self._statement(body) if body else []
        before: list[Stmt] = []
        for child in node.children:
            if child.type in _REDIRECTIONS:
                before.extend(self._substituted(child))
                statements = self._longer(statements, child.named_children)
                if stdin := self._stdin(child):
                    statements = fed(statements, stdin)
        return [*before, *statements]

    def _longer(self, statements: list[Stmt], redirect: Sequence[Node]) -> list[Stmt]:
        """The grammar takes the words after `>file` for more files; they are arguments."""
        files = [child for child in redirect if child.type != "file_descriptor"]
        match statements:
            case [*before, Do(Run() as run)] if files[1:]:
                more = tuple(arg for child in files[1:] for arg in self._words.args(child))
                return [*before, Do(Run((*run.words, *more), run.at, run.stdin, run.env))]
        return statements

    # ---- builtins

    def _special(self, node: Node, run: Run) -> list[Stmt]:
        """Builtins that leave, test, or arrange what runs at the end."""
        first = run.words[0].value
        word = first.text if isinstance(first, Lit) else ""
        rest = run.words[1:]
        match word:
            case "break" | "continue":
                return [Leave(word)]
            case "return":
                return [Return(rest[0].value if rest else None)]
            case "exit":
                code = rest[0].value if rest else None
                if isinstance(code, Lit) and code.text != "0":
                    return [Raise(code)]
                return [Return(code)]
            case "test":
                return [Do(Test("[", tuple(arg.value for arg in rest)))]
            case "trap":
                return self._trap(node, run)
        return [Do(run)]

    def _trap(self, node: Node, run: Run) -> list[Stmt]:
        words = [child for child in node.named_children if child.type != "command_name"]
        words = [one for one in words if self._source.text(one) != "--"]
        if len(words) < 2:
            return [Do(run)]
        action, *signals = words
        if self._source.text(action) in ("-", "''", '""'):
            return [Do(run)]
        names = {self._source.text(one).strip("\"'").upper() for one in signals}
        names = {_NUMBERS.get(name, name.removeprefix("SIG")) for name in names}
        body = self._program(self._source.quoted(action))
        if names & _AT_EXIT:
            return [Defer(expression(body))]
        if "ERR" in names:
            return [Try((), (body,))]
        return [Do(Opaque((expression(body),), "trap"))]

    # ---- redirections

    def _substituted(self, redirect: Node) -> list[Stmt]:
        """`< <(cmd)` and `> "$(cmd)"`: the command runs first."""
        if redirect.type != "file_redirect" or self._stdin(redirect):
            return []
        return [Do(one) for one in self._words.substitutions(redirect)]

    def _stdin(self, redirect: Node) -> Expr | None:
        """The text that a redirection gives to its command, None: a file."""
        last = redirect.named_children[-1] if redirect.named_children else None
        before = redirect.prev_sibling
        if last is None:
            return None
        if redirect.type == "herestring_redirect":
            return self._words.value(last)
        if before and before.type == "ERROR" and self._source.text(before) == "<<":
            return self._words.value(last)  # `>file <<<text`, which the grammar misreads
        first = [one for one in redirect.named_children if one.type != "file_descriptor"][:1]
        cut = self._source.documents.get(first[0].start_byte) if first else None
        if cut is None:
            return None
        if cut.raw:
            return self._words.raw(cut.start, cut.end, dedent=cut.dedent)
        return self._document(self._source.document(cut), cut.dedent)


def _option(arg: Arg) -> bool:
    return isinstance(arg.value, Lit) and arg.value.text[:1] == "-"
