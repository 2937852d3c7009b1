"""How the shell joins statements: lists, pipes, what a command reads, what a block answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lint.program import Arg, Do, Expr, If, Lit, Nothing, Opaque, Output, Run, Stmt, Try

_WORDS: Final = frozenset({"true", ":"})


def expression(statements: Sequence[Stmt]) -> Expr:
    """Statements where an expression is asked for: their one value, else what they print."""
    if not statements:
        return Nothing()
    if len(statements) == 1 and isinstance(statements[0], Do):
        return statements[0].value
    return Output(tuple(statements))


def joined(left: list[Stmt], sign: str, right: list[Stmt]) -> list[Stmt]:
    """`left && right` or `left || right`."""
    if sign == "&&":
        return [If(expression(left), tuple(right))]
    return [Try(tuple(left), (() if _does_nothing(right) else tuple(right),))]


def _does_nothing(statements: Sequence[Stmt]) -> bool:
    match statements:
        case [Do(Run(words=(Arg(value=Lit(text=word)),)))]:
            return word in _WORDS
    return False


def fed(statements: list[Stmt], stdin: Expr) -> list[Stmt]:
    """The text goes to the last command, or stands before what is no command."""
    match statements:
        case [*before, Do(Run() as run)]:
            return [*before, Do(Run(run.words, run.at, stdin, run.env))]
    return [Do(stdin), *statements] if not isinstance(stdin, Lit | Nothing) else statements


def fed_by(before: Sequence[Stmt], after: list[Stmt]) -> list[Stmt]:
    """A text that `cat`, `echo` or `printf` prints is what the next command of a pipe reads."""
    match before, after:
        case [*_, Do(Run(words=(Arg(value=Lit(text=tool)), *words)) as run)], [Do(Run() as reader)]:
            if reader.stdin is not None:
                return after
            printed: Expr | None = None
            if tool == "cat" and not words:
                printed = run.stdin
            elif tool in ("echo", "printf") and words and not words[-1].spread:
                printed = words[-1].value
            if printed is not None:
                return [Do(Run(reader.words, reader.at, printed, reader.env))]
    return after


def changes_directory(statement: Stmt) -> bool:
    """Whether a statement is a `cd`."""
    match statement:
        case Do(Run(words=(Arg(value=Lit(text="cd")), *_))):
            return True
        case If(test=Run(words=(Arg(value=Lit(text="cd")), *_))):
            return True
        case Try(body=(first, *_)):
            return changes_directory(first)
    return False


def counts(value: Expr) -> bool:
    """`{1..9}` or `$(seq 9)`: a number of times, not a list of texts."""
    match value:
        case Opaque():
            return True
        case Output(body=(Do(Run(words=(Arg(value=Lit(text="seq")), *_))),)):
            return True
    return False
