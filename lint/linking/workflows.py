"""In which ways a job runs: once for each row of its matrix, and for each job that calls it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from lint.languages.workflow_matrix import ROWS
from lint.linking import evaluating, running
from lint.linking.machine import Machine
from lint.linking.roots import root, spot
from lint.linking.symbols import Symbols, functions
from lint.linking.values import Bool, Scope, Value, known, only
from lint.model import Place
from lint.program import (
    Arg,
    Assign,
    Attr,
    Call,
    Choice,
    Dict,
    Do,
    Expr,
    Flag,
    Function,
    If,
    Listing,
    Lit,
    Name,
    Span,
    Stmt,
)

_MOST: Final = 16
_DEEPEST: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A job with one row of its matrix, and what its workflow was called with."""

    function: Function
    inputs: Mapping[str, Value] = field(default_factory=dict)
    callers: tuple[str, ...] = ()
    """The jobs that call its workflow."""
    caller: tuple[Place, Span] | None = None
    """The span of the last of them, and its call."""
    files: tuple[str, ...] = ()
    """And where these stand."""
    says: tuple[str, ...] = ()
    """What the matrix and the inputs are set to."""


class Workflows:
    """Who calls which workflow of the repository."""

    def __init__(self, symbols: Symbols, machine: Callable[[], Machine]) -> None:
        self._symbols = symbols
        self._machine = machine
        self._calls: dict[str, list[tuple[str, Function, Call]]] = defaultdict(list)
        self.including = tuple(
            path
            for path, facts in sorted(symbols.files.items())
            if facts.program and any(_includes(one) for one in facts.program.body)
        )
        """Pipelines that are made of several files."""
        for path, facts in sorted(symbols.files.items()):
            if facts.program and "workflow:github" in facts.program.labels:
                for one in functions(facts.program.body):
                    for called, call in _called(one.function.body):
                        if called in symbols.files:
                            self._calls[called].append((path, one.function, call))

    def ways(self, path: str, function: Function, depth: int = 0) -> list[Way]:
        """All ways in which a job of a file runs, bounded."""
        facts = self._symbols.files[path]
        program = facts.program
        if program is None or not any(one.startswith("workflow:") for one in program.labels):
            return [Way(function=function)]
        rows = list(_rows(function))
        callers = self._calls.get(path, ()) if depth < _DEEPEST else ()
        found: list[Way] = []
        if not callers or "workflow:called" not in program.labels:
            found.extend(Way(function=one, says=says) for one, says in rows)
        for caller, job, call in callers:
            for way in self.ways(caller, job, depth + 1):
                inputs = self._handed(caller, way, call, path)
                told = tuple(one for value in inputs.values() for one in known(value))
                found.extend(
                    Way(
                        function=one,
                        inputs=inputs,
                        callers=(job.name, *way.callers),
                        caller=(spot(caller, job.at), call.at),
                        files=(caller, *way.files),
                        says=(*says, *told, *way.says),
                    )
                    for one, says in rows
                )
        return found[:_MOST]

    def _handed(self, path: str, way: Way, call: Call, called: str) -> dict[str, Value]:
        """What a job hands to the workflow that it calls."""
        machine = self._machine()
        scope = Scope(path=path, outer=machine.module(path))
        scope.names.update(way.inputs)
        frame = root(path, scope)
        told = (one for one in way.function.body if isinstance(one, Assign))
        running.block(machine, told, frame)
        inputs = {
            f"inputs.{one.name}": evaluating.evaluate(machine, one.value, frame)
            for one in call.args[1:]
            if one.name
        }
        expected = machine.module(called).names
        return {name: _flag(value, expected.get(name)) for name, value in inputs.items()}


def _includes(statement: Stmt) -> bool:
    match statement:
        case Do(Call(Attr(Name("gitlab"), "include"))):
            return True
    return False


def _flag(value: Value, default: Value | None) -> Value:
    """What an input of type boolean is handed, as that."""
    told = only(value)
    if told in ("true", "false") and any(isinstance(one, Bool) for one in default or ()):
        return (Bool(told == "true"),)
    return value


def _called(body: Iterable[Stmt]) -> Iterator[tuple[str, Call]]:
    """Workflows of the repository that a job calls."""
    for statement in body:
        match statement:
            case If(test=test, then=then) if test != Flag(False):
                yield from _called(then)
            case Do(Call(Attr(Name("actions"), "uses"), (Arg(Lit(told)), *_)) as call):
                if told.startswith("./") and told.endswith((".yml", ".yaml")):
                    yield told.removeprefix("./"), call


def _rows(function: Function) -> Iterator[tuple[Function, tuple[str, ...]]]:
    """The job with the names of its matrix set, once for all rows that differ in what it uses."""
    rows = _combinations(function)
    used = set(_used(function.body)) if rows else set()
    ways: dict[tuple[tuple[str, Expr], ...], None] = {}
    for row in rows:
        ways.setdefault(tuple((key, value) for key, value in row.items() if key in used))
    if not 1 < len(ways) <= _MOST:
        yield function, ()
        return
    for way in ways:
        set_here = dict(way)
        absent = {key for row in rows for key in row if key in used} - set_here.keys()
        body = _fixed(function.body, {**dict.fromkeys(absent, None), **set_here})
        says = tuple(value.text for value in set_here.values() if isinstance(value, Lit))
        yield msgspec.structs.replace(function, body=body), says


def _fixed(body: tuple[Stmt, ...], row: Mapping[str, Expr | None]) -> tuple[Stmt, ...]:
    """The body with each name of the matrix set to the row's value."""
    made: list[Stmt] = []
    for statement in body:
        match statement:
            case If(test=test, then=then, other=other) if _is_wrapper(then):
                made.append(If(test, _fixed(then, row), other))
            case Assign(Name(name)) if name == ROWS or row.get(name, True) is None:
                continue
            case Assign(Name(name), Choice()) if told := row.get(name):
                made.append(Assign(Name(name), told))
            case _:
                made.append(statement)
    return tuple(made)


def _is_wrapper(body: tuple[Stmt, ...]) -> bool:
    """A job with an `if:` has all of it inside."""
    return any(isinstance(one, Assign) and one.target == Name(ROWS) for one in body)


def _combinations(function: Function) -> list[dict[str, Expr]]:
    body = function.body
    match body:
        case (If(then=then),):
            body = then
    for statement in body:
        match statement:
            case Assign(Name(name), Listing(items)) if name == ROWS:
                return [
                    {
                        entry.key.text: entry.value
                        for entry in one.value.entries
                        if isinstance(entry.key, Lit)
                    }
                    for one in items
                    if isinstance(one.value, Dict)
                ]
    return []


def _used(body: tuple[Stmt, ...]) -> Iterator[str]:
    """The names that a job reads, but for those that only actions of others are handed."""
    stack: list[object] = [body]
    while stack:
        match stack.pop():
            case Assign(Name(name)) if name == ROWS:
                pass
            case Call(Attr(Name("actions"), "uses"), (Arg(Lit(told)), *_)) if not told.startswith(
                "./"
            ):
                pass
            case Name(name):
                yield name
            case Assign(_, value):
                stack.append(value)
            case tuple() as many:
                stack.extend(many)
            case msgspec.Struct() as node:
                stack.extend(getattr(node, each) for each in node.__struct_fields__)
