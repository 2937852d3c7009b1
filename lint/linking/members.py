"""Members of modules, objects and classes, and objects of an annotated type."""

from __future__ import annotations

import re
from typing import Final

from lint.linking import calling, evaluating, located
from lint.linking.arguments import Arguments
from lint.linking.frame import Frame
from lint.linking.machine import Machine, zero
from lint.linking.values import (
    ClassRef,
    External,
    Fields,
    Func,
    Instance,
    Namespace,
    Scope,
    Shape,
    Value,
    Void,
    join,
)
from lint.program import Attr, Name, Span
from lint.text import Text, Unknown, text, unknown

_PROPERTIES: Final = frozenset({"property", "cached_property", "cachedproperty", "hybrid_property"})


def member(machine: Machine, value: Value, name: str, frame: Frame | None = None) -> Value:
    """`value.name`, for each alternative; nothing has no members, so others are meant.

    With the frame that asks, a property is run.
    """
    held = tuple(shape for shape in value if not isinstance(shape, Void)) or value
    found = join(*(_member(machine, shape, name) for shape in held))
    if frame is None or not any(isinstance(one, Func) and _property(one) for one in found):
        return found
    at = Span(frame.defined.line or 1)
    return join(
        *(
            calling.apply_one(machine, one, Arguments(), at, frame)
            if isinstance(one, Func) and _property(one)
            else (one,)
            for one in found
        )
    )


def _property(func: Func) -> bool:
    if func.receiver is None or not func.function.decorators:
        return False
    if not any(isinstance(shape, Instance) for shape in func.receiver):
        return False
    return any(
        isinstance(one, Name | Attr)
        and (one.id if isinstance(one, Name) else one.name) in _PROPERTIES
        for one in func.function.decorators
    )


def _member(machine: Machine, shape: Shape, name: str) -> Value:
    match shape:
        case Namespace(key):
            return _of_namespace(machine, key, name)
        case Instance():
            return of_instance(machine, shape, name)
        case ClassRef():
            return of_class(machine, shape, name, None) or (unknown(name),)
        case External("super()", words) if len(words) == 2:
            return _inherited(machine, words[0], words[1], name)
        case External("pytest.FixtureRequest()", words) if name == "param" and words:
            return words[0]
        case External(path, words) if path.endswith("{}") and (told := _field(words, name)):
            return told
        case External(path, words) if path == "os/exec.Command()" and name == "Args" and words:
            return words[0]
        case External("sys") if name == "executable":
            return (text("python3"),)
        case External("sys") if name == "argv" and machine.argv is not None:
            return (machine.argv,)
        case External(path):
            return (External(f"{path}.{name}", shape.words, shape.at),)
        case Fields():
            return shape.get(name) or (External(f"dict.{name}"),)
        case Text() if (part := located.member(shape, name)) is not None:
            return part
        case Text() if shape.unique or (name == "value" and shape.known is not None):
            return (shape,)
        case Text(parts) if len(parts) == 1 and isinstance(parts[0], Unknown):
            held = parts[0].name
            return (unknown(f"{held}.{name}" if held else name),)
    return (unknown(name),)


def _field(words: tuple[Value, ...], name: str) -> Value | None:
    """A field of a library's struct literal, or of one without a name."""
    for shape in words[0] if words else ():
        if isinstance(shape, Fields):
            return shape.get(name)
    return None


def _inherited(machine: Machine, receiver: Value, owner: Value, name: str) -> Value:
    """`super().name`: what the classes behind the method's own have, in order of resolution."""
    for shape in receiver:
        of = machine.heap_class[shape.ref] if isinstance(shape, Instance) else shape
        if not isinstance(of, ClassRef):
            continue
        held = shape if isinstance(shape, Instance) else None
        order = lineage(machine, of)
        own = [one.definition for one in owner if isinstance(one, ClassRef)]
        at = next(
            (
                at
                for at, one in enumerate(order)
                if isinstance(one, ClassRef) and one.definition in own
            ),
            -1,
        )
        for one in order[at + 1 :]:
            if isinstance(one, External):
                if one.path != "object":
                    return (External(f"{one.path}().{name}"),)
                continue
            inside = calling.class_scope(machine, one)
            if name in inside.names:
                bound: Value | None = (held,) if held else None
                return tuple(
                    calling.bind(each, bound, one, inside, of) for each in inside.names[name]
                )
    return (unknown(name),)


def lineage(machine: Machine, of: ClassRef, depth: int = 0) -> list[ClassRef | External]:
    """A Python class and its bases in order of resolution: a base that several share comes last."""
    found: list[ClassRef | External] = [of]
    frame = Frame(path=of.path, scope=of.scope)
    for base in of.definition.bases if depth < 8 else ():
        for shape in evaluating.evaluate(machine, base, frame):
            if isinstance(shape, ClassRef):
                found.extend(lineage(machine, shape, depth + 1))
            elif isinstance(shape, External):
                found.append(shape)
    kept: list[ClassRef | External] = []
    for at, one in enumerate(found):
        same = one.definition if isinstance(one, ClassRef) else one
        if not any(
            (later.definition if isinstance(later, ClassRef) else later) is same
            for later in found[at + 1 :]
        ):
            kept.append(one)
    return kept


def _of_namespace(machine: Machine, key: str, name: str) -> Value:
    if key in machine.symbols.packages:
        return machine.package_value(key, name) or (External(f"{key}.{name}"),)
    scope = machine.module(key)
    if name in scope.names:
        return scope.names[name]
    inside = machine.symbols.python_import(name, 1, key)
    return (Namespace(inside),) if inside else (unknown(name),)


def of_instance(machine: Machine, instance: Instance, name: str) -> Value:
    """A field or a bound method of an object."""
    fields = machine.heap[instance.ref]
    if name in fields:
        return fields[name]
    of = machine.heap_class[instance.ref]
    if of is None:
        return (unknown(name),)
    found = of_class(machine, of, name, instance)
    if found is not None:
        return found
    for each in of.definition.fields:
        if each.embedded and (held := fields.get(each.name.rpartition(".")[2])):
            for shape in held:
                if isinstance(shape, Instance):
                    return of_instance(machine, shape, name)
                if isinstance(shape, External):
                    return (External(f"{shape.path}.{name}"),)
        if each.name == name:
            return zero(each.type) if of.path.endswith(".go") else (unknown(name),)
    return (unknown(name),)


def of_class(
    machine: Machine,
    of: ClassRef,
    name: str,
    receiver: Instance | None,
    depth: int = 0,
    origin: ClassRef | None = None,
) -> Value | None:
    """A method or attribute of a class or its bases; methods are bound to the receiver.

    `origin` is the class that was asked first: a class method belongs to it.
    """
    if depth > 8:
        return None
    origin = origin or of
    held: Value | None = (receiver,) if receiver else None
    key = machine.symbols.package_of.get(of.path)
    if key:
        package = machine.symbols.packages[key]
        if found := package.methods.get(of.definition.name, {}).get(name):
            scope = machine.file_scope(found.path)
            called = f"{of.definition.name}.{name}"
            return (Func(found.function, found.path, scope, held, qualified=called),)
        for each in of.definition.fields:
            if each.embedded:
                for shape in _type(machine, each.type, of.scope):
                    if isinstance(shape, ClassRef):
                        promoted = of_class(machine, shape, name, receiver, depth + 1)
                        if promoted is not None:
                            return promoted
        return None
    scope = calling.class_scope(machine, of)
    if name in scope.names:
        return tuple(calling.bind(shape, held, of, scope, origin) for shape in scope.names[name])
    frame = Frame(path=of.path, scope=of.scope)
    for base in of.definition.bases:
        for shape in evaluating.evaluate(machine, base, frame):
            if isinstance(shape, ClassRef):
                inherited = of_class(machine, shape, name, receiver, depth + 1, origin)
                if inherited is not None:
                    return inherited
            elif isinstance(shape, External) and shape.path != "object":
                return (External(f"{shape.path}().{name}"),)
    return None


def _type(machine: Machine, name: str, scope: Scope) -> Value:
    frame = Frame(path=scope.path, scope=scope)
    head, _, tail = name.lstrip("*[]").partition(".")
    value = evaluating.lookup(machine, head, frame)
    return member(machine, value, tail) if tail else value


def typed(machine: Machine, name: str, frame: Frame) -> Value | None:
    """An object of an annotated type, where the annotation names a class that is known."""
    clean = name.strip("\"'").removeprefix("Optional[").rstrip("]").partition(" |")[0]
    clean = clean.partition("[")[0].lstrip("*&[]. ")
    if not re.fullmatch(r"[A-Za-z_][\w.]*", clean):
        return None
    for shape in _type(machine, clean, frame.scope):
        if isinstance(shape, ClassRef):
            return (Instance(machine.new(shape)),)
        if isinstance(shape, External) and "." in shape.path:
            return (External(f"{shape.path}()"),)
    return None


def methods_of(machine: Machine, of: ClassRef, depth: int = 0) -> set[str]:
    """The names of a class's methods, those of the repository's classes above it included."""
    found = {
        name
        for name, value in calling.class_scope(machine, of).names.items()
        if any(isinstance(shape, Func) for shape in value)
    }
    if depth < 4:
        frame = Frame(path=of.path, scope=of.scope)
        for base in of.definition.bases:
            for shape in evaluating.evaluate(machine, base, frame):
                if isinstance(shape, ClassRef):
                    found |= methods_of(machine, shape, depth + 1)
    return found
