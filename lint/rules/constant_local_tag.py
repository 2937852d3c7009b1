"""constant-local-tag: a locally built image whose tag is the same at every run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint.model import Severity
from lint.project import Project
from lint.rules.image_tags import namings
from lint.rules.images import Tag
from lint.rules.rule import Example, Hit, Rule
from lint.rules.sightings import Merged, Sighting, hits, sighting


def check(project: Project) -> Iterator[Hit]:
    """Where the project's own images are built or run under a tag that never changes."""
    yield from hits(_sightings(project), _message)


def _sightings(project: Project) -> Iterator[Sighting]:
    for one in namings(project):
        if one.local and one.image.tag is Tag.CONSTANT:
            yield sighting(
                one.trace, one.effect, f"`{one.image.shown}`", one.severity, at=one.place
            )


def _message(one: Merged) -> str:
    return f"locally built image {one.value} has the same tag at every run; used by {one.who}"


RULE: Final = Rule(
    name="constant-local-tag",
    code="SW402",
    requirement="R4",
    severity=Severity.ERROR,
    summary="A locally built image has a constant tag.",
    why=(
        "Suites that run at the same time build and remove one image under one name: one tests "
        "what the other built, or finds it gone. An old image is also silently used again."
    ),
    remedy=(
        "Make the tag from a unique source and hand it to build, run and removal: "
        "`<service>-<uuid>`, or `localhost/<infrastructure>:<consumer>-<8 hex>` where shared."
    ),
    check=check,
    examples=(
        Example(
            title="Python: built and run by one constant name",
            files={
                "tests/integration/conftest.py": """\
import subprocess

import pytest


@pytest.fixture(scope="session", autouse=True)
def datastorage():
    subprocess.run(
        [
            "podman",
            "build",
            "-t",
            "localhost/datastorage:integration-test", ◄
            ".",
        ],
        check=True,
    )
    yield
""",
                "tests/integration/test_it.py": """\
def test_it(datastorage):
    assert True
""",
            },
        ),
        Example(
            title="Make: a variable with a constant",
            files={
                "Makefile": """\
test-integration:
	docker build -t gateway:test . ◄
	go test ./test/integration/...
""",
            },
        ),
        Example(
            title="Fine: uuid, process id, or a tag that is handed in",
            files={
                "Makefile": """\
test-integration:
	docker build -t gateway:$$(uuidgen) .
	docker build -t gateway:$(TAG) .
	go test ./test/integration/...
""",
            },
        ),
    ),
)
