"""What the tests of the Go front end share: lowering snippets, and programs without their spans."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from lint.facts import FileFacts
from lint.languages.go import extract
from lint.program import (
    Arg,
    Assign,
    Attr,
    Call,
    Class,
    Closure,
    Define,
    DefineClass,
    Dict,
    Entry,
    Expr,
    FieldOf,
    Function,
    Listing,
    Lit,
    Module,
    Name,
    Param,
    Span,
    Stmt,
)
from lint.program import Test as Asked  # a class named Test would be collected

NOWHERE: Final = Span(0)
SUITE: Final = """//go:build integration

// Package gateway_test runs against real infrastructure.
package gateway_test

import (
\t"os/exec"

\t. "github.com/onsi/ginkgo/v2"
)

var _ = SynchronizedBeforeSuite(func() []byte {
\texec.Command("podman", "network", "create", "net").Run()
\treturn nil
}, func(data []byte) {
\tconnect(data)
})
"""
_T = TypeVar("_T")


def stripped(value: _T) -> _T:
    """The value with every span replaced by one and the same."""
    if isinstance(value, Span):
        return NOWHERE  # type: ignore[return-value]  # a Span for a Span
    if isinstance(value, tuple):
        return tuple(stripped(one) for one in value)  # type: ignore[return-value]  # as above
    if isinstance(value, msgspec.Struct):
        fields = (stripped(getattr(value, name)) for name in value.__struct_fields__)
        return type(value)(*fields)
    return value


def facts(source: str) -> FileFacts:
    """Of sound Go code."""
    found = extract(source.encode())
    assert not found.unparsable, found.unparsable
    return found


def module(source: str) -> Module:
    """The lowered file, without spans."""
    program = facts(source).program
    assert program is not None
    return stripped(program)


def top(source: str) -> tuple[Stmt, ...]:
    """The lowered declarations of a file of package `p`, without spans."""
    return module("package p\n\n" + source + "\n").body


def body(statements: str) -> tuple[Stmt, ...]:
    """The lowered statements of a function, without spans."""
    (defined,) = top("func f() {\n" + statements + "\n}")
    assert isinstance(defined, Define)
    return defined.function.body


def value(expression: str) -> Expr:
    """The lowered expression, without spans."""
    (assigned,) = body("_ = " + expression)
    assert isinstance(assigned, Assign)
    return assigned.value


def lit(text: str) -> Lit:
    return Lit(text, NOWHERE)


def num(text: str) -> Lit:
    return Lit(text, NOWHERE, True)


def name(path: str) -> Expr:
    """`a.b.c` as Name and Attr."""
    first, *rest = path.split(".")
    told: Expr = Name(first)
    for one in rest:
        told = Attr(told, one)
    return told


def call(func: str | Expr, *args: Expr | Arg) -> Call:
    of = name(func) if isinstance(func, str) else func
    return Call(of, tuple(_arg(one) for one in args), NOWHERE)


def made(func: str | Expr, *args: Expr | Arg, **fields: Expr) -> Call:
    """A composite literal of a struct."""
    of = name(func) if isinstance(func, str) else func
    named = tuple(Arg(one, field) for field, one in fields.items())
    return Call(of, (*(_arg(one) for one in args), *named), NOWHERE, True)


def listing(*items: Expr | Arg) -> Listing:
    return Listing(tuple(_arg(one) for one in items))


def asked(op: str, *parts: Expr) -> Asked:
    return Asked(op, parts)


def table(*entries: tuple[Expr, Expr]) -> Dict:
    return Dict(tuple(Entry(key, one) for key, one in entries))


def closure(*statements: Stmt, params: tuple[Param, ...] = (), returns: str = "") -> Closure:
    return Closure(Function("<func>", params, statements, NOWHERE, returns=returns))


def function(
    called: str,
    *statements: Stmt,
    params: tuple[Param, ...] = (),
    returns: str = "",
    owner: str = "",
    receiver: str = "",
) -> Define:
    return Define(
        Function(
            called, params, statements, NOWHERE, owner=owner, receiver=receiver, returns=returns
        )
    )


def defined(called: str, *fields: FieldOf, bases: tuple[Expr, ...] = ()) -> DefineClass:
    return DefineClass(Class(called, bases, (), NOWHERE, fields))


def _arg(one: Expr | Arg) -> Arg:
    return one if isinstance(one, Arg) else Arg(one)
