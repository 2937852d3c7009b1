"""Values that pytest hands to tests and fixtures by parametrization, and marks that ask for one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lint.linking import calling, evaluating
from lint.linking.machine import Machine
from lint.linking.pytest_marks import dotted
from lint.linking.roots import root
from lint.linking.values import UNKNOWN, External, Func, Scope, Value, items_of, join, known
from lint.program import Call, Expr, Listing, Lit

_MOST_ROWS: Final = 8
"""Rows of several values that are run one by one; those of one value are alternatives."""


def rows(machine: Machine, decorators: Iterable[Expr], func: Func) -> list[dict[str, Value]]:
    """The arguments of each run of a test; one empty row where it is not parametrized."""
    made: list[dict[str, Value]] = [{}]
    scope = calling.class_scope(machine, func.owner) if func.owner else func.scope
    for decorator in decorators:
        if not (isinstance(decorator, Call) and dotted(decorator).endswith("mark.parametrize")):
            continue
        named = {arg.name: arg.value for arg in decorator.args if arg.name}
        given = [arg.value for arg in decorator.args if not arg.name]
        words = _names(given[0] if given else named.get("argnames"))
        listed = given[1] if len(given) > 1 else named.get("argvalues")
        if not words or listed is None or "indirect" in named:
            continue
        told = items_of(evaluating.evaluate(machine, listed, root(func.path, scope))).items
        if not told:
            continue
        if len(words) == 1:
            turns = [{words[0]: join(*told)}]
        else:
            columns = [items_of(one).items for one in told[:_MOST_ROWS]]
            turns = [dict(zip(words, row, strict=False)) for row in columns]
        made = [{**row, **turn} for row in made for turn in turns][:_MOST_ROWS]
    return made


def _names(told: Expr | None) -> list[str]:
    match told:
        case Lit(text):
            return [word.strip() for word in text.split(",") if word.strip()]
        case Listing(items):
            return [item.value.text for item in items if isinstance(item.value, Lit)]
    return []


def chosen(machine: Machine, func: Func) -> Value | None:
    """What `request.param` may be in a fixture with `params`."""
    for decorator in func.function.decorators:
        for arg in decorator.args if isinstance(decorator, Call) else ():
            if arg.name == "params":
                told = evaluating.evaluate(machine, arg.value, root(func.path, func.scope))
                return join(*items_of(told).items) or UNKNOWN
    return None


def patches(machine: Machine, decorators: Iterable[Expr], path: str, scope: Scope) -> list[str]:
    """The dotted names that `@mock.patch(…)` replaces for a test."""
    found: list[str] = []
    for decorator in decorators:
        if isinstance(decorator, Call) and "patch" in dotted(decorator):
            made = evaluating.evaluate(machine, decorator, root(path, scope))
            for shape in made:
                if isinstance(shape, External) and shape.path == "mock.patch()":
                    found.extend(name for word in shape.words for name in known(word))
    return found


def demanded(decorators: Iterable[Expr]) -> list[str]:
    """The fixtures that `usefixtures` among the decorators asks for."""
    return [
        arg.value.text
        for decorator in decorators
        if isinstance(decorator, Call) and dotted(decorator).endswith("mark.usefixtures")
        for arg in decorator.args
        if isinstance(arg.value, Lit)
    ]


def marked(marks: Value) -> list[str]:
    """The fixtures that a `pytestmark` asks for."""
    told = [*marks, *(shape for one in items_of(marks).items for shape in one)]
    return [
        name
        for shape in told
        if isinstance(shape, External) and shape.path == "pytest.mark.usefixtures()"
        for word in shape.words
        for name in known(word)
    ]
