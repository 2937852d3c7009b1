"""missing-cleanup: a suite leaves its containers or its network behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint.effects import AnyEffect, Network, Removal, RunsTests, Start, Trace
from lint.model import Related, Severity
from lint.project import Project
from lint.rules.cleanup import Left, can_match, left_behind, made
from lint.rules.rule import Example, Hit, Rule
from lint.rules.scope import of_tests
from lint.rules.sightings import Merged, Sighting, also, hits, nearest_owned, sighting
from lint.rules.start_without_wait import shown


def check(project: Project) -> Iterator[Hit]:
    """The first thing that a suite, or a recipe or script that runs tests, makes and never
    removes."""
    yield from hits(_sightings(project), _message)


def _message(one: Merged) -> str:
    return f"{one.value} after {one.who}"


def _sightings(project: Project) -> Iterator[Sighting]:
    for trace in project.live:
        severity = of_tests(trace, Severity.ERROR)
        if severity is None or not _judged(trace):
            continue
        left = [one for one in left_behind(trace) if not _misaimed(trace, one)]
        if trace.entry.kind != "suite":
            left = _before_tests(trace, left)
        for group in (
            [one for one in left if isinstance(one.effect, Start)],
            [one for one in left if isinstance(one.effect, Network)],
        ):
            if group:
                first = group[0].effect
                at = nearest_owned(project, trace, first)
                found = sighting(trace, first, _told(group[0]), severity, at=at)
                yield also(found, *_others(group))


def _judged(trace: Trace) -> bool:
    """Jobs end with their machine; where a call could not be followed it may clean up. A script
    that others run is theirs."""
    entry = trace.entry
    ours = entry.kind in ("suite", "recipe") or (entry.by_hand and not entry.reached_by)
    return ours and not trace.unresolved


def _before_tests(trace: Trace, left: list[Left]) -> list[Left]:
    """Of a recipe or script: what is there when it starts the tests; what only starts is a tool."""
    tests = next((at for at, one in enumerate(trace.effects) if isinstance(one, RunsTests)), 0)
    before: set[int] = {id(one) for one in trace.effects[:tests]}
    return [one for one in left if id(one.effect) in before]


def _misaimed(trace: Trace, left: Left) -> bool:
    """A clean-up that names something else is `cleanup-without-effect`, at its own place."""
    names, _ = made(trace.effects)
    return isinstance(left.effect, Start) and any(
        isinstance(one, Removal)
        and one.what == "container"
        and one.context.phase == "teardown"
        and not can_match(one.names, names)
        for one in trace.effects
    )


def _told(left: Left) -> str:
    what = _shown(left.effect)
    return f"{what} is stopped, but not removed" if left.stopped else f"{what} is never removed"


def _shown(effect: AnyEffect) -> str:
    match effect:
        case Start():
            return shown(effect, "a container")
        case Network(name=(name, *_)) if not name.opaque:
            return f"the network `{name.shown}`"
    return "the network"


def _others(group: list[Left]) -> Iterator[Related]:
    for one in group[1:]:
        yield Related(place=one.effect.decided, why=f"{_told(one)} either")


RULE: Final = Rule(
    name="missing-cleanup",
    code="SW1001",
    requirement="R10",
    severity=Severity.ERROR,
    summary="Containers or the network of a suite are not removed after it.",
    why=(
        "What is left holds its ports and names: the next run fails on them, or works with the "
        "old data. A clean-up only before the start leaves the last run's behind."
    ),
    remedy=(
        "Remove container and network in the after-hook (`AfterSuite`, `t.Cleanup`, after the "
        "fixture's `yield`), which also runs when a test fails."
    ),
    check=check,
    examples=(
        Example(
            title="Python: a fixture without teardown",
            files={
                "tests/integration/conftest.py": """\
import subprocess
import time

import pytest


@pytest.fixture(scope="session", autouse=True)
def postgres():
    subprocess.run(["podman", "rm", "-f", "pg"], check=False)
    subprocess.run(["podman", "run", "-d", "--name", "pg", "postgres:16"], check=True) ◄
    while subprocess.run(["podman", "exec", "pg", "pg_isready"], check=False).returncode:
        time.sleep(1)
    yield
""",
                "tests/integration/test_it.py": """\
def test_it(postgres):
    assert True
""",
            },
        ),
        Example(
            title="Go: only one of two containers is removed",
            files={
                "test/integration/cache/suite_test.go": """\
package cache

import (
	"os/exec"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

func podman(args ...string) error {
	return exec.Command("podman", args...).Run()
}

var _ = BeforeSuite(func() {
	Expect(podman("run", "-d", "--name", "cache_pg", "postgres:16-alpine")).To(Succeed())
	Eventually(func() error {
		return podman("exec", "cache_pg", "pg_isready")
	}, 30*time.Second).Should(Succeed())
	Expect(podman("run", "-d", "--name", "cache_redis", "redis:7-alpine")).To(Succeed()) ◄
	Eventually(func() error {
		return podman("exec", "cache_redis", "redis-cli", "ping")
	}, 30*time.Second).Should(Succeed())
})

var _ = AfterSuite(func() {
	_ = podman("rm", "-f", "cache_pg")
})

var _ = It("hits", func() {})
""",
            },
        ),
        Example(
            title="Recipe: it starts, it tests, it leaves",
            files={
                "Makefile": """\
test-integration:
	docker run -d --name pg postgres:16-alpine ◄
	until docker exec pg pg_isready; do sleep 1; done
	go test ./test/integration/...
""",
            },
        ),
        Example(
            title="Fine: removed after the yield; `--rm` and a stop",
            files={
                "tests/integration/conftest.py": """\
import subprocess
import time

import pytest


@pytest.fixture(scope="session", autouse=True)
def postgres():
    subprocess.run(["podman", "run", "--rm", "-d", "--name", "pg", "postgres:16"], check=True)
    while subprocess.run(["podman", "exec", "pg", "pg_isready"], check=False).returncode:
        time.sleep(1)
    yield
    subprocess.run(["podman", "stop", "-t", "5", "pg"], check=False)
""",
                "tests/integration/test_it.py": """\
def test_it(postgres):
    assert True
""",
            },
        ),
    ),
)
