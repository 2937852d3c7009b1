"""Loops: over what is known turn by turn, over the rest once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from lint.effects import AnyEffect, Probe, Wait
from lint.linking import assigning, branching, evaluating, running
from lint.linking.counting import passes_time
from lint.linking.frame import Frame
from lint.linking.machine import Machine
from lint.linking.values import (
    UNKNOWN,
    External,
    Fields,
    Items,
    Value,
    join,
    truth,
)
from lint.program import (
    Attr,
    Expr,
    Lit,
    Loop,
    Opaque,
)
from lint.text import text

_RUNS: Final = re.compile(r"[Rr]unning|RUNNING")
MOST_TURNS: Final = 12
"""Turns of a loop over a list that is known; a longer list is run once for all its items."""


def iterated(over: Value) -> tuple[list[Value], bool]:
    """The items that a loop goes over, and whether there may be others."""
    for shape in over:
        match shape:
            case Items(items, rest):
                if len(items) <= MOST_TURNS:
                    return list(items), rest
                return [join(*items)], rest
            case Fields(entries, rest):
                names: list[Value] = [shape.key(name) for name, _ in entries]
                return names[:MOST_TURNS], rest
    return [], True


def loop(machine: Machine, statement: Loop, frame: Frame) -> running.Flow:
    """A loop over values, or one that repeats until something holds."""
    if passes_time(statement):
        with machine.under(loop=True):
            running.block(machine, statement.body, frame)
        return running.Flow.NEXT
    if statement.over is None:
        return _repeat(machine, statement, frame)
    over = evaluating.evaluate(machine, statement.over, frame)
    if _counts(over, statement.over):
        return _repeat(machine, statement, frame)
    turns = _turns(over)
    if not turns and machine.context.phase == "teardown":
        machine.hooks.teardown.append(lambda: _turn(machine, statement, frame))
    if statement.key is None and frame.path.endswith(".py"):
        turns = [(key, key if isinstance(over[0], Fields) else value) for key, value in turns]
    with machine.under(loop=True):
        for key, value in turns:
            if statement.target is not None:
                assigning.assign(machine, statement.target, value, frame)
            if statement.key is not None:
                assigning.assign(machine, statement.key, key, frame)
            if (
                running.block(machine, statement.body, frame) is running.Flow.RETURN
                and len(turns) == 1
            ):
                break
    return running.Flow.NEXT


def postponed(machine: Machine) -> None:
    """Loops of clean-ups that had nothing to go over when a fixture was made: by now its list may
    hold what the tests have put there."""
    waiting, machine.hooks.teardown = machine.hooks.teardown, []
    with machine.under(phase="teardown"):
        for late in waiting:
            late()


def _turn(machine: Machine, statement: Loop, frame: Frame) -> None:
    if statement.over is not None and _turns(evaluating.evaluate(machine, statement.over, frame)):
        loop(machine, statement, frame)


def _only_until_it_runs(statement: Loop) -> bool:
    """Whether a loop asks for a container's state, and not for its health: one that runs may not
    listen yet."""
    words = list(_words(statement))
    return any(_RUNS.fullmatch(word) or "State.Running" in word for word in words) and not any(
        "health" in word.lower() for word in words
    )


def _words(node: object) -> Iterator[str]:
    """The literals and the names of members in a statement."""
    pending = [node]
    while pending:
        one = pending.pop()
        match one:
            case Lit(word):
                yield word
            case Attr(of, word):
                yield word
                pending.append(of)
            case tuple():
                pending.extend(one)
            case msgspec.Struct():
                pending.extend(getattr(one, name) for name in one.__struct_fields__)


def _probe(effect: AnyEffect) -> AnyEffect:
    if not isinstance(effect, Wait) or effect.how != "health":
        return effect
    return Probe(
        at=effect.at,
        decided=effect.decided,
        chain=effect.chain,
        context=effect.context,
        target=effect.target,
        how=effect.how,
    )


def _turns(over: Value) -> list[tuple[Value, Value]]:
    for shape in over:
        if isinstance(shape, Fields) and len(shape.entries) <= MOST_TURNS:
            return [(shape.key(name), value) for name, value in shape.entries] or [
                (UNKNOWN, UNKNOWN)
            ]
    values, rest = iterated(over)
    if not values and not rest:
        return []
    return [((text(str(at)),), value) for at, value in enumerate(values)] or [(UNKNOWN, UNKNOWN)]


def _counts(over: Value, expr: Expr) -> bool:
    """Whether a loop only counts (`range(30)`, `{1..30}`): it repeats the same thing."""
    if isinstance(expr, Opaque):
        return True
    return any(
        isinstance(shape, External) and shape.path in ("range()", "itertools.count()")
        for shape in over
    ) or (isinstance(expr, Lit) and expr.number)


def _repeat(machine: Machine, statement: Loop, frame: Frame) -> running.Flow:
    """A loop that goes on until something holds."""
    scopes = branching.scopes_of(frame.scope)
    before = [dict(scope.names) for scope in scopes]
    if statement.target is not None:
        assigning.assign(machine, statement.target, UNKNOWN, frame)
    sink, mark = machine.sink, len(machine.sink)
    with machine.under(loop=True, polling=True):
        if (
            statement.test is not None
            and truth(evaluating.evaluate(machine, statement.test, frame)) is False
        ):
            return running.Flow.NEXT
        running.block(machine, statement.body, frame)
    if sink is machine.sink and _only_until_it_runs(statement):
        sink[mark:] = [_probe(one) for one in sink[mark:]]
    for scope, names in zip(scopes, before, strict=True):
        scope.names = branching.merged([names, scope.names])
    return running.Flow.NEXT
