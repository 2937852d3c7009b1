"""One activation of a function, and where its literals were decided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from lint.effects import AnyEffect, Step
from lint.linking.values import (
    ClassRef,
    Scope,
    Value,
)
from lint.model import Place
from lint.program import (
    Function,
)

WHOLE_FILE: Final = 1 << 30
"""The last line of a span that is a file."""


@dataclass(slots=True, eq=False)
class Frame:
    """One activation of a function."""

    path: str
    scope: Scope
    chain: tuple[Step, ...] = ()
    defined: Place = field(default_factory=lambda: Place("", 0))
    root: Place = field(default_factory=lambda: Place("", 0))
    """The span of the entry's own function, which heads the chain."""
    function: Function | None = None
    receiver: Value | None = None
    owner: ClassRef | None = None
    """The class of the method that runs, for `super()`."""
    returns: list[Value] = field(default_factory=list)
    yields: list[Value] = field(default_factory=list)
    deferred: list[Callable[[], None]] = field(default_factory=list)
    standing: tuple[str, ...] | None = None
    """What was replaced by mocks when a generator yielded."""
    after: list[AnyEffect] = field(default_factory=list)
    """What a generator does after its yield."""
    fixed: Place | None = None
    """Code from inside a string stands where the string is executed."""
    literals: Place | None = None
    """And its words were written where the string was."""
    directory: str = ""
    """The working directory, relative to the root, as far as known (shell's `cd`)."""
    entry: bool = False
    """A test, hook or recipe itself: what it defers is teardown."""


def depth_of(literal: Place, frame: Frame) -> int:
    """How many calls deep the function is in which a literal stands; the innermost if nowhere."""
    innermost = len(frame.chain)
    for depth in range(innermost, -1, -1):
        span = frame.chain[depth - 1].defined if depth else frame.root
        if _holds(span, literal):
            whole_file = span.end_line == WHOLE_FILE
            nested = depth < innermost and not whole_file and _holds(span, frame.defined)
            return innermost if nested else depth
    return innermost


def _holds(outer: Place, place: Place) -> bool:
    if outer.path != place.path:
        return False
    start = (outer.line, outer.column) <= (place.line, place.column)
    if outer.end_line > place.line:
        return start
    return (
        start
        and outer.end_line == place.line
        and (not outer.end_column or place.column <= outer.end_column)
    )
