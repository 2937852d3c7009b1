"""How alike two functions are, whatever their names, values and layout."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from lint.program import Attr, Call, Function, Lit, Name, Run, Test
from lint.rules.functions import nodes

SMALLEST: Final = 40
"""Nodes below which two functions look alike by chance."""
_WORD: Final = re.compile(
    r"-{1,2}[a-z][\w-]*|podman|docker|run|exec|rm|stop|build|network|create|pg_isready|redis-cli|ping"
)
_WIDTH: Final = 3

Shape = Counter[tuple[str, ...]]


def shape(function: Function) -> Shape:
    """The pieces of a function's structure, with how often each occurs."""
    tokens = list(_tokens(function))
    if len(tokens) < SMALLEST:
        return Counter()
    return Counter(tuple(tokens[at : at + _WIDTH]) for at in range(len(tokens) - _WIDTH + 1))


def likeness(one: Shape, other: Shape) -> float:
    """The share of pieces that both have, from 0 to 1."""
    both = (one & other).total()
    either = (one | other).total()
    return both / either if either else 0.0


def _tokens(function: Function) -> Iterator[str]:
    """Statements, methods called and words of commands; names and other values are all the same."""
    for node in nodes(function.body):
        match node:
            case Lit(text=text, number=False) if _WORD.fullmatch(text):
                yield text
            case Lit():
                yield "value"
            case Name():
                yield "name"
            case Attr(name=name):
                yield f".{name}" if name.islower() or name[:1].isupper() else "."
            case Call(literal=literal):
                yield "literal" if literal else "call"
            case Test(op=op):
                yield f"test {op}"
            case Run():
                yield "run"
            case _:
                yield type(node).__name__
