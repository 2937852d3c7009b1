"""Marks that skip tests before they run: `pytest.mark.skipif(…)`, `unittest.skipUnless(…)`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from lint.model import Place
from lint.program import Arg, Assign, Attr, Call, Expr, Lit, Module, Name
from lint.project import Project, place
from lint.rules.functions import called, nodes
from lint.rules.territory import base, in_tests

_MARKS: Final = frozenset(("skipif", "skipIf", "skipUnless"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipMark:
    """A mark, where it stands; `names` are all that its condition calls or reads, also through a
    variable of the same file."""

    place: Place
    names: tuple[str, ...]
    reason: str


def skip_marks(project: Project) -> Iterator[SkipMark]:
    """The conditional marks of the Python files of tests."""
    for path, facts in sorted(project.files.items()):
        if facts.language != "python" or facts.program is None or not _of_tests(path):
            continue
        assigned: dict[str, Expr] | None = None
        for node in nodes(facts.program):
            if not isinstance(node, Call) or called(node) not in _MARKS or not node.args:
                continue
            if assigned is None:
                assigned = _assigned(facts.program)
            condition = next((one.value for one in node.args if one.name == "condition"), None)
            names = dict.fromkeys(_names(condition or node.args[0].value, assigned, depth=3))
            yield SkipMark(
                place=place(path, node.at), names=tuple(names), reason=_reason(node.args)
            )


def _of_tests(path: str) -> bool:
    return in_tests(path) or base(path).startswith(("test_", "conftest")) or "_test." in path


def _assigned(module: Module) -> dict[str, Expr]:
    return {
        statement.target.id: statement.value
        for statement in module.body
        if isinstance(statement, Assign) and isinstance(statement.target, Name)
    }


def _names(condition: Expr, assigned: Mapping[str, Expr], *, depth: int) -> Iterator[str]:
    for node in nodes(condition):
        match node:
            case Name(name):
                yield name
                if depth and name in assigned:
                    yield from _names(assigned[name], assigned, depth=depth - 1)
            case Attr(_, name):
                yield name
            case Lit(text=text) if text.isidentifier():
                yield text


def _reason(args: tuple[Arg, ...]) -> str:
    for arg in (*(one for one in args if one.name == "reason"), *args[1:]):
        if isinstance(arg.value, Lit):
            return arg.value.text
    return ""
