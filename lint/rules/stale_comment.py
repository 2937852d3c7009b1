"""stale-comment: a comment says that compose or a script does what the code now does itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from lint.effects import AnyEffect, Start, Trace
from lint.facts import Mention
from lint.mechanisms import Named, handles_containers, named, uses
from lint.model import Place, Severity, Tier
from lint.project import Project
from lint.rules.rule import Example, Hit, Rule
from lint.stance import endorsed, rejected, sentences


def check(project: Project) -> Iterator[Hit]:
    """A hit for each comment or docstring, in a file through which a suite starts containers, that
    tells of compose or of a script while nothing that reaches the file runs one."""
    told = {
        path: found
        for path, facts in sorted(project.files.items())
        if facts.program is not None and (found := tuple(_told(project, facts.mentions)))
    }
    if not told:
        return
    through = _through(project.live, frozenset(told))
    for path, found in told.items():
        traces = through.get(path, ())
        if not any(_starts_through(trace, path) for trace in traces):
            continue
        near = (*traces, *_neighbours(project, traces))
        for mention, offset, name in found:
            if not uses(near, name.rule):
                yield _hit(path, mention, offset, name)


def _told(project: Project, mentions: tuple[Mention, ...]) -> Iterator[tuple[Mention, int, Named]]:
    """The first mechanism that each comment says is in use, with its offset."""
    for mention in mentions:
        if mention.kind in ("comment", "docstring"):
            found = next(_in_use(project, mention.text), None)
            if found:
                yield mention, *found


def _in_use(project: Project, text: str) -> Iterator[tuple[int, Named]]:
    for start, sentence in sentences(text):
        for found in named(sentence):
            if (
                endorsed(sentence, found.start, found.end)
                and not rejected(sentence, found.start, found.end)
                and (not found.file or handles_containers(project, found.file))
            ):
                yield start + found.start, found


def _through(traces: tuple[Trace, ...], paths: frozenset[str]) -> Mapping[str, list[Trace]]:
    """The traces whose effects pass through each file."""
    through: dict[str, list[Trace]] = defaultdict(list)
    for trace in traces:
        passed: set[str] = {trace.entry.place.path}
        for effect in trace.effects:
            passed.update(_passed(effect))
        for path in passed & paths:
            through[path].append(trace)
    return through


def _passed(effect: AnyEffect) -> Iterator[str]:
    yield effect.at.path
    yield effect.decided.path
    for step in effect.chain:
        yield step.place.path
        yield step.defined.path


def _starts_through(trace: Trace, path: str) -> bool:
    return trace.entry.kind == "suite" and any(
        isinstance(effect, Start) and path in _passed(effect) for effect in trace.effects
    )


def _neighbours(project: Project, traces: tuple[Trace, ...] | list[Trace]) -> Iterator[Trace]:
    """Other live traces of the same services: the recipe that brings the stack up beforehand."""
    services = {name for trace in traces for name in trace.entry.services}
    for trace in project.live:
        own = trace.entry.services
        if trace.entry.tier in (Tier.E2E, Tier.OTHER) and not services.intersection(own):
            continue
        if trace.entry.tier is not Tier.E2E and (not own or services.intersection(own)):
            yield trace


def _hit(path: str, mention: Mention, offset: int, found: Named) -> Hit:
    last = mention.at.end_line or mention.at.line
    line = min(mention.at.line + mention.text.count("\n", 0, offset), max(last, mention.at.line))
    text = " ".join(mention.text[offset:].partition("\n")[0].split())
    return Hit(
        place=Place(path, line, 1, line),
        message=f"the {mention.kind} says that {found.shown} is used, but nothing here runs it",
        reachable=True,
        key=f"{found.shown} {text[:80]}",
    )


RULE: Final = Rule(
    name="stale-comment",
    code="SW552",
    requirement="S5",
    severity=Severity.WARNING,
    summary="A comment says that compose or a script sets up what the code sets up itself.",
    why=(
        "The next reader looks for a compose file that is gone, or brings one back. Only code "
        "through which a suite starts containers is judged, and only where no program of the same "
        "service runs compose or such a script."
    ),
    remedy="Say what the code does now.",
    check=check,
    examples=(
        Example(
            title="Python: the docstring was not migrated",
            files={
                "services/gateway/tests/integration/conftest.py": '''\
"""Fixtures of the gateway.

Infrastructure is started with podman-compose before the session. ◄
"""

import subprocess
import time

import pytest


@pytest.fixture(scope="session", autouse=True)
def stack():
    subprocess.run(["podman", "run", "-d", "--name", "gw_pg", "postgres:16-alpine"], check=True)
    while subprocess.run(["podman", "exec", "gw_pg", "pg_isready"], check=False).returncode:
        time.sleep(1)
    yield
    subprocess.run(["podman", "rm", "-f", "gw_pg"], check=True)
''',
                "services/gateway/tests/integration/test_gateway.py": """\
def test_answers(stack):
    assert True
""",
            },
        ),
        Example(
            title="Fine: a comment that says why compose is gone",
            files={
                "services/gateway/tests/integration/conftest.py": '''\
"""Containers are started one after another instead of with podman-compose."""

import subprocess

import pytest


@pytest.fixture(scope="session", autouse=True)
def stack():
    # podman-compose ignored health conditions, so each start is followed by its own wait.
    subprocess.run(["podman", "run", "-d", "--name", "gw_pg", "postgres:16-alpine"], check=True)
    yield
    subprocess.run(["podman", "rm", "-f", "gw_pg"], check=True)
''',
                "services/gateway/tests/integration/test_gateway.py": """\
def test_answers(stack):
    assert True
""",
            },
        ),
        Example(
            title="Fine: the comment is true",
            files={
                "services/gateway/tests/integration/conftest.py": '''\
"""Infrastructure is started with podman-compose."""

import subprocess

import pytest


@pytest.fixture(scope="session", autouse=True)
def stack():
    subprocess.run(["podman-compose", "up", "-d"], check=True)
    yield
    subprocess.run(["podman-compose", "down"], check=True)
''',
                "services/gateway/tests/integration/test_gateway.py": """\
def test_answers(stack):
    assert True
""",
            },
        ),
    ),
)
