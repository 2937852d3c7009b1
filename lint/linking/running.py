"""Statements: run a block in order, both branches where the test is open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import Enum
from typing import Final

from lint.effects import AnyEffect, Guard, Probe, Wait
from lint.linking import calling, probing
from lint.linking.evaluating import evaluate, item
from lint.linking.machine import Frame, Machine, predefine
from lint.linking.values import (
    UNKNOWN,
    ClassRef,
    External,
    Fields,
    Func,
    Instance,
    Items,
    Namespace,
    Scope,
    Shape,
    Value,
    Void,
    glued,
    join,
    only,
    truth,
)
from lint.program import (
    Assign,
    Attr,
    Branches,
    Call,
    Choice,
    Defer,
    Define,
    DefineClass,
    Do,
    Expr,
    Go,
    If,
    Import,
    Index,
    Leave,
    Listing,
    Lit,
    Loop,
    Name,
    Opaque,
    Raise,
    Return,
    Run,
    Span,
    Stmt,
    Test,
    Try,
    With,
    Yield,
)
from lint.text import MOST, Text, text

MOST_TURNS: Final = 12
"""Turns of a loop over a list that is known; a longer list is run once for all its items."""


class Flow(Enum):
    """How a block was left."""

    NEXT = 0
    LEAVE = 1
    RETURN = 2


def block(machine: Machine, body: Iterable[Stmt], frame: Frame) -> Flow:
    """Run statements until one leaves."""
    for statement in body:
        if not machine.spend(frame):
            return Flow.RETURN
        flow = _statement(machine, statement, frame)
        if flow is not Flow.NEXT:
            return flow
    return Flow.NEXT


def leave(machine: Machine, frame: Frame) -> None:
    """What was deferred, last first."""
    phase = "teardown" if frame.entry else None
    while frame.deferred:
        late = frame.deferred.pop()
        with machine.under(phase=phase):
            late()


def imports(machine: Machine, body: Iterable[Stmt], frame: Frame) -> None:
    """Only the imports of a block."""
    for statement in body:
        if isinstance(statement, Import):
            _import(machine, statement, frame)


def _statement(machine: Machine, statement: Stmt, frame: Frame) -> Flow:
    match statement:
        case Do(value):
            return _do(machine, value, frame)
        case Assign():
            _assign_statement(machine, statement, frame)
        case If():
            return _if(machine, statement, frame)
        case Branches(test, blocks):
            if test is not None:
                evaluate(machine, test, frame)
            return _fork(machine, blocks, frame, [None] * len(blocks), exhaustive=False)
        case Loop():
            return _loop(machine, statement, frame)
        case Return(value):
            frame.returns.append(evaluate(machine, value, frame) if value else (Void(),))
            return Flow.RETURN
        case Yield(value):
            frame.yields.append(evaluate(machine, value, frame) if value else (Void(),))
            machine.sink = frame.after
        case Raise(value):
            if value:
                evaluate(machine, value, frame)
            return Flow.RETURN
        case Leave():
            return Flow.LEAVE
        case Try():
            return _try(machine, statement, frame)
        case With():
            return _with(machine, statement, frame)
        case Defer(value):
            _defer(machine, value, frame)
        case Go(value):
            with machine.under(concurrent=True):
                evaluate(machine, value, frame)
        case Define(function):
            made = Func(function, frame.path, frame.scope, qualified=function.name)
            frame.scope.names[function.name] = calling.decorated(machine, function, made, frame)
        case DefineClass(definition):
            frame.scope.names[definition.name] = (ClassRef(definition, frame.path, frame.scope),)
        case Import():
            _import(machine, statement, frame)
    return Flow.NEXT


_LEAVES_AFTER: Final = ("os.Exit", "sys.exit", "log.Fatal", "log.Fatalf", "os._exit")


def _do(machine: Machine, value: Expr, frame: Frame) -> Flow:
    evaluate(machine, value, frame)
    if isinstance(value, Call) and isinstance(value.func, Attr):
        func = value.func
        if isinstance(func.of, Name) and f"{func.of.id}.{func.name}" in _LEAVES_AFTER:
            return Flow.RETURN
    return Flow.NEXT


# ---- assignments


def _assign_statement(machine: Machine, statement: Assign, frame: Frame) -> None:
    value = evaluate(machine, statement.value, frame)
    if statement.augment:
        before = evaluate(machine, statement.target, frame)
        if any(isinstance(shape, Items) for shape in (*before, *value)):
            value = extended(before, value)
        else:
            value = glued((before, value)) if _is_text(before) else UNKNOWN
    if statement.default and isinstance(statement.target, Name):
        held = frame.scope.find(statement.target.id)
        if held is not None:
            return
    assign(machine, statement.target, value, frame)


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
        case Name(name):
            _store(frame.scope, name, value)
        case Attr(of, name):
            for shape in evaluate(machine, of, frame):
                match shape:
                    case Instance(ref):
                        machine.heap[ref][name] = value
                    case ClassRef():
                        calling.class_scope(machine, shape).names[name] = value
                    case Namespace(key) if key in machine.symbols.files:
                        machine.module(key).names[name] = value
        case Index(of, key):
            _store_item(machine, of, key, value, frame)
        case Listing(items):
            for at, one in enumerate(items):
                part = join(*(item(shape, at) for shape in value))
                assign(machine, one.value, part, frame)


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
    named = only(evaluate(machine, key, frame))
    changed: list[Shape] = []
    for shape in evaluate(machine, of, frame):
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


# ---- branches


def _if(machine: Machine, statement: If, frame: Frame) -> Flow:
    mark = len(machine.sink)
    decided = truth(evaluate(machine, statement.test, frame))
    if decided is True:
        return block(machine, statement.then, frame)
    if decided is False:
        return block(machine, statement.other, frame)
    guard = _guard(machine, statement.test, frame, machine.sink[mark:])
    other = replace(guard, negated=not guard.negated)
    return _fork(machine, (statement.then, statement.other), frame, [guard, other], exhaustive=True)


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


def _fork(
    machine: Machine,
    blocks: Iterable[tuple[Stmt, ...]],
    frame: Frame,
    guards: list[Guard | None],
    *,
    exhaustive: bool,
) -> Flow:
    """Run each block from the same names; go on with all that do not leave."""
    scopes = _scopes(frame.scope)
    before = [dict(scope.names) for scope in scopes]
    ends: list[list[dict[str, Value]]] = [] if exhaustive else [before]
    flows: list[Flow] = [] if exhaustive else [Flow.NEXT]
    # A branch that yields goes on writing to what comes after the yield; the others do not.
    sink = last = machine.sink
    for body, guard in zip(blocks, guards, strict=True):
        for scope, names in zip(scopes, before, strict=True):
            scope.names = dict(names)
        machine.sink = sink
        with machine.under(guard=guard):
            flow = block(machine, body, frame)
        flows.append(flow)
        if flow is Flow.NEXT:
            ends.append([scope.names for scope in scopes])
            last = machine.sink
    machine.sink = last
    for at, scope in enumerate(scopes):
        scope.names = _merged([end[at] for end in ends]) if ends else dict(before[at])
    if any(flow is Flow.NEXT for flow in flows):
        return Flow.NEXT
    return Flow.LEAVE if Flow.LEAVE in flows else Flow.RETURN


def _scopes(scope: Scope | None) -> list[Scope]:
    """The scopes that a block may assign in."""
    found: list[Scope] = []
    while scope is not None:
        found.append(scope)
        if not (scope.lexical or scope.outer_names):
            break
        scope = scope.outer
    return found


def _merged(ends: list[dict[str, Value]]) -> dict[str, Value]:
    if len(ends) == 1:
        return ends[0]
    names: dict[str, Value] = {}
    for end in ends:
        for name, value in end.items():
            held = names.get(name)
            names[name] = value if held is None or held is value else join(held, value)
    return names


# ---- loops


def iterated(over: Value) -> tuple[list[Value], bool]:
    """The items that a loop goes over, and whether there may be others."""
    for shape in over:
        match shape:
            case Items(items, rest):
                if len(items) <= MOST_TURNS:
                    return list(items), rest
                return [join(*items)], rest
            case Fields(entries, rest):
                names: list[Value] = [(text(name),) for name, _ in entries]
                return names[:MOST_TURNS], rest
    return [], True


def _loop(machine: Machine, statement: Loop, frame: Frame) -> Flow:
    if statement.over is None:
        return _repeat(machine, statement, frame)
    over = evaluate(machine, statement.over, frame)
    if _counts(over, statement.over):
        return _repeat(machine, statement, frame)
    turns = _turns(over)
    with machine.under(loop=True):
        for key, value in turns:
            if statement.target is not None:
                assign(machine, statement.target, value, frame)
            if statement.key is not None:
                assign(machine, statement.key, key, frame)
            if block(machine, statement.body, frame) is Flow.RETURN and len(turns) == 1:
                break
    return Flow.NEXT


def _turns(over: Value) -> list[tuple[Value, Value]]:
    for shape in over:
        if isinstance(shape, Fields) and len(shape.entries) <= MOST_TURNS:
            return [((text(name),), value) for name, value in shape.entries] or [(UNKNOWN, UNKNOWN)]
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


def _repeat(machine: Machine, statement: Loop, frame: Frame) -> Flow:
    """A loop that goes on until something holds."""
    scopes = _scopes(frame.scope)
    before = [dict(scope.names) for scope in scopes]
    if statement.target is not None:
        assign(machine, statement.target, UNKNOWN, frame)
    with machine.under(loop=True, polling=True):
        if statement.test is not None and truth(evaluate(machine, statement.test, frame)) is False:
            return Flow.NEXT
        block(machine, statement.body, frame)
    for scope, names in zip(scopes, before, strict=True):
        scope.names = _merged([names, scope.names])
    return Flow.NEXT


# ---- leaving


def _try(machine: Machine, statement: Try, frame: Frame) -> Flow:
    ignored = any(not _reacts(body) for body in statement.handlers)
    with machine.under(ignored=True if ignored else None):
        flow = block(machine, statement.body, frame)
    if flow is Flow.NEXT and statement.other:
        flow = block(machine, statement.other, frame)
    if statement.handlers:
        with machine.under(handler=True):
            caught = _fork(
                machine,
                statement.handlers,
                frame,
                [None] * len(statement.handlers),
                exhaustive=False,
            )
        if flow is not Flow.NEXT:
            flow = caught
    if statement.final:
        phase = machine.context.phase
        late = "teardown" if phase in ("setup", "test", "teardown") or frame.entry else None
        with machine.under(phase=late):
            if block(machine, statement.final, frame) is not Flow.NEXT:
                return Flow.RETURN
    return flow


def _reacts(body: tuple[Stmt, ...]) -> bool:
    return any(not isinstance(one, Leave) for one in body)


def _with(machine: Machine, statement: With, frame: Frame) -> Flow:
    manager = calling.enter(machine, statement.item, frame)
    if statement.target is not None:
        assign(machine, statement.target, manager.value, frame)
    try:
        return block(machine, statement.body, frame)
    finally:
        with machine.under(phase="teardown" if frame.entry else None):
            manager.leave()


def _defer(machine: Machine, value: Expr, frame: Frame) -> None:
    if isinstance(value, Call):
        late = calling.prepared(machine, value, frame)
        frame.deferred.append(late)
    else:
        frame.deferred.append(lambda: _late(machine, value, frame))


def _late(machine: Machine, value: Expr, frame: Frame) -> None:
    phase = machine.context.phase
    with machine.under(phase="teardown" if phase == "main" else None):
        evaluate(machine, value, frame)


# ---- imports


def _import(machine: Machine, statement: Import, frame: Frame) -> None:
    names = frame.scope.names
    facts = machine.symbols.files.get(frame.path)
    if facts is not None and facts.language == "go":
        package = machine.symbols.go_import(statement.module)
        if statement.alias == ".":
            held = names.get(".", ())
            names["."] = (*held, Namespace(package.key) if package else _outside(statement))
        else:
            names[statement.alias] = (
                (Namespace(package.key),) if package else (_outside(statement),)
            )
        return
    path = machine.symbols.python_import(statement.module, statement.level, frame.path)
    if statement.member == "*":
        if path:
            names.update(
                (name, value)
                for name, value in machine.module(path).names.items()
                if not name.startswith("_")
            )
        else:
            names["*"] = (*names.get("*", ()), _outside(statement))
        return
    if not statement.member:
        head, dot, _ = statement.module.partition(".")
        if dot and statement.alias == head:
            # `import a.b` binds `a`; what it holds is found when `a.b` is asked for.
            top = machine.symbols.python_import(head, 0, frame.path)
            names[head] = (Namespace(top),) if top else (External(head),)
        else:
            names[statement.alias] = (Namespace(path),) if path else (_outside(statement),)
        return
    names[statement.alias] = _member_of(machine, statement, path, frame)


def _member_of(machine: Machine, statement: Import, path: str | None, frame: Frame) -> Value:
    if path:
        scope = machine.module(path)
        if statement.member in scope.names:
            return scope.names[statement.member]
    dotted = f"{statement.module}.{statement.member}" if statement.module else statement.member
    inside = machine.symbols.python_import(dotted, statement.level, frame.path)
    if inside:
        return (Namespace(inside),)
    return (External(dotted),)


def _outside(statement: Import) -> External:
    return External(statement.module)


__all__ = ["Flow", "assign", "block", "imports", "iterated", "leave", "predefine"]
