"""What the tests of shell, makefiles and Dockerfiles share: programs without their spans."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from lint.languages.shell import lower
from lint.program import (
    Arg,
    Assign,
    Choice,
    Define,
    Do,
    Expr,
    Function,
    Glue,
    Listing,
    Lit,
    Name,
    Output,
    Run,
    Span,
    Stmt,
)
from lint.program import Test as Asked  # a class named Test would be collected

NOWHERE: Final = Span(0)
_T = TypeVar("_T")


def stripped(value: _T) -> _T:
    """The value with every span replaced by one and the same."""
    if isinstance(value, Span):
        return NOWHERE  # type: ignore[return-value]  # a Span for a Span
    if isinstance(value, tuple):
        return tuple(stripped(one) for one in value)  # type: ignore[return-value]  # as above
    if isinstance(value, msgspec.Struct):
        return type(value)(*(stripped(getattr(value, one)) for one in value.__struct_fields__))
    return value


def shell(source: str) -> tuple[Stmt, ...]:
    """Sound shell, lowered, without spans."""
    body, unparsable = lower(source)
    assert not unparsable, unparsable
    return stripped(body)


def one(source: str) -> Stmt:
    """The one statement of sound shell."""
    (statement,) = shell(source)
    return statement


def lit(text: str) -> Lit:
    return Lit(text, NOWHERE)


def name(called: str) -> Name:
    return Name(called)


def split(value: Expr) -> Arg:
    """A word that the shell splits."""
    return Arg(value, spread=1)


def ran(
    *words: str | Expr | Arg, stdin: Expr | None = None, env: dict[str, Expr] | None = None
) -> Run:
    given = tuple(Arg(value, called) for called, value in (env or {}).items())
    return Run(tuple(_arg(word) for word in words), NOWHERE, stdin, given)


def run(
    *words: str | Expr | Arg, stdin: Expr | None = None, env: dict[str, Expr] | None = None
) -> Do:
    return Do(ran(*words, stdin=stdin, env=env))


def assign(target: str, value: str | Expr) -> Assign:
    return Assign(Name(target), _expr(value))


def glue(*parts: str | Expr) -> Glue:
    return Glue(tuple(_expr(part) for part in parts), NOWHERE)


def output(*body: Stmt) -> Output:
    return Output(body)


def listing(*items: str | Expr | Arg) -> Listing:
    return Listing(tuple(_arg(item) for item in items))


def choice(*options: str | Expr, test: Expr | None = None) -> Choice:
    return Choice(tuple(_expr(option) for option in options), test)


def asked(op: str, *parts: str | Expr) -> Asked:
    return Asked(op, tuple(_expr(part) for part in parts))


def function(
    called: str, *body: Stmt, needs: tuple[str, ...] = (), labels: tuple[str, ...] = ()
) -> Define:
    return Define(Function(called, (), body, NOWHERE, needs=needs, labels=labels))


def _expr(value: str | Expr) -> Expr:
    return lit(value) if isinstance(value, str) else value


def _arg(value: str | Expr | Arg) -> Arg:
    return value if isinstance(value, Arg) else Arg(_expr(value))
