"""What mutable-image-tag says of the Dockerfiles of tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint.languages.dockerfile import extract
from lint.model import Severity, Tier
from lint.rules.mutable_image_tag import RULE
from lint.rules.rule import Hit
from tests.lint.rules.pipeline import audited
from tests.lint.rules.projects import project, reported

PLACE = "test/integration/gateway/Dockerfile"


def told(source: str, path: str = PLACE) -> list[Hit]:
    """Of one Dockerfile."""
    return reported(RULE, project(files={path: extract(source.encode())}))


@pytest.mark.parametrize(
    ("source", "images"),
    [
        ("FROM redis", ["redis"]),
        ("FROM redis:latest", ["redis:latest"]),
        ("FROM redis:7", []),
        ("FROM redis:latest-alpine", []),
        ("FROM localhost:5000/redis", ["localhost:5000/redis"]),
        ("FROM localhost:5000/redis:7", []),
        ("FROM redis@sha256:0123", []),
        ("FROM redis:latest@sha256:0123", []),
        ("FROM scratch", []),
        ("FROM --platform=linux/amd64 redis AS r", ["redis"]),
        ("FROM --platform=$BUILDPLATFORM redis:7", []),
        ("ARG V=latest\nFROM redis:$V", ["redis:latest"]),
        ("ARG V=7\nFROM redis:$V", []),
        ("ARG V\nFROM redis:$V", []),
        ("ARG V=7\nFROM redis:${V:-latest}", []),
        ("FROM redis:${V:-latest}", ["redis:latest"]),
        ("FROM redis:${V:+7}", []),
        ("ARG V=\nFROM redis:$V", []),
        ("FROM redis$V", []),
        ("FROM $IMAGE", []),
        ("FROM ${A:-${B}}", []),
        ("FROM $REGISTRY/redis:latest", ["$REGISTRY/redis:latest"]),
        ("FROM ${REGISTRY}/redis", ["${REGISTRY}/redis"]),
        ("FROM redis:7 AS r\nFROM r", []),
        ("FROM redis:7 AS r\nCOPY --from=r / /", []),
        ("FROM redis:7\nCOPY --from=r / /\nFROM redis:7 AS r", []),
        ("FROM redis:7\nCOPY --from=0 / /", []),
        ("FROM redis:7\nCOPY --from=nginx / /", ["nginx"]),
        ("FROM redis:7\nCOPY --from=acme/tool / /", ["acme/tool"]),
        ("FROM redis:7\nCOPY --from=tool:latest / /", ["tool:latest"]),
        ("FROM redis:7\nCOPY --from=a-directory-that-the-build-names / /", []),
        ("FROM redis:7\nRUN --mount=type=bind,from=acme/tool,target=/t x", ["acme/tool"]),
        ("FROM redis:7\nRUN --mount=type=cache,target=/t x", []),
        ("FROM redis:7\nONBUILD COPY --from=nginx:latest / /", ["nginx:latest"]),
        ("FROM redis:7\nONBUILD COPY --from=a-stage-of-the-child / /", []),
    ],
)
def test_images_that_may_be_another_tomorrow_are_told(source: str, images: list[str]) -> None:
    assert [hit.message.split("`")[1] for hit in told(f"{source}\n")] == images


def test_what_is_told_is_a_note_for_those_who_own_the_file(tmp_path: Path) -> None:
    report = audited({PLACE: "FROM redis\n", "services/gateway/a.py": ""}, tmp_path).report
    [found] = report.findings
    assert found.message == (
        "base image `redis` has no tag, which means `latest`: "
        "the same test builds on something else tomorrow"
    )
    assert (found.severity, found.tier, found.services) == (
        Severity.NOTE,
        Tier.INTEGRATION,
        ("gateway",),
    )


@pytest.mark.parametrize(
    ("path", "tier"),
    [
        ("tests/integration/mock/Containerfile", Tier.INTEGRATION),
        ("build/Dockerfile.integration", Tier.INTEGRATION),
        ("gateway/tests/Dockerfile", Tier.OTHER),
        ("Dockerfile.test", Tier.OTHER),
        ("Dockerfile", None),
        ("services/gateway/Dockerfile", None),
        ("integrations/github/Dockerfile", None),
        ("test/e2e/Dockerfile", None),
        ("test/Dockerfile.e2e", None),
        ("test/testdata/Dockerfile", None),
        ("test/deprecated/Dockerfile", None),
    ],
)
def test_its_place_tells_whose_a_dockerfile_is(path: str, tier: Tier | None) -> None:
    assert [hit.tier for hit in told("FROM redis\n", path)] == ([tier] if tier else [])


def test_the_same_image_is_the_same_finding_on_another_line() -> None:
    [first] = told("FROM redis\n")
    [second] = told("# more\n\nFROM  --platform=x  redis AS cache\n")
    assert first.place.line != second.place.line
    assert first.key == second.key


@pytest.mark.parametrize(
    "source",
    [
        "# stackwright: ignore[mutable-image-tag] ours\nFROM redis\n",
        "# stackwright: ignore[mutable-image-tag] ours\nFROM --platform=x \\\n  redis\n",
        "FROM redis:7\n# stackwright: ignore[SW401] ours\nRUN \\\n --mount=from=a/b,target=/x c\n",
        "FROM redis:7\nRUN \\\n # stackwright: ignore[SW401] ours\n --mount=from=a/b c\n",
        "# stackwright: ignore-file[mutable-image-tag] ours\nFROM redis:7\n\nFROM redis\n",
    ],
)
def test_a_comment_in_the_dockerfile_suppresses_it(source: str, tmp_path: Path) -> None:
    [found] = audited({PLACE: source}, tmp_path).report.findings
    assert found.suppressed
    assert found.suppressed.reason == "ours"
