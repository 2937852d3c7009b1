"""fixed-sleep-wait: a pause of fixed length stands where a readiness wait should."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint.effects import Sleep, Start, Trace
from lint.model import Related, Severity
from lint.project import Project
from lint.rules.functions import Functions
from lint.rules.handed_over import HandedOver
from lint.rules.images import Built
from lint.rules.readiness import Ungated, ungated
from lint.rules.rule import Example, Hit, Rule
from lint.rules.scope import of_tests
from lint.rules.sightings import Merged, Sighting, also, hits, sighting
from lint.rules.start_without_wait import shown


def check(project: Project) -> Iterator[Hit]:
    """Pauses after a start that no readiness wait follows."""
    yield from hits(_sightings(project), _message)


def _message(one: Merged) -> str:
    return f"{one.value} is no readiness wait; {one.who} goes on whether or not it is ready"


def _sightings(project: Project) -> Iterator[Sighting]:
    functions, built = Functions(project), Built(project)
    others = HandedOver(project)
    for trace in project.live:
        severity = of_tests(trace, Severity.ERROR)
        if severity is None and not others.pauses:
            continue
        for one in ungated(trace, project, functions, built):
            if one.sleep is not None and severity is not None:
                yield _sighting(trace, one, one.sleep, severity)
            for pause in others.pauses_for(trace, one):
                weight = of_tests(pause.trace, Severity.ERROR) or Severity.WARNING
                yield _sighting(pause.trace, one, pause.sleep, weight)


def _sighting(trace: Trace, one: Ungated, sleep: Sleep, severity: Severity) -> Sighting:
    if isinstance(one.start, Start):
        what = shown(one.start, one.role.value)
    else:
        what = f"`{one.start.tool} {one.start.verb}`".replace(" `", "`")
    found = sighting(trace, sleep, _pause(sleep), severity)
    return also(found, Related(place=one.start.at, why=f"{what} is started here"))


def _pause(sleep: Sleep) -> str:
    if sleep.seconds is None:
        return "a fixed pause"
    return f"a pause of {sleep.seconds:g} s"


RULE: Final = Rule(
    name="fixed-sleep-wait",
    code="SW702",
    requirement="R7",
    severity=Severity.ERROR,
    summary="A fixed pause is used instead of a readiness wait.",
    why=(
        "The pause is too short on a busy machine and too long on every other one, and it passes "
        "when the container is already dead."
    ),
    remedy=(
        "Ask the container until it answers, with a deadline: `pg_isready`, `redis-cli ping`, or "
        "HTTP 200 on its health endpoint."
    ),
    check=check,
    examples=(
        Example(
            title="Python: sleep after a start",
            files={
                "tests/integration/conftest.py": """\
import subprocess
import time

import pytest


@pytest.fixture(scope="session", autouse=True)
def postgres():
    subprocess.run(["podman", "run", "-d", "--name", "pg", "postgres:16-alpine"], check=True)
    time.sleep(10) ◄
    yield
    subprocess.run(["podman", "rm", "-f", "pg"], check=True)
""",
                "tests/integration/test_it.py": """\
def test_it(postgres):
    assert True
""",
            },
        ),
        Example(
            title="Recipe: sleep after compose",
            files={
                "Makefile": """\
test-integration:
	docker compose -f test/stack.yml up -d
	sleep 15 ◄
	go test ./test/integration/...
	docker compose -f test/stack.yml down
""",
            },
        ),
        Example(
            title="Go: sleep before the tests",
            files={
                "test/integration/cache/suite_test.go": """\
package cache

import (
	"os/exec"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	_ = exec.Command("podman", "run", "-d", "--name", "cache_redis", "redis:7-alpine").Run()
	time.Sleep(5 * time.Second) ◄
	m.Run()
	_ = exec.Command("podman", "rm", "-f", "cache_redis").Run()
}

func TestHits(t *testing.T) {}
""",
            },
        ),
        Example(
            title="Fine: the pause between two looks, and one in a test",
            files={
                "tests/integration/conftest.py": """\
import subprocess
import time

import pytest


@pytest.fixture(scope="session", autouse=True)
def postgres():
    subprocess.run(["podman", "run", "-d", "--name", "pg", "postgres:16-alpine"], check=True)
    while subprocess.run(["podman", "exec", "pg", "pg_isready"], check=False).returncode:
        time.sleep(1)
    yield
    subprocess.run(["podman", "rm", "-f", "pg"], check=True)
""",
                "tests/integration/test_it.py": """\
import time


def test_expires(postgres):
    time.sleep(2)
    assert True
""",
            },
        ),
    ),
)
