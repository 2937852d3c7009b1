"""Members of modules, objects and classes, and objects of an annotated type."""

from __future__ import annotations

import re

from lint.linking import calling, evaluating
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
from lint.text import Text, Unknown, text, unknown


def member(machine: Machine, value: Value, name: str) -> Value:
    """`value.name`, for each alternative; nothing has no members, so others are meant."""
    held = tuple(shape for shape in value if not isinstance(shape, Void)) or value
    return join(*(_member(machine, shape, name) for shape in held))


def _member(machine: Machine, shape: Shape, name: str) -> Value:
    match shape:
        case Namespace(key):
            return _of_namespace(machine, key, name)
        case Instance():
            return of_instance(machine, shape, name)
        case ClassRef():
            return of_class(machine, shape, name, None) or (unknown(name),)
        case External("sys") if name == "executable":
            return (text("python3"),)
        case External("sys") if name == "argv" and machine.argv is not None:
            return (machine.argv,)
        case External(path):
            return (External(f"{path}.{name}", shape.words, shape.at),)
        case Fields():
            return shape.get(name) or (External(f"dict.{name}"),)
        case Text() if shape.unique:
            return (shape,)
        case Text(parts) if len(parts) == 1 and isinstance(parts[0], Unknown):
            held = parts[0].name
            return (unknown(f"{held}.{name}" if held else name),)
    return (unknown(name),)


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
    machine: Machine, of: ClassRef, name: str, receiver: Instance | None, depth: int = 0
) -> Value | None:
    """A method or attribute of a class or its bases; methods are bound to the receiver."""
    if depth > 8:
        return None
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
        return tuple(calling.bind(shape, held, of) for shape in scope.names[name])
    frame = Frame(path=of.path, scope=of.scope)
    for base in of.definition.bases:
        for shape in evaluating.evaluate(machine, base, frame):
            if isinstance(shape, ClassRef):
                inherited = of_class(machine, shape, name, receiver, depth + 1)
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
