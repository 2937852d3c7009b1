"""What decorators and marks say of Python's tests and fixtures."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from lint.linking.values import (
    ClassRef,
    External,
    Func,
    Scope,
    Value,
)
from lint.program import Attr, Call, Expr, Flag, Lit, Name


def dotted(expr: Expr) -> str:
    """`pytest.mark.skipif` of a decorator, its call taken off."""
    match expr:
        case Call(func):
            return dotted(func)
        case Attr(of, name):
            head = dotted(of)
            return f"{head}.{name}" if head else name
        case Name(name):
            return name
    return ""


def never_runs(decorators: Iterable[Expr]) -> bool:
    """Whether a test or class is skipped for good (`@pytest.mark.skip`, `@unittest.skip`)."""
    return any(
        dotted(one) in ("pytest.mark.skip", "mark.skip", "unittest.skip", "skip")
        for one in decorators
    )


def fixture_name(func: Func) -> str:
    """The name under which a function is a fixture; empty: it is none."""
    for decorator in func.function.decorators:
        if dotted(decorator).rpartition(".")[2] in ("fixture", "yield_fixture"):
            if isinstance(decorator, Call):
                for arg in decorator.args:
                    if arg.name == "name" and isinstance(arg.value, Lit):
                        return arg.value.text
            return func.function.name
    return ""


def skipped_for_good(marks: Value) -> bool:
    """Whether a module's `pytestmark` skips it without a condition."""
    from lint.linking.values import items_of

    told = [*marks, *(shape for one in items_of(marks).items for shape in one)]
    return any(
        isinstance(shape, External) and shape.path in ("pytest.mark.skip", "pytest.mark.skip()")
        for shape in told
    )


def has_tests(scope: Scope) -> bool:
    """Whether a module has a test that is not skipped for good."""
    if skipped_for_good(scope.names.get("pytestmark", ())):
        return False
    for name, value in scope.names.items():
        for shape in value:
            match shape:
                case Func(function) if name.startswith("test"):
                    if not never_runs(function.decorators):
                        return True
                case ClassRef(definition) if shape.path == scope.path:
                    if not never_runs(definition.decorators):
                        return True
    return False


def autouse(func: Func) -> bool:
    """Whether a fixture serves every test without being asked for."""
    return any(
        isinstance(decorator, Call)
        and any(arg.name == "autouse" and arg.value == Flag(True) for arg in decorator.args)
        for decorator in func.function.decorators
    )


def conftests(folder: str) -> list[str]:
    """The conftest files that a folder's tests may have, from the root down."""
    found = []
    while True:
        found.append(posixpath.join(folder, "conftest.py"))
        if not folder:
            return found[::-1]
        folder = posixpath.dirname(folder)
