"""What fixtures replace by mocks: it is replaced for the tests that they serve, too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lint.linking import pytest_marks, pytest_params
from lint.linking.machine import Machine
from lint.linking.values import Func
from lint.program import Call, Expr

_PROCESSES: Final = (
    "subprocess.Popen",
    "asyncio.create_subprocess_exec",
    "asyncio.create_subprocess_shell",
)
_PLUGINS: Final = dict.fromkeys(("fp", "fake_process", "fake_subprocess"), _PROCESSES)
"""Fixtures of plugins by whose presence no process is started."""


class FixtureMocks:
    """The mocks of one suite's fixtures. Those of a fixture that is being set up are put down by
    `begin`, `learn` and `end`, in this order."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._of: dict[str, tuple[str, ...]] = dict(_PLUGINS)
        self._before: list[int] = []
        self.serving: list[str] = []
        """Fixtures that the module or class at hand asks for as a whole."""

    def begin(self, func: Func, fixtures: dict[str, Func]) -> None:
        """A fixture is set up while those stand that it asks for, and those that serve all."""
        machine = self._machine
        self._before.append(len(machine.mocked))
        names = [*_asked(func)]
        if not _lasting(func.function.decorators) and not pytest_marks.autouse(func):
            names += self._always(fixtures)
        machine.mocked.extend(self._all(names))
        machine.standing = None

    def learn(self, name: str, func: Func) -> None:
        """It was set up: what stands now goes on to stand while tests use it."""
        machine = self._machine
        standing = machine.mocked if machine.standing is None else machine.standing
        made = (*self._all(_asked(func)), *standing[self._before[-1] :])
        self._of[name] = tuple(dict.fromkeys(made))
        machine.standing = None

    def end(self) -> None:
        """Back to what was replaced before."""
        del self._machine.mocked[self._before.pop() :]

    def of_test(self, func: Func, around: Iterable[Expr], fixtures: dict[str, Func]) -> list[str]:
        """What is replaced while a test runs."""
        asked = (*_asked(func), *pytest_params.demanded(around))
        return self._all((*asked, *self._always(fixtures)))

    def _always(self, fixtures: dict[str, Func]) -> list[str]:
        found = [
            name
            for name, one in fixtures.items()
            if one.owner is None and pytest_marks.autouse(one)
        ]
        return [*found, *self.serving]

    def _all(self, names: Iterable[str]) -> list[str]:
        return [one for name in dict.fromkeys(names) for one in self._of.get(name, ())]


def _asked(func: Func) -> tuple[str, ...]:
    function = func.function
    parameters = (one.name for one in function.params if not one.kind and one.default is None)
    return (*parameters, *pytest_params.demanded(function.decorators))


def _lasting(decorators: Iterable[Expr]) -> bool:
    """Whether a fixture outlives one test, so that no test's own mocks stand when it is set up."""
    return any(
        arg.name == "scope"
        for decorator in decorators
        for arg in (decorator.args if isinstance(decorator, Call) else ())
    )
