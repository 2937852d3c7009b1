"""Calls of a method whose receiver is not known: by the method's name, where it is telling."""

from __future__ import annotations

import posixpath
from typing import Final

from lint.linking import calling, members
from lint.linking.arguments import Arguments, unknown_arguments
from lint.linking.frame import Frame
from lint.linking.machine import Machine
from lint.linking.symbols import Defined
from lint.linking.values import UNKNOWN, ClassRef, Func, Instance, Value, join
from lint.program import Span

_COMMON: Final = {
    "get", "set", "run", "start", "stop", "close", "open", "init", "main", "setup", "up", "down",
    "read", "write", "String", "Error", "Close", "Run", "Start", "Stop", "Get", "Set", "New",
}  # fmt: skip  # a list of words reads best as a paragraph
"""Names too common to tell by themselves which function is meant."""


def candidates(machine: Machine, name: str, frame: Frame) -> list[Func]:
    """Methods of that name, where the name is telling and few have it."""
    if name in _COMMON or len(name) < 5:
        return []
    found = [one for one in machine.symbols.by_name.get(name, ()) if one.owner]
    found = _standing_in(found, frame)
    if not 0 < len(found) <= 3:
        return []
    made: list[Func] = []
    for one in found:
        if one.path in machine.symbols.package_of:
            key = machine.symbols.package_of[one.path]
            of = machine.package(key).names.get(one.owner, ())
        else:
            of = machine.module(one.path).names.get(one.owner, ())
        for shape in of:
            if isinstance(shape, ClassRef):
                instance = Instance(machine.new(shape))
                bound = members.of_class(machine, shape, name, instance)
                made.extend(each for each in bound or () if isinstance(each, Func))
    return made


def _standing_in(found: list[Defined], frame: Frame) -> list[Defined]:
    """Where a package's tests define a method of that name themselves, it is the one they hand
    over; in other packages nobody sees it."""
    tests = [one for one in found if one.path.endswith("_test.go")]
    if not tests:
        return found
    entered = frame.chain[0].defined.path if frame.chain else frame.path
    here = posixpath.dirname(entered)
    own = [one for one in tests if posixpath.dirname(one.path) == here]
    return own or [one for one in found if one not in tests]


def call(machine: Machine, name: str, given: Arguments, at: Span, frame: Frame) -> Value:
    """The receiver is not known: all methods of that name, where they are few."""
    found = candidates(machine, name, frame)
    results = [calling.call_function(machine, one, given, at, frame) for one in found]
    if not results:
        for callback in given.functions():
            calling.call_function(machine, callback, unknown_arguments(0), at, frame)
    return join(*results) if results else UNKNOWN
