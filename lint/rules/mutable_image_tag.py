"""mutable-image-tag: an image named `:latest`, or without a tag."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint.effects import Start
from lint.model import Severity
from lint.project import Project
from lint.rules.image_tags import Naming, namings
from lint.rules.images import Tag
from lint.rules.rule import Example, Hit, Rule
from lint.rules.sightings import Merged, Sighting, hits, sighting


def check(project: Project) -> Iterator[Hit]:
    """Locally built images as the rule's severity says, third-party ones as a note."""
    found = list(namings(project))
    yield from hits(_local(found), lambda one: _message(one, "locally built image"), prefix="local")
    yield from hits(_foreign(found), lambda one: _message(one, "third-party image"), prefix="third")


def _local(found: list[Naming]) -> Iterator[Sighting]:
    for one in found:
        if one.local and one.image.tag in (Tag.LATEST, Tag.MISSING):
            yield sighting(
                one.trace, one.effect, f"`{one.image.shown}`", one.severity, at=one.place
            )


def _foreign(found: list[Naming]) -> Iterator[Sighting]:
    for one in found:
        if one.local or one.image.tag not in (Tag.LATEST, Tag.MISSING):
            continue
        if one.severity is Severity.NOTE or "?" in one.image.repository or one.image.tool:
            continue
        if isinstance(one.effect, Start) and not one.effect.one_shot:
            yield sighting(
                one.trace, one.effect, f"`{one.image.shown}`", Severity.NOTE, at=one.place
            )


def _message(one: Merged, kind: str) -> str:
    tag = "is tagged `latest`" if ":latest" in one.value else "has no tag, which means `latest`"
    return f"{kind} {one.value} {tag}; used by {one.who}"


RULE: Final = Rule(
    name="mutable-image-tag",
    code="SW401",
    requirement="R4",
    severity=Severity.ERROR,
    summary="An image is built or run as `:latest`, or without a tag.",
    why=(
        "Two runs, or two services, that build the same `:latest` overwrite each other's image: a "
        "suite tests what another one built. For somebody else's image, `latest` changes without "
        "a commit."
    ),
    remedy=(
        "Tag what is built here `<service>-<uuid>` (shared infrastructure: "
        "`localhost/<infrastructure>:<consumer>-<8 hex>`), and pin what is not to a version."
    ),
    check=check,
    examples=(
        Example(
            title="Python: a locally built image, built and run",
            files={
                "tests/integration/conftest.py": """\
import subprocess

import pytest

IMAGE = "localhost/datastorage:latest"


@pytest.fixture(scope="session", autouse=True)
def datastorage():
    subprocess.run(["podman", "build", "-t", IMAGE, "."], check=True) ◄
    subprocess.run(["podman", "run", "-d", "--name", "ds", IMAGE], check=True) ◄
    yield
    subprocess.run(["podman", "rm", "-f", "ds"], check=True)
""",
                "tests/integration/test_it.py": """\
def test_it(datastorage):
    assert True
""",
            },
        ),
        Example(
            title="Shell in a recipe: no tag at all",
            files={
                "Makefile": """\
test-integration:
	docker build -t gateway . ◄
	go test ./test/integration/...
""",
            },
        ),
        Example(
            title="Go: a helper builds it",
            files={
                "test/integration/gateway/suite_test.go": """\
package gateway

import (
	"os/exec"
	"testing"
)

func buildImage(tag string) error {
	return exec.Command("podman", "build", "-t", tag, ".").Run()
}

func TestMain(m *testing.M) {
	if err := buildImage("gateway:latest"); err != nil { ◄
		panic(err)
	}
	m.Run()
}

func TestAnswers(t *testing.T) {}
""",
            },
        ),
        Example(
            title="Fine: a unique tag, and a pinned third-party image",
            files={
                "tests/integration/conftest.py": """\
import subprocess
import uuid

import pytest


@pytest.fixture(scope="session", autouse=True)
def datastorage():
    image = f"localhost/datastorage:gateway-{uuid.uuid4().hex[:8]}"
    subprocess.run(["podman", "build", "-t", image, "."], check=True)
    subprocess.run(["podman", "run", "-d", "--name", "pg", "postgres:16-alpine"], check=True)
    subprocess.run(["podman", "run", "-d", "--name", "ds", image], check=True)
    yield
    subprocess.run(["podman", "rm", "-f", "pg", "ds"], check=True)
    subprocess.run(["podman", "rmi", image], check=True)
""",
                "tests/integration/test_it.py": """\
def test_it(datastorage):
    assert True
""",
            },
        ),
        Example(
            title="Fine: module versions and images that are only published",
            files={
                "Makefile": """\
tools:
	go install example.com/tool@latest

release:
	docker build -t registry.example.com/gateway:latest .
""",
            },
        ),
    ),
)
