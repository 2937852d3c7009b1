"""mutable-image-tag, constant-local-tag and registry-pull, and what image names tell."""

from __future__ import annotations

import pytest

from lint.model import Severity, Tier
from lint.rules.constant_local_tag import RULE as CONSTANT
from lint.rules.images import Built, Role, Tag, parse, role
from lint.rules.mutable_image_tag import RULE as MUTABLE
from lint.rules.registry_pull import RULE as PULLED
from tests.lint.rules.projects import (
    build,
    command,
    dead,
    finally_,
    ignored,
    project,
    pull,
    recipe,
    reported,
    runs_tests,
    start,
    suite,
    told,
)


@pytest.mark.parametrize(
    ("written", "repository", "tag"),
    [
        ("postgres:16-alpine", "postgres", Tag.CONSTANT),
        ("postgres", "postgres", Tag.MISSING),
        ("localhost:5000/app", "localhost:5000/app", Tag.MISSING),
        ("localhost:5000/app:latest", "localhost:5000/app", Tag.LATEST),
        ("ghcr.io/acme/app@sha256:0", "ghcr.io/acme/app", Tag.DIGEST),
        ("app:gateway-<uuid>", "app", Tag.UNIQUE),
        ("app-<uuid>", "app-?", Tag.UNIQUE),
        ("app:<?TAG>", "app", Tag.UNKNOWN),
        ("app:it-<?TAG>", "app", Tag.UNKNOWN),
        ("<?REGISTRY>/app:latest", "?/app", Tag.LATEST),
        ("<?IMAGE>", "?", Tag.UNKNOWN),
    ],
)
def test_an_image_name_is_taken_apart(written: str, repository: str, tag: Tag) -> None:
    image = parse(told(written))
    assert image is not None
    assert (image.repository, image.tag) == (repository, tag)


@pytest.mark.parametrize("written", ["", "-d", "two words", "$(date)"])
def test_what_is_no_image_name_is_none(written: str) -> None:
    assert parse(told(written)) is None


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("docker.io/library/postgres:16", Role.POSTGRES),
        ("pgvector/pgvector:pg16", Role.POSTGRES),
        ("redis:7-alpine", Role.REDIS),
        ("localhost/gateway_migrations:x", Role.MIGRATIONS),
        ("localhost/datastorage:x", Role.APPLICATION),
        ("gateway", Role.APPLICATION),
        ("rabbitmq:3", Role.BACKING),
        ("acme/thing:1", Role.OTHER),
        ("<?PostgresContainer>", Role.POSTGRES),
    ],
)
def test_an_image_tells_its_role(image: str, expected: Role) -> None:
    assert role(start(image), Built(project())) is expected


@pytest.mark.parametrize("image", ["gateway", "gateway:latest", "localhost/gateway:latest"])
def test_building_latest_or_no_tag_is_an_error(image: str) -> None:
    [hit] = reported(MUTABLE, project(suite("gateway", build(image))))
    assert hit.severity is Severity.ERROR
    assert f"locally built image `{image}`" in hit.message
    assert not reported(CONSTANT, project(suite("gateway", build(image))))


@pytest.mark.parametrize("image", ["redis", "redis:latest", "acme/mock:latest"])
def test_running_somebody_elses_latest_is_a_note(image: str) -> None:
    [hit] = reported(MUTABLE, project(suite("gateway", start(image))))
    assert hit.severity is Severity.NOTE
    assert "third-party image" in hit.message


@pytest.mark.parametrize(
    "image", ["postgres:16-alpine", "gateway:<uuid>", "localhost/ds:gw-<uuid>", "<?IMAGE>:latest"]
)
def test_pinned_unique_and_unknown_names_are_fine(image: str) -> None:
    of = project(suite("gateway", start(image)))
    assert not reported(MUTABLE, of)
    assert not reported(CONSTANT, of)


def test_running_what_the_project_builds_elsewhere_is_judged_as_local() -> None:
    of = project(
        recipe("images", build("acme/api:dev"), tier=Tier.OTHER), suite("x", start("acme/api"))
    )
    [hit] = reported(MUTABLE, of)
    assert hit.severity is Severity.ERROR


def test_a_name_with_a_unique_alternative_is_left_alone() -> None:
    of = project(suite("gateway", start(("gateway:latest", "gateway:<uuid>"))))
    assert not reported(MUTABLE, of)


def test_a_constant_default_is_what_runs_when_nobody_sets_it() -> None:
    of = project(suite("gateway", start(("gateway:test", "gateway:<?TAG>"))))
    [hit] = reported(CONSTANT, of)
    assert "`gateway:test`" in hit.message


def test_the_end_to_end_tier_is_told_as_a_note() -> None:
    [hit] = reported(MUTABLE, project(suite("gateway", build("gateway:latest"), tier=Tier.E2E)))
    assert hit.severity is Severity.NOTE


def test_dead_code_is_a_note() -> None:
    [hit] = reported(CONSTANT, project(dead("test/x.go", build("gateway:test"))))
    assert (hit.severity, hit.reachable) == (Severity.NOTE, False)


def test_a_second_unique_tag_makes_the_build_right() -> None:
    assert not reported(MUTABLE, project(suite("gateway", build("gw:<uuid>", "gw:latest"))))


@pytest.mark.parametrize("tag", ["registry.example.com/gw:latest", "gw:latest"])
def test_a_job_that_builds_without_running_is_about_publishing(tag: str) -> None:
    assert not reported(MUTABLE, project(recipe("ci", build(tag), kind="job")))


def test_a_job_that_builds_what_a_suite_runs_is_judged() -> None:
    of = project(
        recipe("ci", build("gw:latest"), runs_tests(), kind="job"), suite("x", start("gw:latest"))
    )
    assert len(reported(MUTABLE, of)) == 2


def test_pulling_a_project_image_is_an_error() -> None:
    of = project(
        recipe("release", build("ghcr.io/acme/gateway:1.0"), tier=Tier.OTHER),
        suite("gateway", pull("ghcr.io/acme/gateway:1.0"), pull("postgres:16")),
    )
    [hit] = reported(PULLED, of)
    assert hit.message == (
        "project image `ghcr.io/acme/gateway:1.0` is pulled instead of built, "
        "by the integration suite of gateway"
    )


def test_a_pull_for_the_cache_may_fail_and_is_fine() -> None:
    of = project(suite("gateway", *ignored(pull("gw:1")), build("gw:<uuid>")))
    assert not reported(PULLED, of)


def test_running_a_published_project_image_without_building_it_is_an_error() -> None:
    of = project(
        recipe("release", build("ghcr.io/acme/gateway:1.0"), tier=Tier.OTHER),
        suite("gateway", start("ghcr.io/acme/gateway:1.0")),
    )
    [hit] = reported(PULLED, of)
    assert "nothing builds it before" in hit.message


@pytest.mark.parametrize("image", ["postgres:16", "acme/tool:1", "<?IMAGE>", "gateway:1"])
def test_foreign_and_unknown_images_may_be_run_without_a_build(image: str) -> None:
    assert not reported(PULLED, project(suite("gateway", start(image))))


@pytest.mark.parametrize(
    "before",
    [build("localhost/gw:<uuid>"), build("<?TAG>"), build(), command("docker", "load", "-i", "x")],
)
def test_a_build_that_may_be_the_one_is_believed(before: object) -> None:
    of = project(suite("gateway", before, start("localhost/gw:x")))  # type: ignore[arg-type]  # any effect
    assert not reported(PULLED, of)


def test_an_image_that_another_recipe_builds_is_built() -> None:
    of = project(
        recipe("image", build("localhost/gw:x"), tier=Tier.OTHER),
        suite("gateway", start("localhost/gw:x"), *finally_()),
    )
    assert not reported(PULLED, of)
