"""Calls: functions and classes of the repository, and what lies outside of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from lint.effects import AnyEffect, Step, Wait
from lint.linking import assigning, binding, by_name, evaluating, members, probing, texts_of
from lint.linking.arguments import Arguments, arguments, unknown_arguments
from lint.linking.frame import Frame
from lint.linking.machine import BRIEF, BUDGET, DEEPEST, Machine, predefine
from lint.linking.symbols import RECIPES
from lint.linking.values import (
    UNKNOWN,
    VOID,
    ClassRef,
    External,
    Fields,
    Func,
    Instance,
    Items,
    Scope,
    Shape,
    Value,
    handed,
    is_mock,
    join,
)
from lint.model import Place
from lint.program import Attr, Call, Expr, Function, Name, Span
from lint.text import Text, Unknown

_CHANGES: Final = {"append", "extend", "insert", "add", "update", "setdefault"}


def call(machine: Machine, expr: Call, frame: Frame) -> Value:
    """A call, for each thing that the callee may be."""
    if isinstance(expr.func, Name) and expr.func.id == "append" and not expr.literal:
        return _go_append(machine, expr, frame)
    receiver: Value | None = None
    if isinstance(expr.func, Attr):
        receiver = evaluating.evaluate(machine, expr.func.of, frame)
        target = members.member(machine, receiver, expr.func.name, frame)
    else:
        target = evaluating.evaluate(machine, expr.func, frame)
    given = arguments(machine, expr.args, frame)
    if receiver is not None and isinstance(expr.func, Attr):
        built_in = texts_of.method(receiver, expr.func.name, given)
        if built_in is not None:
            if expr.func.name in _CHANGES:
                assigning.change(machine, expr.func.of, built_in, frame)
                return VOID
            return built_in
    if receiver is not None and isinstance(expr.func, Attr) and expr.func.name == "add_command":
        from lint.linking.apis import commands

        if commands.add(machine, receiver, given):
            return UNKNOWN
    results = [
        apply_one(machine, shape, given, expr.at, frame, literal=expr.literal, func=expr.func)
        for shape in target
    ]
    return join(*results) if results else UNKNOWN


def _go_append(machine: Machine, expr: Call, frame: Frame) -> Value:
    head, tail = expr.args[:1], expr.args[1:]
    before = evaluating.evaluate(machine, head[0].value, frame) if head else VOID
    if not any(isinstance(shape, Items) for shape in before):
        opaque = any(isinstance(shape, Text) and shape.parts for shape in before)
        before = (Items((), rest=opaque),)
    return assigning.extended(before, evaluating.listing(machine, tail, frame))


def apply(machine: Machine, target: Value, given: Arguments, at: Span, frame: Frame) -> Value:
    """Call a value."""
    return join(*(apply_one(machine, shape, given, at, frame) for shape in target))


def apply_one(
    machine: Machine,
    shape: Shape,
    given: Arguments,
    at: Span,
    frame: Frame,
    *,
    literal: bool = False,
    func: Expr | None = None,
) -> Value:
    """Call one thing that a value may be. `func` is the callee as written, for calls by name."""
    if machine.mocked:
        from lint.linking.apis import mocking

        if mocking.replaced(machine, shape, func, frame):
            return UNKNOWN
    match shape:
        case Func():
            returned = call_function(machine, shape, given, at, frame)
            if machine.groups and not given.positional:
                from lint.linking.apis import commands

                commands.dispatch(machine, shape, at, frame)
            return returned
        case ClassRef():
            return instantiate(machine, shape, given, at, frame, literal=literal)
        case External():
            return _outside(machine, shape, given, at, frame, literal=literal, func=func)
        case Instance():
            target = members.of_instance(machine, shape, "__call__")
            return (
                apply(
                    machine,
                    tuple(s for s in target if isinstance(s, Func)) or UNKNOWN,
                    given,
                    at,
                    frame,
                )
                if any(isinstance(s, Func) for s in target)
                else UNKNOWN
            )
    if isinstance(shape, Text) and len(shape.parts) == 1 and isinstance(shape.parts[0], Unknown):
        from lint.linking.apis import table

        held = External(shape.parts[0].name)
        if (result := table.call(machine, held, given, at, frame)) is not None:
            return result
    if isinstance(func, Attr):
        return by_name.call(machine, func.name, given, at, frame)
    for callback in given.functions():
        call_function(machine, callback, unknown_arguments(0), at, frame)
    return UNKNOWN


def _outside(
    machine: Machine,
    shape: External,
    given: Arguments,
    at: Span,
    frame: Frame,
    *,
    literal: bool,
    func: Expr | None,
) -> Value:
    from lint.linking.apis import table

    if is_mock(shape.path):
        return (shape,)
    if literal:
        here = machine.place(frame, at)
        machine.writers.pop(here, None)
        fields = Fields(tuple(given.named.items()))
        return (External(f"{shape.path}{{}}", ((fields,), *given.positional), here),)
    result = table.call(machine, shape, given, at, frame)
    if result is not None:
        return result
    unresolved_method = isinstance(func, Attr) and "." in shape.path
    if unresolved_method and isinstance(func, Attr) and not table.foreign(shape.path):
        found = by_name.candidates(machine, func.name, frame)
        if found:
            return by_name.call(machine, func.name, given, at, frame)
    for callback in given.functions():
        call_function(machine, callback, unknown_arguments(0), at, frame)
    if probing.named_wait(shape.path.rpartition(".")[2]):
        machine.emit(Wait(how="library"), frame, at)
    return (External(f"{shape.path}()", shape.words, machine.place(frame, at)),)


def speaks(path: str) -> bool:
    """Whether a dotted path is one that the tables of libraries know."""
    from lint.linking.apis import table

    return table.knows(path)


# ---- functions


def call_function(machine: Machine, func: Func, given: Arguments, at: Span, frame: Frame) -> Value:
    """Run a function of the repository with arguments; what it returns."""
    called, after = call_split(machine, func, given, at, frame)
    machine.sink.extend(after)
    if func.function.generator:
        return (Items(tuple(called.yields), rest=True),)
    return join(*called.returns) if called.returns else VOID


def call_split(
    machine: Machine, func: Func, given: Arguments, at: Span, frame: Frame
) -> tuple[Frame, list[AnyEffect]]:
    """Run a function; its frame, and what a generator does after its yield, apart."""
    from lint.linking import running

    function = func.function
    defined = Place(
        func.path,
        function.at.line,
        function.at.column,
        function.at.end_line or function.at.line,
        function.at.end_column,
    )
    inner = Frame(
        path=func.path,
        scope=_scope(machine, func),
        chain=(
            *frame.chain,
            Step(
                place=machine.place(frame, at),
                callee=func.qualified or function.name,
                defined=defined,
            ),
        ),
        defined=defined,
        root=frame.root,
        entry=not frame.chain,
        function=function,
        receiver=func.receiver,
        owner=func.owner,
        directory=frame.directory,
        fixed=frame.fixed if func.path == frame.path else None,
    )
    recursive = machine.active.count(function) > 1
    if recursive or len(inner.chain) > DEEPEST or not machine.spend(frame, at):
        return inner, []
    machine.visited.add((func.path, function.at.line))
    machine.active.append(function)
    binding.bind_parameters(machine, func, given, inner)
    predefine(function.body, inner.scope, func.path)
    sink, context, logs = machine.sink, machine.context, len(machine.logs)
    steps = BUDGET if machine.relevance.of(func.path, function.at.line) else BRIEF
    try:
        with machine.briefly(steps):
            running.block(machine, function.body, inner)
            running.leave(machine, inner)
    except RecursionError:  # nested deeper than Python can go: what follows is not known
        machine.unresolved.setdefault(inner.chain[-1].place)
        del machine.logs[logs:]
    finally:
        machine.sink = sink
        machine.context = context
        machine.active.pop()
    return inner, [
        replace(effect, context=replace(effect.context, phase="teardown")) for effect in inner.after
    ]


def _scope(machine: Machine, func: Func) -> Scope:
    function = func.function
    facts = machine.symbols.files.get(func.path)
    language = facts.language if facts else ""
    names = frozenset(
        label.removeprefix("global:") for label in function.labels if label.startswith("global:")
    )
    return Scope(
        outer=func.scope,
        path=func.path,
        outer_names=names,
        lexical=language in ("go", "shell", *RECIPES),
    )


def decorated(machine: Machine, function: Function, made: Func, frame: Frame) -> Value:
    """A function after its decorators: those of the repository that wrap it are run."""
    if function.decorators:
        from lint.linking.apis import commands

        commands.register(machine, made, frame)
    for decorator in reversed(function.decorators):
        target = evaluating.evaluate(machine, decorator, frame)
        for shape in target:
            if isinstance(shape, Func):
                given = Arguments(positional=((made,),))
                result = call_function(machine, shape, given, function.at, frame)
                for one in result:
                    if isinstance(one, Func):
                        return (one,)
    return (made,)


# ---- classes


def class_scope(machine: Machine, of: ClassRef) -> Scope:
    """A class's own attributes and methods, after its body has run once."""
    from lint.linking import running

    key = f"class:{of.path}:{of.definition.name}:{of.definition.at.line}"
    scopes = machine.class_scopes(of.path)
    held = scopes.get(key)
    if held is not None:
        return held
    scope = Scope(outer=of.scope, path=of.path)
    scopes[key] = scope
    frame = Frame(path=of.path, scope=scope)
    predefine(of.definition.body, scope, of.path)
    running.block(machine, of.definition.body, frame)
    return scope


def bind(
    shape: Shape, receiver: Value | None, of: ClassRef, inside: Scope, origin: ClassRef
) -> Shape:
    """A function of a class as a method of the receiver.

    `inside` is the class's own scope, which its functions do not see; `origin` the class that
    was asked, `of` or one that inherits from it.
    """
    if not isinstance(shape, Func):
        return shape
    words = {one.id for one in shape.function.decorators if isinstance(one, Name)}
    name = f"{of.definition.name}.{shape.function.name}"
    scope = Scope(outer=of.scope, path=of.path) if shape.scope is inside else shape.scope
    if "staticmethod" in words:
        return replace(shape, qualified=name, scope=scope, owner=of)
    held: Value | None = (origin,) if "classmethod" in words else receiver
    return Func(shape.function, shape.path, scope, held, shape.bound, shape.named, name, of)


def instantiate(
    machine: Machine, of: ClassRef, given: Arguments, at: Span, frame: Frame, *, literal: bool
) -> Value:
    """A new object: Go's literal sets its fields, Python's constructor runs."""
    if of.path.endswith(".go"):
        if not literal:
            return given.get(0) or UNKNOWN  # a conversion, `Image("x")`
        if Name("[]") in of.definition.bases:
            return (Items(given.positional, rest=given.rest),)
        if Name("map") in of.definition.bases:
            return (Fields(tuple(given.named.items())),)
    ref = machine.new(of)
    fields = machine.heap[ref]
    me = Instance(ref)
    declared = [each.name.rpartition(".")[2] for each in of.definition.fields]
    if literal:
        here = machine.place(frame, at)
        fields.update((name, handed(one, here)) for name, one in given.named.items())
        told = (handed(one, here) for one in given.positional)
        fields.update(zip(declared, told, strict=False))
        return (me,)
    init = members.of_class(machine, of, "__init__", me) or ()
    ran = False
    for shape in init:
        if isinstance(shape, Func):
            call_function(machine, shape, given, at, frame)
            ran = True
    if not ran:
        fields.update(zip(declared, given.positional, strict=False))
        fields.update(given.named)
        outside = [shape for shape in init if isinstance(shape, External)]
        for shape in outside:
            parent = External(shape.path.removesuffix("().__init__"))
            _outside(machine, parent, given, at, frame, literal=False, func=None)
    for shape in members.of_class(machine, of, "__post_init__", me) or ():
        if isinstance(shape, Func):
            call_function(machine, shape, Arguments(), at, frame)
    return (me,)


# ---- context managers and deferred calls
