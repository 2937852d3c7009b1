"""Recipes, jobs and scripts as entry points; and functions that nothing reaches."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from lint.effects import Command, Probe, RunsFile, RunsTests, Sleep, Trace, Wait
from lint.linking import by_hand, members, processes, targets
from lint.linking.arguments import Arguments
from lint.linking.argv import Line
from lint.linking.machine import Machine
from lint.linking.pytest_marks import dotted
from lint.linking.roots import (
    E2E,
    Surroundings,
    call_entry,
    configured,
    finish,
    machine_for,
    root,
    spot,
    tier_of_recipe,
    tier_of_suite,
    trace,
)
from lint.linking.symbols import RECIPES, Defined, Symbols, functions
from lint.linking.values import ClassRef, External, Func, Instance, Scope
from lint.linking.workflows import Way, Workflows
from lint.model import Place, Tier
from lint.program import Do, Function, Module, Span

_TERRITORY: Final = re.compile(
    r"(?:^|/)(?:tests?|testing|testutils?|testinfra|e2e|integration|it|itests?)(?:/|_)"
    r"|(?:^|/)[^/]*tests?\.(?:py|go|sh)$|(?:^|/)(?:test_|conftest)|[-_](?:integration|e2e)",
    re.IGNORECASE,
)
"""Where dead code is a test's dead code; elsewhere a function nobody calls here is a library's."""


_AT_ROOT: Final = frozenset({"makefile", "yaml", "jenkinsfile"})
"""Languages whose recipes run where they are called, not where their file stands."""
_MOST_STEPS: Final = 3_000
"""Of a function that nothing reaches: what it does itself is enough to know."""


def territory(path: str) -> bool:
    """Whether a file belongs to tests."""
    return bool(_TERRITORY.search(path))


def recipes(symbols: Symbols, surroundings: Surroundings) -> Iterator[tuple[Trace, Machine]]:
    """Run every Make target, task, session, workflow job and local hook."""
    workflows = Workflows(symbols, lambda: machine_for(symbols, surroundings))
    for path, facts in sorted(symbols.files.items()):
        if facts.program is None or "action:composite" in facts.program.labels:
            continue
        for function in _of(path, facts.language, facts.program):
            seen: list[Trace] = []
            for way in workflows.ways(path, function):
                above = workflows.including if "workflow:gitlab" in facts.program.labels else ()
                made = _recipe(symbols, surroundings, path, way, above)
                if made and not any(_alike(made[0], one) for one in seen):
                    seen.append(made[0])
                    yield made


def _alike(one: Trace, other: Trace) -> bool:
    """Whether two ways of a job do the same for the same services."""
    if one.entry != other.entry:
        return False
    kept = [
        [effect for effect in each.effects if not isinstance(effect, Command)]
        for each in (one, other)
    ]
    return kept[0] == kept[1]


def _recipe(
    symbols: Symbols, surroundings: Surroundings, path: str, way: Way, above: tuple[str, ...]
) -> tuple[Trace, Machine] | None:
    """Run one recipe or job in one way; None where it does nothing that matters.

    `above` are the files that may set variables for it.
    """
    facts = symbols.files[path]
    labels = facts.program.labels if facts.program else ()
    kind = "job" if any(one.startswith("workflow:") for one in labels) else "recipe"
    function = way.function
    machine = machine_for(symbols, surroundings)
    for one in above:
        machine.module(one)
    scope = machine.module(path)
    scope.names.update(way.inputs)
    machine.sink.clear()
    func = _held(scope, function)
    if func is None:
        return None
    func = replace(func, function=function)
    if facts.language == "python":
        given = Arguments(positional=(_context(function),))
        _, after = call_entry(machine, func, given)
        machine.sink.extend(after)
    elif kind == "job":
        call_entry(machine, func, caller=way.caller)
    else:
        inside = "" if facts.language in _AT_ROOT else posixpath.dirname(path)
        targets.recipe(machine, func, root(path, scope), function.at, inside)
    finish(machine)
    effects = machine.sink
    if not effects:
        return None
    services: set[str] = set()
    for told in (function.name, *way.callers, *way.says):
        services |= surroundings.named(told)
    for effect in effects:
        if isinstance(effect, RunsTests):
            for one in effect.paths:
                services |= surroundings.services_under(one)
    services |= set(surroundings.attribution.get(path, ()))
    label = " ".join((function.name, *way.callers))
    if kind == "job" and any(E2E.search(one) for one in (path, *way.files)):
        label = f"e2e {label}"
    made = trace(
        machine,
        kind=kind,
        name=function.name,
        place=spot(path, function.at),
        language=facts.language,
        tier=configured(surroundings, path) or tier_of_recipe(label, effects),
        services=services,
    )
    return made, machine


def _held(scope: Scope, function: Function) -> Func | None:
    held = scope.names.get(function.name, ())
    return next((one for one in held if isinstance(one, Func)), None)


def _of(path: str, language: str, module: Module) -> Iterator[Function]:
    if language in RECIPES:
        for one in functions(module.body):
            if "template" not in one.function.labels:
                yield one.function
        return
    if language != "python" or (path.rpartition("/")[2] not in _MENUS and "tasks" not in path):
        return
    for one in functions(module.body):
        words = {dotted(each).rpartition(".")[2] for each in one.function.decorators}
        if words & {"task", "session"} and not one.owner:
            yield one.function


_MENUS: Final = ("noxfile.py", "tasks.py", "dodo.py", "fabfile.py")


def _context(function: Function) -> tuple[External]:
    words = {dotted(each).rpartition(".")[2] for each in function.decorators}
    return (External("nox.Session()" if "session" in words else "invoke.Context()"),)


def scripts(symbols: Symbols, surroundings: Surroundings) -> Iterator[tuple[Trace, Machine]]:
    """Run every shell script, every Python file with a main part, every Go program of tests."""
    for path, facts in sorted(symbols.files.items()):
        if facts.program is None:
            continue
        shell = facts.language == "shell"
        if not shell and not (territory(path) or "script" in path):
            continue
        program = facts.program
        if facts.language == "python" and not _has_main(program):
            continue
        if facts.language not in ("shell", "python", "go"):
            continue
        machine = machine_for(symbols, surroundings)
        machine.main = path
        if facts.language == "go":
            main = next(
                (one for one in functions(facts.program.body) if one.function.name == "main"), None
            )
            if main is None or facts.program.package != "main":
                continue
            call_entry(machine, machine.go_function(Defined(path, main.function)))
        else:
            frame = root(path, Scope(path=path))
            processes.run_file(machine, path, Line(words=(), complete=False), frame, Span(1))
            machine.sink[:1] = []
        finish(machine)
        if not any(not isinstance(one, RunsFile) for one in machine.sink):
            continue
        name = path.rpartition("/")[2]
        tier = configured(surroundings, path) or (
            tier_of_suite(path, (), machine.sink)
            if territory(path)
            else tier_of_recipe(name, machine.sink)
        )
        made = trace(
            machine,
            kind="script",
            name=path,
            place=Place(path, 1),
            language=facts.language,
            tier=tier,
            services=surroundings.attribution.get(path, ()),
        )
        started = by_hand.by_hand(path, facts.language, program, machine.sink)
        yield replace(made, entry=replace(made.entry, by_hand=started)), machine


def _has_main(module: Module) -> bool:
    return by_hand.has_guard(module) or any(isinstance(one, Do) for one in module.body)


def unreached(
    symbols: Symbols,
    surroundings: Surroundings,
    visited: set[tuple[str, int]],
    cut: set[tuple[str, int]],
) -> Iterator[Trace]:
    """Run functions of tests that no entry reached, and keep those that do something.

    Each function as its path and line. What only a test may call that was `cut` short is not told:
    it may well be reached.
    """
    relevance = surroundings.relevance
    known = visited | relevance.called_from(cut)
    for path, facts in sorted(symbols.files.items()):
        if facts.program is None or facts.language not in ("python", "go", "shell"):
            continue
        if not territory(path):
            continue
        machine: Machine | None = None
        for one in functions(facts.program.body):
            line = one.function.at.line
            if (path, line) in known or not relevance.speaks(path, line):
                continue
            machine = machine or machine_for(symbols, surroundings)
            machine.steps = 0
            func = _function(machine, path, one)
            if func is None:
                continue
            machine.sink.clear()
            with machine.briefly(_MOST_STEPS):
                call_entry(machine, func)
            kept = [
                effect
                for effect in machine.sink
                if not isinstance(effect, Command | Probe | Wait | Sleep | RunsTests)
            ]
            if kept:
                yield trace(
                    machine,
                    kind="unreached",
                    name=func.qualified or one.function.name,
                    place=spot(path, one.function.at),
                    language=facts.language,
                    tier=Tier.NONE,
                    services=surroundings.attribution.get(path, ()),
                )


def _function(machine: Machine, path: str, one: Defined) -> Func | None:

    if path in machine.symbols.package_of:
        if not one.function.owner:
            return machine.go_function(Defined(path, one.function))
        of = machine.package(machine.symbols.package_of[path]).names.get(one.function.owner, ())
    else:
        scope = machine.module(path)
        if not one.owner:
            return _held(scope, one.function)
        of = scope.names.get(one.owner, ())
    for shape in of:
        if isinstance(shape, ClassRef):
            instance = Instance(machine.new(shape))
            found = members.of_class(machine, shape, one.function.name, instance) or ()
            return next((each for each in found if isinstance(each, Func)), None)
    return None
