"""Go's test suites: one for each directory with `_test.go` files."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Callable, Iterator

from lint.effects import Trace
from lint.linking import evaluating
from lint.linking.frame import Frame
from lint.linking.machine import BUDGET, OF_A_TEST, Machine
from lint.linking.relevance import line_of
from lint.linking.roots import (
    Surroundings,
    call_entry,
    configured,
    finish,
    is_test_function,
    machine_for,
    spot,
    tier_of_suite,
    trace,
)
from lint.linking.symbols import Symbols
from lint.model import Place
from lint.program import Assign, Define, Function, Name


def suites(symbols: Symbols, surroundings: Surroundings) -> Iterator[tuple[Trace, Machine]]:
    """Run every suite of the repository."""
    folders: dict[str, list[str]] = defaultdict(list)
    for path in sorted(symbols.package_of):
        if path.endswith("_test.go"):
            folders[posixpath.dirname(path)].append(path)
    for folder, paths in folders.items():
        machine = machine_for(symbols, surroundings)
        _register(machine, paths)
        _run(machine, paths)
        services = {one for path in paths for one in surroundings.attribution.get(path, ())}
        labels = [label for path in paths for label in _labels(symbols, path)]
        tier = configured(surroundings, paths[0]) or tier_of_suite(folder, labels, machine.sink)
        first = next((path for path in paths if "suite" in path), paths[0])
        yield (
            trace(
                machine,
                kind="suite",
                name=folder or ".",
                place=Place(first, 1),
                language="go",
                tier=tier,
                services=services,
            ),
            machine,
        )


def _labels(symbols: Symbols, path: str) -> tuple[str, ...]:
    program = symbols.files[path].program
    return program.labels if program else ()


def _functions(machine: Machine, paths: list[str]) -> Iterator[tuple[str, Function]]:
    for path in paths:
        program = machine.symbols.files[path].program
        for statement in program.body if program else ():
            if isinstance(statement, Define):
                yield path, statement.function


def _register(machine: Machine, paths: list[str]) -> None:
    """Evaluate `var _ = Describe(…)` and `init()`: hooks and tests are registered."""
    for path in paths:
        program = machine.symbols.files[path].program
        frame = Frame(path=path, scope=machine.file_scope(path))
        for statement in program.body if program else ():
            if (
                isinstance(statement, Assign)
                and statement.target == Name("_")
                and machine.relevance.of(path, line_of(statement.value))
            ):
                with machine.under(phase="setup"):
                    evaluating.evaluate(machine, statement.value, frame)
    for path, function in _functions(machine, paths):
        if function.name == "init" and not function.owner:
            _call(machine, path, function, "setup")


def _call(machine: Machine, path: str, function: Function, phase: str) -> None:
    from lint.linking.symbols import Defined

    mark = len(machine.cleanups)
    steps = OF_A_TEST if phase == "test" else BUDGET
    cut = spot(path, function.at) if phase == "test" else None
    with machine.under(phase=phase), machine.briefly(steps, cut):
        _, after = call_entry(machine, machine.go_function(Defined(path, function)))
        machine.sink.extend(after)
    if phase == "test":
        finish(machine, mark)


def _run(machine: Machine, paths: list[str]) -> None:
    functions = list(_functions(machine, paths))
    main = next((one for one in functions if one[1].name == "TestMain"), None)

    def tests() -> None:
        hooks = machine.hooks
        with machine.under(phase="setup"):
            _each(hooks.setup)
        for path, function in functions:
            if is_test_function(function) and machine.relevance.of(path, function.at.line):
                _call(machine, path, function, "test")
        with machine.under(phase="setup"):
            _each(hooks.each)
        with machine.under(phase="test"):
            _each(hooks.tests)
        with machine.under(phase="teardown"):
            _each(hooks.teardown)
        machine.over = True

    if main is None:
        tests()
    else:
        ran: list[bool] = []

        def once() -> None:
            if not ran:
                ran.append(True)
                tests()

        machine.tests_now = once
        _call(machine, main[0], main[1], "setup")
        once()
    machine.over = False
    finish(machine)


def _each(hooks: list[Callable[[], None]]) -> None:
    for hook in list(hooks):
        hook()
