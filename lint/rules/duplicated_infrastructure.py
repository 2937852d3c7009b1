"""duplicated-infrastructure: a service has its own copy of what a helper for all should do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lint.effects import Probe, Start, Trace, Wait
from lint.model import Place, Related, Severity
from lint.project import Project
from lint.rules.functions import Functions, Located
from lint.rules.images import Built, Role, role
from lint.rules.rule import Example, Hit, Rule
from lint.rules.scope import of_tests, staged
from lint.rules.sightings import Merged, Sighting, hits
from lint.rules.structure import Shape, likeness, shape

_ALIKE: Final = 0.8
_LANGUAGES: Final = frozenset(("python", "go"))
_SHARED: Final = (Role.POSTGRES, Role.REDIS)


def check(project: Project) -> Iterator[Hit]:
    """Functions of several services with one structure, and databases started past a helper that
    other services share."""
    reached = _reached(project)
    copies = list(_copies(project, reached))
    yield from hits(copies, _copied, prefix="copy")
    told = {(one.place.path, one.place.line) for one in copies}
    past = [one for one in _past(reached) if (one.place.path, one.place.line) not in told]
    yield from hits(past, _own, prefix="own")


def _copied(one: Merged) -> str:
    return f"{one.value}; it serves {one.who}"


def _own(one: Merged) -> str:
    return f"{one.value} for {one.who}"


@dataclass(slots=True)
class _Reached:
    """A function that starts containers or waits for them, and what gets there."""

    located: Located
    traces: list[tuple[Trace, Severity]] = field(default_factory=list)
    starts: dict[Place, set[Role]] = field(default_factory=dict)

    @property
    def services(self) -> set[str]:
        return {name for trace, _ in self.traces for name in trace.entry.services}


def _reached(project: Project) -> list[_Reached]:
    functions, built = Functions(project), Built(project)
    found: dict[Place, _Reached] = {}
    for trace in project.live:
        severity = of_tests(trace, Severity.ERROR)
        if severity is None or trace.entry.kind != "suite":
            continue
        seen: set[Place] = set()
        for effect in staged(trace):
            if not isinstance(effect, Start | Wait | Probe):
                continue
            for at in (effect.at, *(step.place for step in effect.chain)):
                if (located := _helper(project, functions, at)) and located.place not in seen:
                    seen.add(located.place)
                    one = found.setdefault(located.place, _Reached(located))
                    one.traces.append((trace, severity))
            decider = _helper(project, functions, effect.decided)
            if isinstance(effect, Start) and decider and decider.place in found:
                starts = found[decider.place].starts
                starts.setdefault(effect.decided, set()).add(role(effect, built))
    return [found[key] for key in sorted(found)]


def _helper(project: Project, functions: Functions, at: Place) -> Located | None:
    """The innermost function with a name around a place; tests are no helpers."""
    facts = project.files.get(at.path)
    if facts is None or facts.language not in _LANGUAGES:
        return None
    around = [one for one in functions.around(at) if not one.group]
    named = [one for one in around if one.function.name and one.function.name != "<lambda>"]
    chosen = named[-1] if named else around[0] if around else None
    if chosen is None or chosen.function.name.lower().startswith("test_"):
        return None
    return chosen


def _copies(project: Project, reached: list[_Reached]) -> Iterator[Sighting]:
    shapes: list[tuple[_Reached, str, Shape]] = []
    for one in reached:
        owners = project.attribution.get(one.located.path, ()) or tuple(sorted(one.services))
        if len(owners) == 1 and (pieces := shape(one.located.function)):
            shapes.append((one, owners[0], pieces))
    for one, owner, pieces in shapes:
        alike = [
            (likeness(pieces, others), other)
            for other, whose, others in shapes
            if whose != owner and other.located.path != one.located.path
        ]
        alike = [pair for pair in alike if pair[0] >= _ALIKE]
        if not alike:
            continue
        best, other = max(alike, key=lambda pair: pair[0])
        name = one.located.function.name or "this set-up"
        told = (
            f"`{name}` is a copy of `{other.located.function.name or 'the set-up'}` in "
            f"{other.located.path} ({best:.0%} alike)"
        )
        related = tuple(
            Related(place=like.located.place, why=f"{share:.0%} alike") for share, like in alike
        )
        yield from _sightings(one, one.located.place, told, related)


def _past(reached: list[_Reached]) -> Iterator[Sighting]:
    """Starts of a database in a service's own code, where others share a function that does it."""
    for kind in _SHARED:
        shared = [
            one
            for one in reached
            if len(one.services) > 1 and len(one.starts) == 1 and kind in _roles(one)
        ]
        for one in reached:
            if len(one.services) != 1 or kind not in _roles(one):
                continue
            theirs = [
                other
                for other in shared
                if other.services - one.services and _suffix(other) == _suffix(one)
            ]
            if not theirs:
                continue
            helper = theirs[0].located
            told = f"{kind.value} is started here instead of by `{helper.function.name}`"
            related = (Related(place=helper.place, why="the helper that other services share"),)
            at = next(place for place, kinds in sorted(one.starts.items()) if kind in kinds)
            yield from _sightings(one, at, told, related)


def _suffix(one: _Reached) -> str:
    """A service cannot call helpers of another language."""
    return one.located.path.rpartition(".")[2]


def _roles(one: _Reached) -> set[Role]:
    return {kind for kinds in one.starts.values() for kind in kinds}


def _sightings(
    one: _Reached, at: Place, told: str, related: tuple[Related, ...]
) -> Iterator[Sighting]:
    for trace, severity in one.traces:
        yield Sighting(place=at, value=told, entry=trace.entry, severity=severity, related=related)


_COPY: Final = """\
import subprocess
import time

import pytest


def run(*args):
    return subprocess.run(["podman", *args], check=False)


def {name}():{mark}
    run("rm", "-f", "{service}_pg")
    run("run", "-d", "--name", "{service}_pg", "-p", "{port}:5432", "postgres:16-alpine")
    for _ in range(30):
        result = run("exec", "{service}_pg", "pg_isready", "-U", "slm_user")
        if result.returncode == 0:
            return
        time.sleep(1)
    raise TimeoutError("{service}_pg is not ready")


@pytest.fixture(scope="session", autouse=True)
def stack():
    {name}()
    yield
    run("rm", "-f", "{service}_pg")
"""
_TEST: Final = "def test_it(stack):\n    assert True\n"

RULE: Final = Rule(
    name="duplicated-infrastructure",
    code="SW951",
    requirement="R9",
    severity=Severity.ERROR,
    summary="Code that starts or awaits containers is copied between services.",
    why=(
        "A copy keeps its bugs: a wait that is mended in one service stays broken in the others. "
        "The aim is less than five per cent duplication across the tier's set-up code."
    ),
    remedy="Call the shared start, wait, migrate and clean-up helpers, and delete the copy.",
    check=check,
    examples=(
        Example(
            title="The same function under two names in two services",
            files={
                "services/gateway/tests/integration/conftest.py": _COPY.format(
                    name="start_postgres", service="gateway", port=15437, mark=" ◄"
                ),
                "services/gateway/tests/integration/test_it.py": _TEST,
                "services/notification/tests/integration/conftest.py": _COPY.format(
                    name="boot_database", service="notification", port=15439, mark=" ◄"
                ),
                "services/notification/tests/integration/test_it.py": _TEST,
            },
        ),
        Example(
            title="Fine: one copy",
            files={
                "services/gateway/tests/integration/conftest.py": _COPY.format(
                    name="start_postgres", service="gateway", port=15437, mark=""
                ),
                "services/gateway/tests/integration/test_it.py": _TEST,
            },
        ),
    ),
)
