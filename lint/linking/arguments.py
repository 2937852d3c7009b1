"""What a call hands over, its spreads opened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from lint.linking import evaluating
from lint.linking.frame import Frame
from lint.linking.machine import Machine
from lint.linking.values import UNKNOWN, Fields, Func, Value, items_of
from lint.program import Arg


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """Evaluated arguments. `rest`: more, unknown ones may follow."""

    positional: tuple[Value, ...] = ()
    named: dict[str, Value] = field(default_factory=dict)
    rest: bool = False
    open: bool = False
    """Names that are not known may be given as well (`**options`)."""

    def get(self, at: int, *names: str) -> Value | None:
        """By position, else by any of the names; None where it is not given."""
        if 0 <= at < len(self.positional):
            return self.positional[at]
        return next((self.named[name] for name in names if name in self.named), None)

    def functions(self) -> list[Func]:
        """The functions among the arguments: callbacks."""
        return [
            shape
            for value in (*self.positional, *self.named.values())
            for shape in value
            if isinstance(shape, Func)
        ]


def arguments(machine: Machine, args: Iterable[Arg], frame: Frame) -> Arguments:
    """Evaluate in order, open spreads."""
    positional: list[Value] = []
    named: dict[str, Value] = {}
    rest = unnamed = False
    for arg in args:
        value = evaluating.evaluate(machine, arg.value, frame)
        if arg.spread == 1:
            opened = items_of(value)
            positional.extend(opened.items)
            rest = rest or opened.rest
        elif arg.spread == 2:
            for shape in value:
                if isinstance(shape, Fields):
                    named.update(shape.entries)
                unnamed = unnamed or not isinstance(shape, Fields) or shape.rest
        elif arg.name:
            named[arg.name] = value
        else:
            positional.append(value)
    return Arguments(positional=tuple(positional), named=named, rest=rest, open=unnamed)


def unknown_arguments(count: int) -> Arguments:
    """As many arguments of which nothing is known."""
    return Arguments(positional=(UNKNOWN,) * count, rest=True)
