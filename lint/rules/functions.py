"""The functions of a file, and which hook, fixture, test or recipe an effect hangs from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

import msgspec

from lint.effects import Effect, Trace
from lint.model import Place
from lint.program import Attr, Call, Closure, Define, Function, Name, Span
from lint.project import Project

_GROUPS: Final = frozenset(
    ("Describe", "FDescribe", "PDescribe", "Context", "FContext", "When", "FWhen", "DescribeTable")
)
"""Ginkgo's containers: they hold hooks and tests, and are none themselves."""

_PLAIN: Final = frozenset((str, int, bool, float, type(None), Span))
"""What is no node, or holds none."""

Root = tuple[str, int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A function, in a file. `group`: only holds hooks and tests (Ginkgo's `Describe`)."""

    path: str
    function: Function
    group: bool = False

    @property
    def place(self) -> Place:
        """Its span."""
        at = self.function.at
        return Place(self.path, at.line, at.column, at.end_line or at.line, at.end_column)

    def holds(self, place: Place) -> bool:
        """Whether a place of the same file lies inside."""
        at = self.function.at
        start = (at.line, at.column) <= (place.line, place.column)
        end_line = at.end_line or at.line
        end = (end_line, at.end_column or 1 << 30)
        return start and (place.line, place.column) <= end


class Functions:
    """The functions of a project's files, found when first asked for."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._files: dict[str, tuple[Located, ...]] = {}

    def of(self, path: str) -> tuple[Located, ...]:
        """All functions of a file, outer ones before the inner."""
        if (found := self._files.get(path)) is None:
            facts = self._project.files.get(path)
            program = facts.program if facts else None
            found = tuple(_functions(path, program)) if program else ()
            found = tuple(sorted(found, key=lambda one: (one.place.line, one.place.column)))
            self._files[path] = found
        return found

    def around(self, place: Place) -> tuple[Located, ...]:
        """The functions that hold a place, outermost first."""
        return tuple(one for one in self.of(place.path) if one.holds(place))

    def root(self, trace: Trace, effect: Effect) -> Root:
        """What the effect hangs from: effects of one root happen one after another.

        Recipes, jobs and scripts are one sequence; of a suite each hook, fixture and test is one,
        and so is the top level of a file.
        """
        if trace.entry.kind != "suite":
            return (trace.entry.place.path, trace.entry.place.line, 0)
        first = effect.chain[0].place if effect.chain else effect.at
        for one in self.around(first):
            if not one.group:
                return (one.path, one.function.at.line, one.function.at.column)
        return (first.path, 0, 0)


def nodes(root: object) -> Iterator[msgspec.Struct]:
    """Every node below (and with) a node of a program but spans, in no promised order.

    It walks whole files, so it looks at classes instead of asking what things are instances of.
    """
    fields = msgspec.structs.astuple
    stack = [root]
    while stack:
        node = stack.pop()
        kind = node.__class__
        if kind is tuple:
            stack.extend(cast("tuple[object, ...]", node))
        elif kind not in _PLAIN:
            found = cast("msgspec.Struct", node)
            yield found
            stack.extend(fields(found))


def called(call: Call) -> str:
    """The last name of what is called: `Describe` of `ginkgo.Describe(…)`."""
    match call.func:
        case Name(name) | Attr(_, name):
            return name
    return ""


def _functions(path: str, program: msgspec.Struct) -> Iterator[Located]:
    groups: set[int] = set()
    for node in nodes(program):
        match node:
            case Call() if called(node) in _GROUPS:
                for arg in node.args:
                    if isinstance(arg.value, Closure):
                        groups.add(id(arg.value.function))
            case Define(function) | Closure(function):
                yield Located(path=path, function=function, group=id(function) in groups)
