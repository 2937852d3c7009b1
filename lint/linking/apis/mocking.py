"""What a test replaces by a mock does nothing: `mock.patch`, `mocker.patch`, `monkeypatch`."""

from __future__ import annotations

import re
from typing import Final

from lint.linking.apis.called import Called, Handler
from lint.linking.frame import Frame
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
from lint.program import Expr, Name
from lint.text import text

_BUILT_ON: Final = {
    "subprocess.check_output": ("subprocess.run", "subprocess.Popen"),
    **dict.fromkeys(
        ("subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.getoutput"),
        ("subprocess.Popen",),
    ),
}
"""Functions that call others, which may be what a test replaces."""


def replaced(machine: Machine, shape: Shape, func: Expr | None, frame: Frame) -> bool:
    """Whether a mock stands where this is called: by its own name, by the name that the calling
    module has for it (`func`), or for the whole module that it is from."""
    if isinstance(func, Name):
        told = f"{frame.path.removesuffix('.py').replace('/', '.')}.{func.id}"
        if any(told == one or told.endswith(f".{one}") for one in machine.mocked):
            return True
    match shape:
        case External(path):
            if any(_names_it(one, path) for one in machine.mocked):
                return True
            return any(
                _names_it(one, other) for other in _BUILT_ON.get(path, ()) for one in machine.mocked
            )
        case Func(function, path):
            dotted = path.removesuffix(".py").replace("/", ".")
            ends = {f"{dotted}.{function.name}", f"{dotted}.{shape.qualified}"}
            return any(
                end == one or end.endswith(f".{one}") for end in ends for one in machine.mocked
            )
    return False


def _names_it(mocked: str, path: str) -> bool:
    """Whether a replaced name ends in the path, or in the module or object that it is from."""
    if mocked == path or mocked.endswith(f".{path}"):
        return True
    words = re.split(r"[.(]", path)
    ends = (path[: len(".".join(words[:count]))] for count in range(1, len(words)))
    return any(mocked.endswith(f".{one}") for one in ends)


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


def _several(called: Called) -> list[str]:
    """`patch.multiple(target, name=…, …)`."""
    target = called.given.get(0, "target") or UNKNOWN
    told = only(target)
    heads = [told] if told else [_dotted(called.machine, shape) for shape in target]
    return [f"{head}.{name}" for head in heads if head for name in called.given.named]


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
    if called.last == "multiple":
        return (External("mock.patch()", tuple((text(one),) for one in _several(called))),)
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
    names = _several(called) if called.last == "multiple" else _targets(called)
    if "wraps" in called.given.named:
        return (External("mock.Mock()"),)
    machine.mocked.extend(names)
    machine.cleanups.append(lambda: machine.unmock(names))
    return (External("mock.Mock()"),)


PATTERNS: Final[tuple[tuple[re.Pattern[str], Handler], ...]] = (
    (re.compile(r"^(?:unittest\.)?mock\.patch(?:\.(?:object|multiple))?$"), _patch),
    (re.compile(r"^mock\.patch\(\)\.(?:__enter__|start)$"), _begin),
    (re.compile(r"^mock\.patch\(\)\.(?:__exit__|stop)$"), _end),
    (re.compile(r"^fixture\.monkeypatch\.setattr$"), _now),
    (re.compile(r"^fixture\.(?:\w+_)?mocker\.patch(?:\.(?:object|multiple))?$"), _now),
)
