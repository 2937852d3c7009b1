"""Running entry points: the frames at the bottom of every chain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from lint.effects import AnyEffect, Cluster, Entry, RunsTests, Trace
from lint.linking import calling
from lint.linking.arguments import Arguments, unknown_arguments
from lint.linking.frame import Frame
from lint.linking.machine import Commons, Machine
from lint.linking.relevance import Relevance
from lint.linking.symbols import Symbols
from lint.linking.values import Func, Scope, Value
from lint.model import Place, Tier
from lint.program import Function, Span

E2E: Final = re.compile(r"(?:^|[^a-z])(?:e2e|end[-_]?to[-_]?end)(?:[^a-z]|$)", re.IGNORECASE)
INTEGRATION: Final = re.compile(
    r"integration|(?:^|[^a-z])(?:itest|it|int[-_]?test|functional|acceptance|component)(?:[^a-z]|$)",
    re.IGNORECASE,
)
TESTS: Final = re.compile(r"(?:^|[^a-z])tests?(?:[^a-z]|$)|(?:^|[^a-z])(?:ci|check)(?:[^a-z]|$)")

_DEPLOYS: Final = re.compile(
    r"^\W*(?:deploy|publish|release)|(?:deploy\w*|release) to ", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What entries are judged with: owners of files and tiers that the configuration sets."""

    attribution: Mapping[str, tuple[str, ...]]
    tiers: Mapping[str, Tier]
    relevance: Relevance
    commons: Commons

    def services_under(self, path: str) -> set[str]:
        """The services that own files below a path; empty path: none, it says nothing."""
        if not path:
            return set()
        head = path.rstrip("/") + "/"
        return {
            service
            for each, services in self.attribution.items()
            if each == path or each.startswith(head)
            for service in services
        }

    def named(self, name: str) -> set[str]:
        """The services whose name stands in a target's or job's name."""
        spelled = _plain(name)
        known = {service for services in self.attribution.values() for service in services}
        return {service for service in known if len(service) > 2 and _plain(service) in spelled}


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def spot(path: str, at: Span) -> Place:
    """A span of a file."""
    return Place(path, at.line, at.column, at.end_line or at.line, at.end_column)


def root(path: str, scope: Scope) -> Frame:
    """A frame that holds nothing of its own: what is called from it is an entry's function."""
    return Frame(path=path, scope=scope)


def call_entry(
    machine: Machine,
    func: Func,
    given: Arguments | None = None,
    caller: tuple[Place, Span] | None = None,
) -> tuple[Value, list[AnyEffect]]:
    """Call an entry's function; its result, and what a generator does later.

    `caller` is what has it called, and where in it, when that is not the function itself.
    """
    frame = root(func.path, func.scope)
    at = func.function.at
    if caller:
        frame.root, at = caller
        frame.path = frame.root.path
    arguments = given or unknown_arguments(0)
    called, after = calling.call_split(machine, func, arguments, at, frame)
    machine.standing = called.standing
    from lint.linking.values import VOID, join

    if func.function.generator:
        return (called.yields[0] if called.yields else VOID), after
    return (join(*called.returns) if called.returns else VOID), after


def finish(machine: Machine, mark: int = 0) -> None:
    """Run the clean-ups registered since a mark, last first."""
    with machine.under(phase="teardown"):
        while len(machine.cleanups) > mark:
            machine.cleanups.pop()()


def tier_of_suite(path: str, labels: Iterable[str], effects: Iterable[AnyEffect]) -> Tier:
    """A suite's tier: by its folder or build tag; a suite that makes a cluster is E2E."""
    words = " ".join((path, *labels))
    if E2E.search(words):
        return Tier.E2E
    if INTEGRATION.search(words):
        return Tier.INTEGRATION
    if any(isinstance(effect, Cluster) and effect.tool != "helm" for effect in effects):
        return Tier.E2E
    return Tier.INTEGRATION


def tier_of_recipe(name: str, effects: Iterable[AnyEffect]) -> Tier:
    """A recipe's or job's tier: by the suites it runs, else by its name."""
    runs = [effect for effect in effects if isinstance(effect, RunsTests)]
    paths = [path for effect in runs for path in effect.paths]
    paths.extend(effect.runner for effect in runs if E2E.search(effect.runner))
    if E2E.search(name) or (paths and all(E2E.search(path) for path in paths)):
        return Tier.E2E
    if INTEGRATION.search(name) or runs:
        return Tier.INTEGRATION
    if TESTS.search(name) and not _DEPLOYS.search(name):
        return Tier.INTEGRATION
    return Tier.OTHER


def trace(
    machine: Machine,
    *,
    kind: str,
    name: str,
    place: Place,
    language: str,
    tier: Tier,
    services: Iterable[str],
) -> Trace:
    """What the machine wrote down, as a trace."""
    return Trace(
        entry=Entry(
            kind=kind,
            name=name,
            place=place,
            language=language,
            tier=tier,
            services=tuple(sorted(set(services))),
        ),
        effects=tuple(machine.sink),
        unresolved=(*machine.unresolved, *machine.cut),
        cut=tuple(machine.cut),
    )


def configured(surroundings: Surroundings, path: str) -> Tier | None:
    """The tier that the configuration gives to a path, None where it says nothing."""
    return surroundings.tiers.get(path)


def machine_for(symbols: Symbols, surroundings: Surroundings) -> Machine:
    """A machine for one entry."""
    return Machine(symbols, surroundings.relevance, surroundings.commons)


def is_test_function(function: Function) -> bool:
    """Go's `func TestX(t *testing.T)`."""
    return (
        function.name.startswith(("Test", "Benchmark", "Fuzz", "Example"))
        and not function.owner
        and function.name != "TestMain"
    )
