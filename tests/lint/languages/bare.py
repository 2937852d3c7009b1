"""Programs without their spans: what two spellings of the same code have in common."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from lint.program import Module, Span, Stmt

Bare = tuple["Bare", ...] | str | int | bool | None

AT = Span(0)
"""A span for expected nodes: it is taken off."""


def bare(value: object) -> Bare:
    """A node, or nodes, as nested tuples of kind and fields, without spans."""
    match value:
        case Span():
            return None
        case msgspec.Struct():
            fields = (bare(getattr(value, name)) for name in value.__struct_fields__)
            return (type(value).__name__, *fields)
        case tuple() | list():
            return tuple(bare(one) for one in value)
        case str() | int() | None:
            return value
    raise TypeError(f"no part of a program: {value!r}")


def body(module: Module | None) -> tuple[Stmt, ...]:
    """The statements of a file's program, which must be there."""
    assert module is not None
    return module.body


def nodes(value: object) -> Iterator[msgspec.Struct]:
    """A node and all below it, from the outside in."""
    if isinstance(value, msgspec.Struct):
        yield value
        for name in value.__struct_fields__:
            yield from nodes(getattr(value, name))
    elif isinstance(value, tuple | list):
        for one in value:
            yield from nodes(one)
