"""Loops that only let time pass: a pause in small pieces, with nothing asked in between."""

from __future__ import annotations

from typing import Final

from lint.program import (
    Arg,
    Assign,
    Attr,
    Call,
    Do,
    Expr,
    Lit,
    Loop,
    Name,
    Opaque,
    Run,
    Stmt,
    Test,
)

_PAUSES: Final = frozenset(("sleep", "Sleep"))
_TELLS: Final = frozenset(
    (
        *("print", "printf", "echo", "write", "flush", "info", "debug"),
        *("Print", "Printf", "Println", "Fprint", "Fprintf", "Fprintln"),
        *("Log", "Logf", "Info", "Infof", "Debug", "Debugf"),
    )
)
_COUNTERS: Final = frozenset(("range", "tqdm", "trange", "track"))


def passes_time(loop: Loop) -> bool:
    """Whether a loop counts to a number, pauses in each turn and does nothing else but tell."""
    if not _counts(loop):
        return False
    does = [_does(one) for one in loop.body]
    return any(one in _PAUSES for one in does) and all(
        one is not None and (not one or one in _PAUSES or one in _TELLS) for one in does
    )


def _counts(loop: Loop) -> bool:
    match loop.over:
        case None:
            match loop.test:
                case Test("<" | "<=" | ">" | ">=", parts):
                    return all(isinstance(one, Name | Lit) for one in parts)
            return False
        case Opaque(name=name):
            return name == "count"
        case Lit(number=number):
            return number
        case Call(func, args):
            inner = args and isinstance(args[0].value, Call | Name | Lit)
            return _last(func) in _COUNTERS and bool(inner)
    return False


def _does(statement: Stmt) -> str | None:
    """The name of what a statement calls, empty: it counts; None: it may do anything."""
    match statement:
        case Do(Call(func)):
            return _last(func)
        case Do(Run((Arg(Lit(program)), *_))):
            return program
        case Assign(Name(), Lit(), augment=True):
            return ""
    return None


def _last(func: Expr) -> str | None:
    match func:
        case Name(name) | Attr(_, name):
            return name
    return None
