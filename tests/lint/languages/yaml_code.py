"""What the tests of YAML share: facts of a text, and what its functions do, without spans."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import dedent

import msgspec

from lint.facts import FileFacts
from lint.languages.yaml import extract
from lint.program import Define, Function, Lit, Run, Stmt
from tests.lint.languages.shell_code import stripped


def facts(source: str) -> FileFacts:
    """Of sound YAML. They survive the cache."""
    found = broken(source)
    assert not found.unparsable, found.unparsable
    return found


def broken(source: str) -> FileFacts:
    """Of YAML that may be broken."""
    found = extract(dedent(source).encode())
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=FileFacts) == found
    return found


def functions(source: str) -> dict[str, Function]:
    """By name, without spans."""
    program = stripped(facts(source).program)
    assert program is not None
    return {one.function.name: one.function for one in program.body if isinstance(one, Define)}


def does(source: str, name: str) -> tuple[Stmt, ...]:
    """What one function does."""
    return functions(source)[name].body


def sets(source: str) -> tuple[Stmt, ...]:
    """What stands beside the functions."""
    program = stripped(facts(source).program)
    assert program is not None
    return tuple(one for one in program.body if not isinstance(one, Define))


def places(found: FileFacts) -> list[tuple[int, int, str]]:
    """Line, column and text of the first word of each command, in order."""
    return [
        (run.at.line, run.at.column, first.text)
        for run in nodes(found.program)
        if isinstance(run, Run) and run.words and isinstance(first := run.words[0].value, Lit)
    ]


def nodes(node: object) -> Iterator[msgspec.Struct]:
    """All nodes of a tree, in order."""
    if isinstance(node, tuple):
        for one in node:
            yield from nodes(one)
    elif isinstance(node, msgspec.Struct):
        yield node
        for field in node.__struct_fields__:
            yield from nodes(getattr(node, field))
