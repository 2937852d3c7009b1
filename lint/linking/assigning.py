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
    lists_of,
    only,
    texts,
)
from lint.model import Place
from lint.program import (
    Assign,
    Attr,
    Call,
    Expr,
    Index,
    Listing,
    Name,
    Slice,
    Span,
)
from lint.text import MOST, Text


def assign_statement(machine: Machine, statement: Assign, frame: Frame) -> None:
    """`target = value`, `+=`, and defaults that only set what is not set."""
    value = evaluating.evaluate(machine, statement.value, frame)
    if frame.function is None:
        value = constant(value, frame.path)
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


def constant(value: Value, path: str = "") -> Value:
    """A file's own variable: no caller decides it, so its literals have no place.

    With a path only those of that file: a script's arguments were decided by who runs it.
    """
    made: list[Shape] = []
    for shape in value:
        match shape:
            case Text(parts, at) if not path or (at is not None and at.path == path):
                made.append(Text(parts))
            case Items(items, rest):
                made.append(Items(tuple(constant(one, path) for one in items), rest=rest))
            case Fields(entries, rest):
                kept = tuple((name, constant(one, path)) for name, one in entries)
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
                    case External("os/exec.Command()", words, made) if made is not None and words:
                        _prepared(machine, words[0], name, value, made, frame)
                    case ClassRef():
                        calling.class_scope(machine, shape).names[name] = value
                    case Namespace(key) if key in machine.symbols.files:
                        machine.module(key).names[name] = value
        case Slice(of, low, high):
            _store_slice(machine, of, (low, high), value, frame)
        case Index(of, key):
            _store_item(machine, of, key, value, frame)
        case Listing(items):
            for at, one in enumerate(items):
                part = join(*(evaluating.item(shape, at) for shape in value))
                assign(machine, one.value, part, frame)


def change(machine: Machine, target: Expr, value: Value, frame: Frame) -> None:
    """Store what has become of a value (a list that grew), where it is held."""
    held = frame.scope.find(target.id) if isinstance(target, Name) else None
    if held is not None and isinstance(target, Name):
        held.names[target.id] = value
    else:
        assign(machine, target, value, frame)


def _prepared(
    machine: Machine, words: Value, name: str, value: Value, made: Place, frame: Frame
) -> None:
    """`cmd.Args = append(cmd.Args, …)`, `cmd.Stdin = strings.NewReader(…)` of Go's commands."""
    at = Span(made.line, made.column, made.end_line, made.end_column)
    if name == "Args":
        machine.unmake(made)
        for shape in lists_of(value)[:2]:
            argv = tuple(texts(one) for one in shape.items)
            processes.execute(machine, argv, frame, at, api="exec.Command", complete=not shape.rest)
    elif name == "Stdin":
        for shape in lists_of(words)[:1]:
            argv = tuple(texts(one) for one in shape.items)
            processes.feed(machine, argv, texts(value), frame, at)


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


def _store_slice(
    machine: Machine, of: Expr, ends: tuple[Expr | None, Expr | None], value: Value, frame: Frame
) -> None:
    """`cmd[1:1] = [...]`."""
    low, high = (only(evaluating.evaluate(machine, end, frame)) if end else None for end in ends)
    changed: list[Shape] = []
    for shape in evaluating.evaluate(machine, of, frame):
        if not isinstance(shape, Items):
            continue
        start = int(low) if low and low.lstrip("-").isdigit() else 0
        stop = int(high) if high and high.lstrip("-").isdigit() else None
        kept = list(shape.items)
        for more in lists_of(value)[:2]:
            made = [*kept]
            made[start:stop] = more.items
            changed.append(Items(tuple(made), rest=shape.rest or more.rest))
    if changed and not isinstance(of, Call):
        assign(machine, of, tuple(dict.fromkeys(changed))[:MOST], frame)


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
