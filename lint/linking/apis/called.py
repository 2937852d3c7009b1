"""A call that leaves the repository."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lint.effects import AnyEffect, Word
from lint.linking import calling
from lint.linking.arguments import Arguments, unknown_arguments
from lint.linking.frame import Frame
from lint.linking.machine import Machine
from lint.linking.values import Func, Value, texts
from lint.model import Place
from lint.program import Span
from lint.text import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """The machine, what is called, with what, and where.

    `path` is dotted, as in `External`; `words` what was bound to it before; `made` where the
    object came from.
    """

    machine: Machine
    path: str
    words: tuple[Value, ...]
    given: Arguments
    at: Span
    frame: Frame
    made: Place | None = None

    @property
    def last(self) -> str:
        """The last name of the path."""
        return self.path.rpartition(".")[2]

    def texts(self, at: int, *names: str) -> Word:
        """An argument as texts, by position or name; empty where it is not given."""
        value = self.given.get(at, *names)
        return texts(value) if value is not None else ()

    def emit(self, effect: AnyEffect, *deciding: Text) -> None:
        """Write an effect down at this call."""
        self.machine.emit(effect, self.frame, self.at, deciding)

    def run(self, func: Func, given: Arguments | None = None) -> Value:
        """Call a function that was handed over."""
        return calling.call_function(
            self.machine, func, given or unknown_arguments(0), self.at, self.frame
        )

    def callbacks(self) -> Value | None:
        """Run all functions that were handed over; the last one's result."""
        result: Value | None = None
        for func in self.given.functions():
            result = self.run(func)
        return result


Handler = Callable[[Called], Value | None]
"""Does what the call does and says what it yields; None: unknown."""
