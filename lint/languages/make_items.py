"""The parts of a makefile, before anything in them is read as a value or as shell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lint.program import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeText:
    """A stretch of a makefile as written, and where its first character stands.

    It holds line ends where the file has them; they are preceded by a backslash, except in the
    value of a `define`.
    """

    text: str
    line: int
    column: int

    @property
    def at(self) -> Span:
        """The place of all of it."""
        lines = self.text.split("\n")
        end = len(lines[-1]) + (self.column if len(lines) == 1 else 1)
        return Span(self.line, self.column, self.line + len(lines) - 1, end)


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeAssignment:
    """`name operator value`, for one target where `targets` is given; `define` is `=`."""

    name: str
    operator: str
    value: MakeText
    targets: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeRule:
    """Targets, what they need, and the recipe: lines, and conditionals over lines."""

    targets: MakeText
    needs: str
    recipe: list[MakeItem] = field(default_factory=list)
    double: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeConditional:
    """`ifeq`, `ifdef` and their opposites, with both branches."""

    test: MakeText
    then: list[MakeItem] = field(default_factory=list)
    other: list[MakeItem] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeInclude:
    """`include`, `-include`, `sinclude`."""

    files: MakeText


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeRecipeLine:
    """One logical line of a recipe, without the sign that begins it."""

    text: MakeText


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeCall:
    """A line that is only references: `$(info …)`, `$(eval $(call …))`."""

    text: MakeText


MakeItem = MakeAssignment | MakeRule | MakeConditional | MakeInclude | MakeRecipeLine | MakeCall


def flat(items: Iterable[MakeItem]) -> Iterator[MakeItem]:
    """All items in order, those inside conditionals too, but not those of recipes."""
    waiting = [iter(items)]
    while waiting:
        item = next(waiting[-1], None)
        if item is None:
            waiting.pop()
        elif isinstance(item, MakeConditional):
            waiting.append(iter([*item.then, *item.other]))
        else:
            yield item
