"""mutable-image-tag: an image named `:latest`, or without a tag."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lint.effects import Start
from lint.facts import BaseImage
from lint.model import Severity, Tier
from lint.project import Project, place
from lint.rules.image_tags import Naming, namings
from lint.rules.images import Tag, parse
from lint.rules.rule import Example, Hit, Rule
from lint.rules.sightings import Merged, Sighting, hits, sighting
from lint.rules.territory import for_integration, for_tests
from lint.text import Literal, Text, Unknown

_MUTABLE: Final = (Tag.LATEST, Tag.MISSING)
_VARIABLE: Final = re.compile(r"(\$\{[^{}]*\}|\$\w+)")


def check(project: Project) -> Iterator[Hit]:
    """Locally built images as the rule's severity says, third-party ones as a note."""
    found = list(namings(project))
    yield from hits(_local(found), lambda one: _message(one, "locally built image"), prefix="local")
    yield from hits(_foreign(found), lambda one: _message(one, "third-party image"), prefix="third")
    yield from _bases(project)


def _local(found: list[Naming]) -> Iterator[Sighting]:
    for one in found:
        if one.local and one.image.tag in _MUTABLE:
            yield sighting(
                one.trace, one.effect, f"`{one.image.shown}`", one.severity, at=one.place
            )


def _foreign(found: list[Naming]) -> Iterator[Sighting]:
    for one in found:
        if one.local or one.image.tag not in _MUTABLE:
            continue
        if one.severity is Severity.NOTE or "?" in one.image.repository or one.image.tool:
            continue
        if isinstance(one.effect, Start) and not one.effect.one_shot:
            yield sighting(
                one.trace, one.effect, f"`{one.image.shown}`", Severity.NOTE, at=one.place
            )


def _message(one: Merged, kind: str) -> str:
    return f"{kind} {one.value} {_fault(one.value)}; used by {one.who}"


def _fault(shown: str) -> str:
    return "is tagged `latest`" if ":latest" in shown else "has no tag, which means `latest`"


def _bases(project: Project) -> Iterator[Hit]:
    """What the Dockerfiles of tests build on; those of services are not the tests' business."""
    for path, facts in project.files.items():
        for one in facts.bases if for_tests(path) else ():
            if _is_mutable(one):
                yield Hit(
                    place=place(path, one.at),
                    message=(
                        f"base image `{one.image}` {_fault(one.image)}: "
                        "the same test builds on something else tomorrow"
                    ),
                    severity=Severity.NOTE,
                    tier=Tier.INTEGRATION if for_integration(path) else Tier.OTHER,
                    reachable=True,
                    key=f"{path}|base|{one.image}",
                )


def _is_mutable(base: BaseImage) -> bool:
    """What a bare word that files are copied from means, only the command that builds can tell: it
    may give a directory that name (`--build-context`)."""
    parts = (
        Unknown(one) if one.startswith("$") else Literal(one)
        for one in _VARIABLE.split(base.image)
        if one
    )
    image = parse(Text(tuple(parts)))
    if image is None or image.tag not in _MUTABLE:
        return False
    named = image.tag is Tag.LATEST or image.public or "/" in image.repository
    return named or not base.copied


RULE: Final = Rule(
    name="mutable-image-tag",
    code="SW401",
    requirement="R4",
    severity=Severity.ERROR,
    summary="An image is built, run or built upon as `:latest`, or without a tag.",
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
            title="Dockerfile: what the tests' own images build on",
            files={
                "test/integration/gateway/Dockerfile": """\
ARG GO=latest
FROM golang:${GO} AS build ◄
COPY . .
RUN --mount=from=busybox,target=/tools go build -o /stub ./test/stub ◄

FROM gcr.io/distroless/static ◄
COPY --from=build /stub /stub
COPY --from=ghcr.io/acme/certificates:latest /etc/ssl /etc/ssl ◄
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
            title="Fine: pinned bases, stages, bases that the build is told; other Dockerfiles",
            files={
                "test/integration/gateway/Dockerfile": """\
ARG GO=1.22
ARG RUNTIME
FROM golang:${GO} AS build
COPY --from=sources . .
RUN go build -o /stub ./test/stub

FROM build AS debug

FROM ${RUNTIME}
COPY --from=build /stub /stub
COPY --from=alpine@sha256:0123456789abcdef /etc/ssl /etc/ssl

FROM scratch
COPY --from=build /stub /stub
""",
                "test/e2e/Dockerfile": """\
FROM golang:latest
""",
                "services/gateway/Dockerfile": """\
FROM golang:latest
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
