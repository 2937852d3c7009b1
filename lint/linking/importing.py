"""Imports: what a name stands for after one."""

from __future__ import annotations

from lint.linking.frame import Frame
from lint.linking.machine import Machine
from lint.linking.values import (
    External,
    Namespace,
    Value,
)
from lint.program import (
    Import,
)


def import_(machine: Machine, statement: Import, frame: Frame) -> None:
    """Bind what one import names."""
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
