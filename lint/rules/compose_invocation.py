"""compose-invocation: compose is run for the integration tier."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lint.effects import Compose
from lint.model import Severity
from lint.project import Project
from lint.rules.rule import Example, Hit, Rule
from lint.rules.scope import weigh
from lint.rules.sightings import Merged, Sighting, hits, sighting

_HARMLESS: Final = frozenset(("version", "--version", "-v", "help", "--help", "ls"))
"""Verbs that touch no container and no file: a look whether compose is there."""
_VERB: Final = re.compile(r"[a-z]+(?:-[a-z]+)*")


def check(project: Project) -> Iterator[Hit]:
    """Every place that decides to run compose in a live or dead test program."""
    yield from hits(_sightings(project), _message)


def _sightings(project: Project) -> Iterator[Sighting]:
    for trace in project.traces:
        for effect in trace.effects:
            if not isinstance(effect, Compose) or effect.verb in _HARMLESS:
                continue
            severity = weigh(trace, effect, Severity.ERROR)
            if severity is not None:
                # What is no verb is the value of an option we do not know: it may be a secret.
                verb = effect.verb if _VERB.fullmatch(effect.verb) else ""
                shown = f"{effect.tool} {verb}".strip()
                yield sighting(trace, effect, f"`{shown}`", severity)


def _message(one: Merged) -> str:
    return f"{one.value} is run by {one.who}"


RULE: Final = Rule(
    name="compose-invocation",
    code="SW201",
    requirement="R2",
    severity=Severity.ERROR,
    summary="Compose is run by a suite, recipe or workflow job of the integration tier.",
    why=(
        "Compose starts everything at once. podman-compose ignores `condition: service_healthy`, "
        "so the application dials PostgreSQL before it listens, crashes, is restarted and killed "
        "(exit 137), or looks healthy while its server never started. Set-up by code starts one "
        "container, waits for it, and only then starts the next."
    ),
    remedy=(
        "Start the containers one by one in the suite's before-hook or a session fixture "
        "(`podman run`, then an explicit wait), through the shared helpers."
    ),
    check=check,
    examples=(
        Example(
            title="Python: an executable chosen at run time, reported where it is executed",
            files={
                "services/gateway/tests/integration/conftest.py": """\
import shutil
import subprocess

import pytest

TOOL = "podman-compose" if shutil.which("podman-compose") else "docker-compose"


def run(*args):
    subprocess.run([TOOL, *args], check=True) ◄


@pytest.fixture(scope="session", autouse=True)
def stack():
    run("-f", "compose.yml", "up", "-d")
    yield
    run("-f", "compose.yml", "down")
""",
                "services/gateway/tests/integration/test_gateway.py": """\
def test_answers(stack):
    assert True
""",
            },
        ),
        Example(
            title="Python: a wrapper that runs what it is given, reported at its callers",
            files={
                "services/gateway/tests/integration/infra.py": """\
import subprocess


def run(command):
    subprocess.run(command.split(), check=True)
""",
                "services/gateway/tests/integration/conftest.py": """\
import pytest

from .infra import run


@pytest.fixture(scope="session", autouse=True)
def stack():
    run("podman-compose -f compose.yml up -d") ◄
    yield
    run("podman-compose -f compose.yml down") ◄
""",
                "services/gateway/tests/integration/test_gateway.py": """\
def test_answers(stack):
    assert True
""",
            },
        ),
        Example(
            title="Go: docker compose in a before-suite",
            files={
                "test/integration/gateway/suite_test.go": """\
package gateway

import (
	"os/exec"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
)

var _ = BeforeSuite(func() {
	args := []string{"compose", "-f", "docker-compose.yml"}
	args = append(args, "up", "-d")
	cmd := exec.Command("docker", args...) ◄
	Expect(cmd.Run()).To(Succeed())
})

var _ = Describe("gateway", func() {
	It("answers", func() {
		Expect(true).To(BeTrue())
	})
})
""",
            },
        ),
        Example(
            title="Makefile: a recipe of the tier",
            files={
                "Makefile": """\
COMPOSE ?= podman-compose

test-integration:
	$(COMPOSE) -f test/integration/compose.yml up -d ◄
	go test ./test/integration/...
	$(COMPOSE) -f test/integration/compose.yml down ◄
""",
            },
        ),
        Example(
            title="Workflow: a step before the tests",
            files={
                ".github/workflows/integration.yml": """\
name: integration
on: [push]
jobs:
  integration-tests:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: |
          docker compose up -d ◄
          pytest tests/integration
""",
            },
        ),
        Example(
            title="Shell: a script that the suite's recipe calls",
            files={
                "Makefile": """\
test-integration:
	./scripts/setup.sh
	pytest tests/integration
""",
                "scripts/setup.sh": """\
#!/bin/bash
docker-compose -f tests/integration/stack.yml up -d ◄
""",
            },
        ),
        Example(
            title="Fine: containers started one by one; compose is only mentioned",
            files={
                "services/gateway/tests/integration/conftest.py": """\
\"\"\"We used podman-compose up before.\"\"\"

import logging
import subprocess
import time

import pytest


def ready():
    probe = ["podman", "exec", "pg", "pg_isready"]
    return subprocess.run(probe, check=False).returncode == 0


@pytest.fixture(scope="session", autouse=True)
def stack():
    # podman-compose ignored the health conditions
    logging.info("no docker-compose up here")
    subprocess.run(["podman", "run", "-d", "--name", "pg", "postgres:16-alpine"], check=True)
    while not ready():
        time.sleep(1)
    yield
    subprocess.run(["podman", "rm", "-f", "pg"], check=True)
""",
                "services/gateway/tests/integration/test_gateway.py": """\
def test_answers(stack):
    assert True
""",
            },
        ),
        Example(
            title="Fine: compose for development, and a look at its version",
            files={
                "Makefile": """\
dev-up:
	docker compose -f deploy/compose.yml up -d

test-integration:
	docker compose version || true
	pytest tests/integration
""",
            },
        ),
    ),
)
