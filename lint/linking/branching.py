"""Branches: each is run from the same names, and what they left is joined."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatchcase

from lint.effects import AnyEffect, Guard, Probe, Wait
from lint.linking import evaluating, probing, running
from lint.linking.frame import Frame
from lint.linking.machine import Machine
from lint.linking.values import (
    Scope,
    Value,
    join,
    only,
    truth,
)
from lint.program import (
    Attr,
    Branches,
    Call,
    Choice,
    Expr,
    If,
    Lit,
    Name,
    Opaque,
    Run,
    Span,
    Stmt,
    Test,
)
from lint.text import Text, Unknown


def branches(machine: Machine, statement: Branches, frame: Frame) -> running.Flow:
    """A switch: the block that is asked for where that is certain, else any."""
    asked = (
        only(evaluating.evaluate(machine, statement.test, frame))
        if statement.test is not None
        else None
    )
    blocks = statement.blocks
    if asked is not None and len(statement.patterns) == len(blocks):
        for body, patterns in zip(blocks, statement.patterns, strict=True):
            told = [only(evaluating.evaluate(machine, one, frame)) for one in patterns]
            if None in told:
                break
            if not told or any(fnmatchcase(asked, one) for one in told if one is not None):
                return running.block(machine, body, frame)
        else:
            return running.Flow.NEXT
    return fork(machine, blocks, frame, [None] * len(blocks), exhaustive=False)


def if_(machine: Machine, statement: If, frame: Frame) -> running.Flow:
    """The branch that is certain, else both, each under its guard."""
    mark = len(machine.sink)
    decided = truth(evaluating.evaluate(machine, statement.test, frame))
    if decided is True:
        return running.block(machine, statement.then, frame)
    if decided is False:
        return running.block(machine, statement.other, frame)
    guard = _guard(machine, statement.test, frame, machine.sink[mark:])
    other = replace(guard, negated=not guard.negated)
    return fork(machine, (statement.then, statement.other), frame, [guard, other], exhaustive=True)


def _guard(machine: Machine, test: Expr, frame: Frame, asked: list[AnyEffect]) -> Guard:
    names: list[str] = []
    at: Span | None = None
    negated = isinstance(test, Test) and test.op in ("not", "!")
    pending: list[Expr] = [test]
    while pending:
        match pending.pop():
            case Call(func, args, span):
                at = at or span
                pending.append(func)
                pending.extend(arg.value for arg in args)
            case Run(words, span):
                at = at or span
                names.extend(word.value.text for word in words if isinstance(word.value, Lit))
            case Name(name):
                names.append(name)
                if _of_environment(evaluating.lookup(machine, name, frame)):
                    names.append("environ")
            case Attr(of, name):
                names.append(name)
                pending.append(of)
            case Lit(_, span):
                at = at or span
            case Test(_, parts) | Opaque(parts):
                pending.extend(reversed(parts))
            case Choice(options):
                pending.extend(options)
            case _:
                pass
    probes = any(isinstance(effect, Probe | Wait) for effect in asked)
    return Guard(
        place=machine.place(frame, at or Span(frame.defined.line or 1)),
        probes=probes or any(probing.asks_availability(name) for name in names),
        names=tuple(names),
        negated=negated,
    )


def _of_environment(value: Value) -> bool:
    """Whether it is a variable of the environment: whoever runs the program sets it."""
    return any(
        isinstance(shape, Text)
        and len(shape.parts) == 1
        and isinstance(part := shape.parts[0], Unknown)
        and part.name.isupper()
        for shape in value
    )


def fork(
    machine: Machine,
    blocks: Iterable[tuple[Stmt, ...]],
    frame: Frame,
    guards: list[Guard | None],
    *,
    exhaustive: bool,
) -> running.Flow:
    """Run each block from the same names; go on with all that do not leave."""
    scopes = scopes_of(frame.scope)
    before = [dict(scope.names) for scope in scopes]
    ends: list[list[dict[str, Value]]] = [] if exhaustive else [before]
    flows: list[running.Flow] = [] if exhaustive else [running.Flow.NEXT]
    # A branch that yields goes on writing to what comes after the yield; the others do not.
    sink = last = machine.sink
    changes: list[dict[tuple[int, str], Value]] = []
    for body, guard in zip(blocks, guards, strict=True):
        for scope, names in zip(scopes, before, strict=True):
            scope.names = dict(names)
        machine.sink = sink
        machine.logs.append({})
        with machine.under(guard=guard):
            flow = running.block(machine, body, frame)
        changes.append(_undone(machine))
        flows.append(flow)
        if flow is running.Flow.NEXT:
            ends.append([scope.names for scope in scopes])
            last = machine.sink
    machine.sink = last
    _rewrite(machine, changes, exhaustive=exhaustive)
    for at, scope in enumerate(scopes):
        scope.names = merged([end[at] for end in ends]) if ends else dict(before[at])
    if any(flow is running.Flow.NEXT for flow in flows):
        return running.Flow.NEXT
    return running.Flow.LEAVE if running.Flow.LEAVE in flows else running.Flow.RETURN


def _undone(machine: Machine) -> dict[tuple[int, str], Value]:
    """Take a branch's changes of objects back; what it had set."""
    made: dict[tuple[int, str], Value] = {}
    for (ref, name), before in machine.logs.pop().items():
        made[ref, name] = machine.heap[ref][name]
        if before is None:
            del machine.heap[ref][name]
        else:
            machine.heap[ref][name] = before
    return made


def _rewrite(
    machine: Machine, changes: list[dict[tuple[int, str], Value]], *, exhaustive: bool
) -> None:
    """Fields hold what any branch left in them."""
    for ref, name in dict.fromkeys(key for made in changes for key in made):
        before = machine.heap[ref].get(name)
        values = [made[ref, name] for made in changes if (ref, name) in made]
        if before is not None and (not exhaustive or len(values) < len(changes)):
            values.append(before)
        machine.write(ref, name, join(*values))


def scopes_of(scope: Scope | None) -> list[Scope]:
    """The scopes that a block may assign in."""
    found: list[Scope] = []
    while scope is not None:
        found.append(scope)
        if not (scope.lexical or scope.outer_names):
            break
        scope = scope.outer
    return found


def merged(ends: list[dict[str, Value]]) -> dict[str, Value]:
    """Names hold what any end left in them."""
    if len(ends) == 1:
        return ends[0]
    names: dict[str, Value] = {}
    for end in ends:
        for name, value in end.items():
            held = names.get(name)
            names[name] = value if held is None or held is value else join(held, value)
    return names
