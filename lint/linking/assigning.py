"""Assignments: names, fields, items; and lists that grow."""

from __future__ import annotations

from lint.linking import calling, evaluating, processes
from lint.linking.frame import Frame
from lint.linking.machine import Machine
from lint.linking.values import (
    UNKNOWN,
    ClassRef,
    External,
    Fields,
    Instance,
    Items,
    Namespace,
    Scope,
    Shape,
    Value,
    glued,
    join,
    only,
)
from lint.program import (
    Assign,
    Attr,
    Call,
    Expr,
    Index,
    Listing,
    Name,
)
from lint.text import MOST, Text


def assign_statement(machine: Machine, statement: Assign, frame: Frame) -> None:
    """`target = value`, `+=`, and defaults that only set what is not set."""
    value = evaluating.evaluate(machine, statement.value, frame)
    if frame.function is None:
        value = constant(value)
    if statement.augment:
        before = evaluating.evaluate(machine, statement.target, frame)
        if any(isinstance(shape, Items) for shape in (*before, *value)):
            value = extended(before, value)
        else:
            value = glued((before, value)) if _is_text(before) else UNKNOWN
    if statement.default and isinstance(statement.target, Name):
        held = frame.scope.find(statement.target.id)
        if held is not None:
            return
    assign(machine, statement.target, value, frame)


def constant(value: Value) -> Value:
    """A file's own variable: no caller decides it, so its literals have no place."""
    made: list[Shape] = []
    for shape in value:
        match shape:
            case Text(parts):
                made.append(Text(parts))
            case Items(items, rest):
                made.append(Items(tuple(constant(one) for one in items), rest=rest))
            case Fields(entries, rest):
                kept = tuple((name, constant(one)) for name, one in entries)
                made.append(Fields(kept, rest=rest))
            case _:
                made.append(shape)
    return tuple(made)


def _is_text(value: Value) -> bool:
    return all(isinstance(shape, Text) for shape in value)


def extended(before: Value, more: Value) -> Value:
    """A list with the items of another behind its own."""
    lists = [shape for shape in before if isinstance(shape, Items)] or [Items((), rest=True)]
    tails = [shape for shape in more if isinstance(shape, Items)] or [Items((), rest=True)]
    made = [
        Items((*one.items, *tail.items), rest=one.rest or tail.rest)
        for one in lists
        for tail in tails
    ]
    return tuple(dict.fromkeys(made))[:MOST]


def assign(machine: Machine, target: Expr, value: Value, frame: Frame) -> None:
    """Store a value where the target says."""
    match target:
        case Name(name) if (
            frame.function is not None
            and not _local(frame, name)
            and machine.assign_package(frame.path, name, value)
        ):
            pass
        case Name(name):
            _store(frame.scope, name, value)
        case Attr(of, name):
            for shape in evaluating.evaluate(machine, of, frame):
                match shape:
                    case Instance(ref):
                        machine.write(ref, name, value)
                    case External(_, _, made) if name == "Dir" and made is not None:
                        moved = processes.directory_of(value, frame)
                        if moved is not None:
                            machine.move(made, moved)
                    case ClassRef():
                        calling.class_scope(machine, shape).names[name] = value
                    case Namespace(key) if key in machine.symbols.files:
                        machine.module(key).names[name] = value
        case Index(of, key):
            _store_item(machine, of, key, value, frame)
        case Listing(items):
            for at, one in enumerate(items):
                part = join(*(evaluating.item(shape, at) for shape in value))
                assign(machine, one.value, part, frame)


def _local(frame: Frame, name: str) -> bool:
    """Whether a name was set in a function around here."""
    scope: Scope | None = frame.scope
    while scope is not None and scope.lexical:
        if name in scope.names:
            return True
        scope = scope.outer
    return False


def _store(scope: Scope, name: str, value: Value) -> None:
    if name in scope.outer_names or scope.lexical:
        held = scope.outer.find(name) if name not in scope.names and scope.outer else None
        if held is not None and (name in scope.outer_names or held.lexical):
            held.names[name] = value
            return
        if name in scope.outer_names and scope.outer is not None:
            outermost = scope.outer
            while outermost.outer is not None:
                outermost = outermost.outer
            outermost.names[name] = value
            return
    scope.names[name] = value


def _store_item(machine: Machine, of: Expr, key: Expr, value: Value, frame: Frame) -> None:
    named = only(evaluating.evaluate(machine, key, frame))
    changed: list[Shape] = []
    for shape in evaluating.evaluate(machine, of, frame):
        match shape:
            case Fields(entries, rest) if named is not None:
                kept = dict(entries)
                kept[named] = value
                changed.append(Fields(tuple(kept.items()), rest=rest))
            case Fields(entries):
                changed.append(Fields(entries, rest=True))
            case Items(items, rest) if named is not None and named.isdigit():
                at = int(named)
                if at < len(items):
                    changed.append(Items((*items[:at], value, *items[at + 1 :]), rest=rest))
                else:
                    changed.append(Items(items, rest=True))
            case Items(items):
                changed.append(Items(items, rest=True))
            case _:
                changed.append(shape)
    if changed and not isinstance(of, Call):
        assign(machine, of, tuple(changed), frame)
