"""Statements: run a block in order, both branches where the test is open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import Enum
from typing import Final

from lint.effects import Skip
from lint.linking import (
    asking,
    assigning,
    branching,
    calling,
    evaluating,
    importing,
    looping,
    managing,
)
from lint.linking.frame import Frame
from lint.linking.machine import Machine
from lint.linking.values import (
    ClassRef,
    Func,
    Void,
)
from lint.program import (
    Assign,
    Attr,
    Branches,
    Call,
    Defer,
    Define,
    DefineClass,
    Do,
    Expr,
    Go,
    If,
    Import,
    Leave,
    Loop,
    Name,
    Raise,
    Return,
    Stmt,
    Try,
    With,
    Yield,
)


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
            importing.import_(machine, statement, frame)


def _statement(machine: Machine, statement: Stmt, frame: Frame) -> Flow:
    match statement:
        case Do(value):
            return _do(machine, value, frame)
        case Assign():
            assigning.assign_statement(machine, statement, frame)
        case If():
            return branching.if_(machine, statement, frame)
        case Branches():
            return branching.branches(machine, statement, frame)
        case Loop():
            return looping.loop(machine, statement, frame)
        case Return(value):
            frame.returns.append(evaluating.evaluate(machine, value, frame) if value else (Void(),))
            return Flow.RETURN
        case Yield(value):
            frame.yields.append(evaluating.evaluate(machine, value, frame) if value else (Void(),))
            frame.standing = tuple(machine.mocked)
            machine.sink = frame.after
            if machine.context.phase == "setup":
                machine.context = replace(machine.context, phase="teardown")
        case Raise(value):
            if value:
                evaluating.evaluate(machine, value, frame)
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
                evaluating.evaluate(machine, value, frame)
        case Define(function) if any(
            isinstance(one, Attr) and one.name in ("setter", "deleter")
            for one in function.decorators
        ):
            pass  # the name goes on standing for the property's getter
        case Define(function):
            made = Func(function, frame.path, frame.scope, qualified=function.name)
            frame.scope.names[function.name] = calling.decorated(machine, function, made, frame)
        case DefineClass(definition):
            frame.scope.names[definition.name] = (ClassRef(definition, frame.path, frame.scope),)
        case Import():
            importing.import_(machine, statement, frame)
    return Flow.NEXT


_LEAVES_AFTER: Final = ("os.Exit", "sys.exit", "log.Fatal", "log.Fatalf", "os._exit")


def _do(machine: Machine, value: Expr, frame: Frame) -> Flow:
    mark = len(machine.sink)
    evaluating.evaluate(machine, value, frame)
    if mark < len(machine.sink) and isinstance(machine.sink[-1], Skip):
        last = machine.sink[-1]
        if isinstance(value, Call) and last.at == machine.place(frame, value.at):
            return Flow.RETURN
    if isinstance(value, Call) and isinstance(value.func, Attr):
        func = value.func
        if isinstance(func.of, Name) and f"{func.of.id}.{func.name}" in _LEAVES_AFTER:
            return Flow.RETURN
    return Flow.NEXT


# ---- assignments


# ---- branches


# ---- loops


# ---- leaving


def _try(machine: Machine, statement: Try, frame: Frame) -> Flow:
    ignored = any(not _reacts(body) for body in statement.handlers)
    sink, tried = machine.sink, len(machine.sink)
    with machine.under(ignored=True if ignored else None):
        flow = block(machine, statement.body, frame)
    asked = sink is machine.sink and asking.asks(statement.body, sink[tried:])
    if flow is Flow.NEXT and statement.other:
        flow = block(machine, statement.other, frame)
    if statement.handlers:
        failed = len(machine.sink)
        with machine.under(handler=True):
            caught = branching.fork(
                machine,
                statement.handlers,
                frame,
                [None] * len(statement.handlers),
                exhaustive=False,
            )
        if asked and sink is machine.sink and not machine.context.handler:
            sink[failed:] = asking.otherwise(sink[failed:])
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
    manager = managing.enter(machine, statement.item, frame)
    if statement.target is not None:
        assigning.assign(machine, statement.target, manager.value, frame)
    try:
        return block(machine, statement.body, frame)
    finally:
        with machine.under(phase="teardown" if frame.entry else None):
            manager.leave()


def _defer(machine: Machine, value: Expr, frame: Frame) -> None:
    if isinstance(value, Call) and not _runs_command(value):
        late = managing.prepared(machine, value, frame)
        frame.deferred.append(late)
    else:
        frame.deferred.append(lambda: _late(machine, value, frame))


def _runs_command(call: Call) -> bool:
    """`exec.Command(…).Run()`: what the object is told when it is made happens when it is run."""
    match call.func:
        case Attr(Call(Attr(Name("exec"), "Command" | "CommandContext"))):
            return True
    return False


def _late(machine: Machine, value: Expr, frame: Frame) -> None:
    phase = machine.context.phase
    with machine.under(phase="teardown" if phase == "main" else None):
        evaluating.evaluate(machine, value, frame)


# ---- imports
