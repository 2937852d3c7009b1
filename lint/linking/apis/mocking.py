"""What a test replaces by a mock does nothing: `mock.patch`, `mocker.patch`, `monkeypatch`."""

from __future__ import annotations

import re
from typing import Final

from lint.linking.apis.called import Called, Handler
from lint.linking.machine import Machine
from lint.linking.values import (
    UNKNOWN,
    ClassRef,
    External,
    Func,
    Instance,
    Namespace,
    Shape,
    Value,
    only,
)
from lint.text import text


def replaced(machine: Machine, shape: Shape) -> bool:
    """Whether a mock stands where this is called."""
    match shape:
        case External(path):
            return any(one == path or one.endswith(f".{path}") for one in machine.mocked)
        case Func(function, path):
            dotted = path.removesuffix(".py").replace("/", ".")
            ends = {f"{dotted}.{function.name}", f"{dotted}.{shape.qualified}"}
            return any(
                end == one or end.endswith(f".{one}") for end in ends for one in machine.mocked
            )
    return False


def _targets(called: Called) -> list[str]:
    """The dotted names that a patch replaces."""
    target, name = called.given.get(0, "target"), called.given.get(1, "name", "attribute")
    told = only(target or UNKNOWN)
    if told is not None:
        return [told] if "." in told else []
    named = only(name or UNKNOWN)
    if named is None:
        return []
    return [f"{head}.{named}" for shape in target or () if (head := _dotted(called.machine, shape))]


def _dotted(machine: Machine, shape: Shape) -> str:
    match shape:
        case External(path):
            return path
        case Namespace(key):
            return key.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        case ClassRef(definition):
            return definition.name
        case Instance(ref):
            of = machine.heap_class[ref]
            return of.definition.name if of is not None else ""
    return ""


def _patch(called: Called) -> Value | None:
    """A patch that is entered, started or put on a test."""
    if "wraps" in called.given.named:
        return None
    words: tuple[Value, ...] = tuple((text(one),) for one in _targets(called))
    return (External("mock.patch()", words),)


def _names(called: Called) -> list[str]:
    return [told for word in called.words if (told := only(word)) is not None]


def _begin(called: Called) -> Value:
    called.machine.mocked.extend(_names(called))
    return (External("mock.Mock()"),)


def _end(called: Called) -> Value:
    called.machine.unmock(_names(called))
    return UNKNOWN


def _now(called: Called) -> Value:
    """`monkeypatch.setattr`, `mocker.patch`: until the test ends."""
    machine = called.machine
    names = [] if "wraps" in called.given.named else _targets(called)
    machine.mocked.extend(names)
    machine.cleanups.append(lambda: machine.unmock(names))
    return (External("mock.Mock()"),)


PATTERNS: Final[tuple[tuple[re.Pattern[str], Handler], ...]] = (
    (re.compile(r"^(?:unittest\.)?mock\.patch(?:\.object)?$"), _patch),
    (re.compile(r"^mock\.patch\(\)\.(?:__enter__|start)$"), _begin),
    (re.compile(r"^mock\.patch\(\)\.(?:__exit__|stop)$"), _end),
    (re.compile(r"^fixture\.monkeypatch\.setattr$"), _now),
    (re.compile(r"^fixture\.(?:\w+_)?mocker\.patch(?:\.object)?$"), _now),
)
