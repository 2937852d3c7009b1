"""start-without-wait: a container is started and nothing waits until it is ready."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint.effects import RunsTests, Start, Trace
from lint.model import Related, Severity
from lint.project import Project
from lint.rules.functions import Functions
from lint.rules.handed_over import HandedOver
from lint.rules.images import Built
from lint.rules.readiness import Ungated, ungated
from lint.rules.rule import Example, Hit, Rule
from lint.rules.scope import of_tests
from lint.rules.sightings import Merged, Sighting, also, hits, sighting


def check(project: Project) -> Iterator[Hit]:
    """Starts with neither a wait nor a pause after them; a pause is `fixed-sleep-wait`."""
    yield from hits(_sightings(project), _message)


def _message(one: Merged) -> str:
    return f"{one.value} is started by {one.who} without a readiness wait"


def _sightings(project: Project) -> Iterator[Sighting]:
    functions, built, others = Functions(project), Built(project), HandedOver(project)
    for trace in project.live:
        severity = of_tests(trace, Severity.ERROR)
        if severity is None:
            continue
        for one in ungated(trace, project, functions, built):
            if one.sleep is not None or not isinstance(one.start, Start):
                continue
            if not others.judged_elsewhere(trace, one):
                yield also(_sighting(trace, one, one.start, severity), *_next(one))


def _sighting(trace: Trace, one: Ungated, start: Start, severity: Severity) -> Sighting:
    return sighting(trace, start, shown(start, one.role.value), severity)


def shown(start: Start, kind: str) -> str:
    """A container as messages name it: its role, name or image."""
    for word in (start.name, start.image):
        if word and not word[0].opaque:
            told = f"`{word[0].shown}`"
            return told if kind.startswith("a") else f"{kind} ({told})"
    return kind


def _next(one: Ungated) -> Iterator[Related]:
    match one.before:
        case Start() as start:
            yield Related(place=start.at, why=f"{shown(start, 'a container')} is started next")
        case RunsTests() as tests:
            yield Related(place=tests.at, why="the tests are started next")


RULE: Final = Rule(
    name="start-without-wait",
    code="SW701",
    requirement="R7",
    severity=Severity.ERROR,
    summary="A container is started, and what depends on it begins without waiting for it.",
    why=(
        "`run -d` returns when the process exists, seconds before it listens. What comes next "
        "works on a fast machine and fails on a busy one."
    ),
    remedy=(
        "Wait for it before the next step, with a deadline: `pg_isready`, `redis-cli ping`, or "
        "HTTP 200 on its health endpoint, asked again until it answers."
    ),
    check=check,
    examples=(
        Example(
            title="Python: the application is started right after PostgreSQL",
            files={
                "tests/integration/conftest.py": """\
import subprocess
import time
import uuid

import pytest
import requests


def run(*args):
    subprocess.run(["podman", *args], check=True)


@pytest.fixture(scope="session", autouse=True)
def stack():
    image = f"localhost/datastorage:it-{uuid.uuid4().hex[:8]}"
    run("build", "-t", image, ".")
    run("run", "-d", "--name", "pg", "-p", "15433:5432", "postgres:16-alpine") ◄
    run("run", "-d", "--name", "ds", "-p", "18090:8080", image)
    for _ in range(30):
        try:
            if requests.get("http://localhost:18090/health", timeout=1).ok:
                break
        except requests.ConnectionError:
            time.sleep(1)
    yield
    run("rm", "-f", "ds", "pg")
    run("rmi", image)
""",
                "tests/integration/test_it.py": """\
def test_it(stack):
    assert True
""",
            },
        ),
        Example(
            title="Go: nothing waits at all",
            files={
                "test/integration/cache/suite_test.go": """\
package cache

import (
	"os/exec"
	"testing"
)

func TestMain(m *testing.M) {
	start := exec.Command("podman", "run", "-d", "--name", "cache_redis", "redis:7-alpine") ◄
	if err := start.Run(); err != nil {
		panic(err)
	}
	m.Run()
	_ = exec.Command("podman", "rm", "-f", "cache_redis").Run()
}

func TestHits(t *testing.T) {}
""",
            },
        ),
        Example(
            title="Fine: two datastores, then a wait for each",
            files={
                "Makefile": """\
test-integration:
	podman run -d --name pg postgres:16-alpine
	podman run -d --name cache redis:7-alpine
	until podman exec pg pg_isready; do sleep 1; done
	until podman exec cache redis-cli ping; do sleep 1; done
	go test ./test/integration/... ; podman rm -f pg cache
""",
            },
        ),
    ),
)
