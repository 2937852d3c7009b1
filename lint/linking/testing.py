"""Choices and comparisons."""

from __future__ import annotations

import re
from typing import Final

from lint.linking import evaluating
from lint.linking.frame import Frame
from lint.linking.machine import Machine
from lint.linking.values import (
    UNKNOWN,
    Bool,
    ClassRef,
    External,
    Fields,
    Func,
    Instance,
    Items,
    Namespace,
    Value,
    Void,
    glued,
    join,
    only,
    truth,
)
from lint.program import (
    Choice,
    Test,
)
from lint.text import Text, text


def choice(machine: Machine, expr: Choice, frame: Frame) -> Value:
    """A conditional expression, or the first of several that holds."""
    if expr.test is not None:
        decided = truth(evaluating.evaluate(machine, expr.test, frame))
        if decided is not None and len(expr.options) == 2:
            return evaluating.evaluate(machine, expr.options[0 if decided else 1], frame)
        return join(*(evaluating.evaluate(machine, option, frame) for option in expr.options))
    kept: list[Value] = []
    for option in expr.options:
        value = evaluating.evaluate(machine, option, frame)
        decided = truth(value)
        if decided is False and option is not expr.options[-1]:
            continue
        kept.append(value)
        if decided is True:
            break
    return join(*kept)


def test(machine: Machine, expr: Test, frame: Frame) -> Value:
    """A comparison or connection of tests; decided where the operands are certain."""
    values = [evaluating.evaluate(machine, part, frame) for part in expr.parts]
    match expr.op:
        case "not" | "!" if values:
            decided = truth(values[0])
            return (Bool(not decided),) if decided is not None else UNKNOWN
        case "[" | "[[" if len(values) == 1:
            return values[0]
        case "/" if len(values) == 2:
            return _below(values[0], values[1])
        case "|" if len(values) == 2 and all(
            isinstance(shape, Fields) for value in values for shape in value
        ):
            return _merged(values[0], values[1])
        case "*" if len(values) == 2:
            return _duration(values[0], values[1]) or _duration(values[1], values[0]) or UNKNOWN
        case "-z" | "-n" if len(values) == 1:
            empty = _equal(values[0], (Text(),))
            return (Bool(empty is (expr.op == "-z")),) if empty is not None else UNKNOWN
        case "and" | "&&" if values:
            decisions = [truth(value) for value in values]
            if False in decisions:
                return (Bool(False),)
            return values[-1] if None not in decisions[:-1] else UNKNOWN
        case "or" | "||" if values:
            if any(truth(value) is True for value in values):
                return (Bool(True),)
            return UNKNOWN
        case "==" | "is" | "!=" | "is not" | "=" | "-eq" | "-ne" if len(values) == 2:
            equal = _equal(values[0], values[1])
            if equal is None:
                return UNKNOWN
            return (Bool(equal is (expr.op in ("==", "is", "=", "-eq"))),)
    return UNKNOWN


UNITS: Final = {"time.Second": "s", "time.Millisecond": "ms", "time.Minute": "m"}
"""Go's durations."""


def _duration(count: Value, unit: Value) -> Value | None:
    """Go's `5 * time.Second` as `5s`."""
    told = only(count)
    for shape in unit:
        if isinstance(shape, External) and shape.path in UNITS and told is not None:
            return (text(f"{told}{UNITS[shape.path]}"),)
    return None


def _below(left: Value, right: Value) -> Value:
    """`Path("/usr/bin") / "podman"`; a division of numbers is unknown."""
    pieces = [told for told in (only(left), only(right)) if told is not None]
    if any(re.fullmatch(r"[\d.]+", told) for told in pieces):
        return UNKNOWN
    if not any(isinstance(shape, Text) and not shape.opaque for shape in (*left, *right)):
        return UNKNOWN
    return glued((left, (text("/"),), right))


def _merged(left: Value, right: Value) -> Value:
    """Dictionaries side by side, the later one's entries first in rank."""
    entries: dict[str, Value] = {}
    rest = False
    for shape in (*left[:1], *right[:1]):
        if isinstance(shape, Fields):
            entries.update(shape.entries)
            rest = rest or shape.rest
    return (Fields(tuple(entries.items()), rest=rest),)


def _equal(left: Value, right: Value) -> bool | None:
    if len(left) != 1 or len(right) != 1:
        return None
    one, other = left[0], right[0]
    if isinstance(one, Void) or isinstance(other, Void):
        if isinstance(one, Void) and isinstance(other, Void):
            return True
        held = other if isinstance(one, Void) else one
        sure = isinstance(held, Instance | Func | ClassRef | Namespace | Items | Fields)
        return False if sure or (isinstance(held, Text) and held.known is not None) else None
    if isinstance(one, Text) and isinstance(other, Text):
        if one.known is not None and other.known is not None:
            return one.known == other.known
        head, tail = (
            (one.start, other.start)
            if len(one.start) < len(other.start)
            else (other.start, one.start)
        )
        whole = one.known if one.known is not None else other.known
        if whole is not None and len(tail) > len(whole) and head == whole:
            return False
        return None if tail.startswith(head) else False
    if isinstance(one, Bool) and isinstance(other, Bool):
        return one == other
    return None
