"""Context managers and deferred calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lint.linking import calling, evaluating, members
from lint.linking.arguments import Arguments, arguments, unknown_arguments
from lint.linking.frame import Frame
from lint.linking.machine import Machine
from lint.linking.values import (
    VOID,
    External,
    Func,
    Instance,
    Shape,
    Value,
    join,
)
from lint.program import Attr, Call, Expr, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Manager:
    """A `with` block's manager: what it hands out, and what leaving does."""

    value: Value
    leave: Callable[[], None]


def enter(machine: Machine, item: Expr, frame: Frame) -> Manager:
    """Enter a context manager."""
    if isinstance(item, Call):
        target = evaluating.evaluate(machine, item.func, frame)
        func = next((shape for shape in target if isinstance(shape, Func)), None)
        if func is not None and func.function.generator:
            given = arguments(machine, item.args, frame)
            before = len(machine.mocked)
            called, after = calling.call_split(machine, func, given, item.at, frame)
            value = called.yields[0] if called.yields else VOID
            replaced = (called.standing or ())[before:]
            machine.mocked.extend(replaced)

            def leave_generator() -> None:
                machine.unmock(replaced)
                machine.sink.extend(after)

            return Manager(value=value, leave=leave_generator)
    value = evaluating.evaluate(machine, item, frame)
    at = item.at if isinstance(item, Call) else Span(1)
    entered: list[Value] = []
    for shape in value:
        entered.append(method(machine, shape, ("__enter__", "__aenter__"), at, frame) or (shape,))

    def leave() -> None:
        for shape in value:
            method(machine, shape, ("__exit__", "__aexit__"), at, frame)

    return Manager(value=join(*entered), leave=leave)


def method(
    machine: Machine, shape: Shape, names: tuple[str, ...], at: Span, frame: Frame
) -> Value | None:
    """Enter or leave one manager: call the first of its methods that there is."""
    if isinstance(shape, External):
        from lint.linking.apis import table

        word = "__enter__" if "__enter__" in names else "__exit__"
        external = External(f"{shape.path}.{word}", shape.words, shape.at)
        return table.call(machine, external, Arguments(), at, frame)
    if not isinstance(shape, Instance):
        return None
    for name in names:
        found = members.of_instance(machine, shape, name)
        for one in found:
            if isinstance(one, Func):
                return calling.call_function(machine, one, unknown_arguments(0), at, frame)
    return None


def prepared(machine: Machine, expr: Call, frame: Frame) -> Callable[[], None]:
    """A deferred call: callee and arguments now, the call later."""
    receiver = None
    if isinstance(expr.func, Attr):
        receiver = evaluating.evaluate(machine, expr.func.of, frame)
        target = members.member(machine, receiver, expr.func.name)
    else:
        target = evaluating.evaluate(machine, expr.func, frame)
    given = arguments(machine, expr.args, frame)

    def late() -> None:
        for shape in target:
            calling.apply_one(machine, shape, given, expr.at, frame, func=expr.func)

    return late
