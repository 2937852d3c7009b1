"""Python's test suites: one for each directory with tests, its conftest chain included."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Container, Iterator
from typing import Final

from lint.effects import AnyEffect, Compose, Removal, Start, Trace
from lint.linking import looping, members, pytest_marks, pytest_params
from lint.linking.arguments import Arguments, unknown_arguments
from lint.linking.machine import BUDGET, OF_A_TEST, Machine
from lint.linking.pytest_mocks import FixtureMocks
from lint.linking.roots import (
    Surroundings,
    call_entry,
    configured,
    finish,
    machine_for,
    root,
    spot,
    tier_of_suite,
    trace,
)
from lint.linking.symbols import Symbols
from lint.linking.values import (
    UNKNOWN,
    ClassRef,
    External,
    Func,
    Instance,
    Scope,
    Value,
)
from lint.model import Place
from lint.program import Expr
from lint.text import text

_TEST_FILE: Final = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_tests?|tests?)\.py$")
_SETUP_HOOKS: Final = (
    "pytest_configure", "pytest_sessionstart", "pytest_collection_modifyitems",
    "pytest_runtest_setup", "setup_module", "setUpModule",
)  # fmt: skip  # a list of names reads best as a paragraph
_LATE_HOOKS: Final = (
    "teardown_module",
    "tearDownModule",
    "pytest_sessionfinish",
    "pytest_unconfigure",
)
_BEFORE: Final = ("setUpClass", "setup_class", "asyncSetUp", "setUp", "setup_method", "setup")
_AFTER: Final = (
    "asyncTearDown",
    "tearDown",
    "teardown_method",
    "teardown",
    "teardown_class",
    "tearDownClass",
)
_COMPOSE_FIXTURES: Final = frozenset(
    {
        "docker_services",
        "docker_compose_file",
        "session_scoped_container_getter",
        "module_scoped_container_getter",
        "function_scoped_container_getter",
        "class_scoped_container_getter",
        "docker_setup",
    }
)
"""Fixtures of pytest-docker and pytest-docker-compose: whoever asks for one runs compose."""


def suites(
    symbols: Symbols, surroundings: Surroundings, named: Container[str] | None = None
) -> Iterator[tuple[Trace, Machine]]:
    """Run every suite of the repository; with `named`, of the files that are named there."""
    folders: dict[str, list[str]] = defaultdict(list)
    for path, facts in sorted(symbols.files.items()):
        ours = path in named if named is not None else is_collected(path)
        if ours and facts.language == "python" and facts.program:
            folders[posixpath.dirname(path)].append(path)
    for folder, paths in folders.items():
        machine = machine_for(symbols, surroundings)
        suite = _Suite(machine, folder, paths)
        suite.run()
        services = {one for path in paths for one in surroundings.attribution.get(path, ())}
        tier = configured(surroundings, paths[0]) or tier_of_suite(folder, (), machine.sink)
        yield (
            trace(
                machine,
                kind="suite",
                name=folder or ".",
                place=Place(paths[0], 1),
                language="python",
                tier=tier,
                services=services,
            ),
            machine,
        )


def is_collected(path: str) -> bool:
    """Whether pytest or unittest finds a file by its name."""
    return posixpath.basename(path) == "conftest.py" or bool(_TEST_FILE.search(path))


class _Suite:
    """One directory's tests."""

    def __init__(self, machine: Machine, folder: str, paths: list[str]) -> None:
        self.machine = machine
        self.paths = paths
        self.chain = [
            path
            for path in pytest_marks.conftests(folder)
            if path in machine.symbols.files and path not in paths
        ]
        self.fixtures: dict[str, Func] = {}
        self.finalizers: list[list[AnyEffect]] = []
        self.asked: set[str] = set()
        self.mocks = FixtureMocks(machine)
        self.last: Func | None = None
        """Who asked for a fixture last, and so may ask for more while it runs."""

    def run(self) -> None:
        machine = self.machine
        machine.fixture = lambda name: (
            self.request(name, self.last) if self.last is not None else UNKNOWN
        )
        scopes: list[tuple[str, Scope]] = []
        with machine.under(phase="setup"):
            for path in (*self.chain, *sorted(self.paths, key=lambda p: "conftest" not in p)):
                scope = machine.module(path)
                scopes.append((path, scope))
                if path in self.chain or posixpath.basename(path) == "conftest.py":
                    self._collect(scope)
            for hook in _SETUP_HOOKS:
                self._hook(scopes, hook)
            self._autouse(scopes)
        for path, scope in scopes:
            if path in self.paths and "conftest" not in posixpath.basename(path):
                self._module(scope, scopes)
        self._finalize()
        with machine.under(phase="teardown"):
            for hook in _LATE_HOOKS:
                self._hook(scopes, hook)

    def _autouse(self, scopes: list[tuple[str, Scope]]) -> None:
        for func in list(self.fixtures.values()):
            if pytest_marks.autouse(func) and self._wanted(func, scopes):
                self.request(pytest_marks.fixture_name(func), func)

    def _module(self, scope: Scope, scopes: list[tuple[str, Scope]]) -> None:
        """A test module; its own fixtures take the place of a conftest's, for it alone."""
        shared, values = dict(self.fixtures), dict(self.machine.fixtures)
        self._collect(scope)
        own = [name for name, func in self.fixtures.items() if shared.get(name) is not func]
        for name in own:
            self.machine.fixtures.pop(name, None)
        with self.machine.under(phase="setup"):
            self._autouse(scopes)
        self._tests(scope)
        self.fixtures = shared
        for name in own:
            self.machine.fixtures.pop(name, None)
            if name in values:
                self.machine.fixtures[name] = values[name]

    def _wanted(self, func: Func, scopes: list[tuple[str, Scope]]) -> bool:
        """Whether a test runs that an autouse fixture would serve; tests that were not parsed
        count for those of a conftest."""
        mine = [
            scope
            for path, scope in scopes
            if path in self.paths
            and posixpath.basename(path) != "conftest.py"
            and (path == func.path or posixpath.basename(func.path) == "conftest.py")
        ]
        return not mine or any(pytest_marks.has_tests(scope) for scope in mine)

    def _collect(self, scope: Scope) -> None:
        for value in list(scope.names.values()):
            for shape in value:
                if isinstance(shape, Func) and (name := pytest_marks.fixture_name(shape)):
                    self.fixtures[name] = shape
        for shape in scope.names.get("pytest_plugins", ()):
            from lint.linking.values import items_of, known

            listed = items_of((shape,)).items or ((shape,),)
            for value in listed:
                for name in known(value):
                    path = self.machine.symbols.python_import(name, 0, scope.path)
                    if path and path not in self.chain:
                        self.chain.append(path)
                        self._collect(self.machine.module(path))

    def _hook(self, scopes: list[tuple[str, Scope]], name: str) -> None:
        for _, scope in scopes:
            for shape in scope.names.get(name, ()):
                if isinstance(shape, Func) and (shape.path, shape.function.at.line) not in (
                    self.machine.visited
                ):
                    _, after = call_entry(self.machine, shape)
                    self.machine.sink.extend(after)

    def request(self, name: str, asker: Func) -> Value:
        """A fixture's value; its setup runs once, its teardown at the end of the suite."""
        machine = self.machine
        self.last = asker
        if name == "request":
            param = pytest_params.chosen(machine, asker)
            return (External("pytest.FixtureRequest()", (param,) if param else ()),)
        if name in machine.fixtures:
            return machine.fixtures[name]
        func = self.fixtures.get(name)
        if name in _COMPOSE_FIXTURES:
            self._pytest_docker(asker)
        if func is None and name == "stackwright_stack":
            self._stackwright(asker)
        if func is None:
            outside = (External(f"fixture.{name}"),)
            machine.fixtures[name] = outside
            return outside
        machine.fixtures[name] = UNKNOWN
        self._marks(func)
        given = self._given(func)
        mark = len(machine.cleanups)
        self.mocks.begin(func, self.fixtures)
        with machine.under(phase="setup"):
            value, after = call_entry(machine, func, given)
        self.mocks.learn(name, func)
        late: list[AnyEffect] = []
        with machine.into(late):
            finish(machine, mark)
        self.mocks.end()
        self.finalizers.append([*after, *late])
        machine.fixtures[name] = value
        return value

    def _given(self, func: Func, row: dict[str, Value] | None = None) -> Arguments:
        told = row or {}
        named = {
            parameter.name: (
                told[parameter.name]
                if parameter.name in told
                else self.request(parameter.name, func)
            )
            for parameter in func.function.params
            if not parameter.kind
            and parameter.name not in ("self", "cls")
            and parameter.default is None
        }
        return Arguments(named=named)

    def _pytest_docker(self, asker: Func) -> None:
        """pytest-docker brings a compose file up; told where the file is chosen, else asked for."""
        if "pytest-docker" in self.asked:
            return
        self.asked.add("pytest-docker")
        chooser = self.fixtures.get("docker_compose_file", asker)
        files: Value = ()
        if chooser is not asker or pytest_marks.fixture_name(asker) == "docker_compose_file":
            self.machine.fixtures["docker_compose_file"] = UNKNOWN
            files, _ = call_entry(self.machine, chooser, self._given(chooser))
        from lint.linking.values import items_of, texts

        told = [one for value in items_of(files).items for one in texts(value)] if files else []
        told = told or [one for one in texts(files) if one.known or not one.opaque]
        frame = root(chooser.path, chooser.scope)
        with self.machine.under(phase="setup"):
            effect = Compose(tool="pytest-docker", verb="up", files=tuple(told))
            self.machine.emit(effect, frame, chooser.function.at)
        late: list[AnyEffect] = []
        with self.machine.into(late), self.machine.under(phase="teardown"):
            self.machine.emit(Removal(what="compose"), frame, chooser.function.at)
        self.finalizers.append(late)

    def _stackwright(self, asker: Func) -> None:
        """The fixture of stackwright's own plugin: a stack behind its gates, removed afterwards."""
        frame = root(asker.path, asker.scope)
        with self.machine.under(phase="setup"):
            effect = Start(name=(text("stackwright stack"),), waits=True, api="stackwright")
            self.machine.emit(effect, frame, asker.function.at)
        late: list[AnyEffect] = []
        with self.machine.into(late), self.machine.under(phase="teardown"):
            self.machine.emit(Removal(what="all"), frame, asker.function.at)
        self.finalizers.append(late)

    def _marks(self, func: Func) -> None:
        """Fixtures that a function asks for by `usefixtures`."""
        for name in pytest_params.demanded(func.function.decorators):
            self.request(name, func)

    def _demand(self, names: list[str], asker: Func | None) -> None:
        """Fixtures that a module or class asks for, whatever its tests do."""
        for name in names:
            if asker is not None:
                self.request(name, asker)

    def _tests(self, scope: Scope) -> None:
        if pytest_marks.skipped_for_good(scope.names.get("pytestmark", ())):
            return
        if pytest_marks.has_tests(scope):
            names = pytest_params.marked(scope.names.get("pytestmark", ()))
            self._demand(names, next(iter(self.fixtures.values()), None))
            self.mocks.serving = names
        for name, value in list(scope.names.items()):
            for shape in value:
                if isinstance(shape, Func) and name.startswith("test") and shape.path == scope.path:
                    self._test(shape)
                elif isinstance(shape, ClassRef) and shape.path == scope.path:
                    self._class(shape)

    def _test(self, func: Func, around: tuple[Expr, ...] = ()) -> None:
        if pytest_marks.never_runs(func.function.decorators) or not self._matters(func):
            return
        self._marks(func)
        self.last = func
        decorators = (*around, *func.function.decorators)
        rows = pytest_params.rows(self.machine, decorators, func)
        runs = [self._given(func, row) for row in rows]  # fixtures know nothing of its patches
        mocked = pytest_params.patches(self.machine, decorators, func.path, func.scope)
        mocked += self.mocks.of_test(func, around, self.fixtures)
        self.machine.mocked.extend(mocked)
        for given in runs:
            self._call(func, given, "test")
        self.machine.unmock(mocked)

    def _call(self, func: Func, given: Arguments, phase: str) -> None:
        mark = len(self.machine.cleanups)
        steps = OF_A_TEST if phase == "test" else BUDGET
        cut = spot(func.path, func.function.at) if phase == "test" else None
        with self.machine.under(phase=phase), self.machine.briefly(steps, cut):
            _, after = call_entry(self.machine, func, given)
            self.machine.sink.extend(after)
        if phase == "test":
            finish(self.machine, mark)

    def _matters(self, func: Func) -> bool:
        relevance = self.machine.relevance
        return relevance.of(func.path, func.function.at.line) or any(
            name in _COMPOSE_FIXTURES
            or (
                (held := self.fixtures.get(name)) is not None
                and relevance.of(held.path, held.function.at.line)
            )
            for name in (parameter.name for parameter in func.function.params)
        )

    def _class(self, of: ClassRef) -> None:
        from lint.linking import calling

        definition = of.definition
        bases = [pytest_marks.dotted(base) for base in definition.bases]
        if not definition.name.startswith("Test") and not any("Test" in base for base in bases):
            return
        if pytest_marks.never_runs(definition.decorators):
            return
        instance = Instance(self.machine.new(of))
        scope = calling.class_scope(self.machine, of)

        def method(name: str) -> Func | None:
            found = members.of_class(self.machine, of, name, instance) or ()
            return next((one for one in found if isinstance(one, Func)), None)

        inherited = [name for name in _BEFORE if method(name)]
        serving = [*self.mocks.serving]
        for shape in [one for value in scope.names.values() for one in value]:
            if isinstance(shape, Func) and (name := pytest_marks.fixture_name(shape)):
                bound = method(shape.function.name)
                if bound is not None:
                    self.fixtures[name] = bound
                    if pytest_marks.autouse(shape):
                        self.request(name, bound)
                        self.mocks.serving.append(name)
        wanted = pytest_params.demanded(definition.decorators)
        wanted += pytest_params.marked(scope.names.get("pytestmark", ()))
        tests = (method(name) for name in sorted(scope.names) if name.startswith("test"))
        self._demand(wanted, next(tests, None))
        self.mocks.serving += wanted
        mark = len(self.machine.cleanups)
        for name in inherited:
            if found := method(name):
                self._call(found, unknown_arguments(0), "setup")
        for name in sorted(members.methods_of(self.machine, of)):
            if name.startswith("test") and (found := method(name)):
                self._test(found, definition.decorators)
        for name in _AFTER:
            if found := method(name):
                self._call(found, unknown_arguments(0), "teardown")
        finish(self.machine, mark)
        self.mocks.serving = serving

    def _finalize(self) -> None:
        while self.finalizers:
            self.machine.sink.extend(self.finalizers.pop())
        looping.postponed(self.machine)
        finish(self.machine)
