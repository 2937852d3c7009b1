"""Which stack or platform of a project is meant."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from orchestration.errors import ConfigError
from orchestration.model import Secret
from orchestration.platform import Platform
from orchestration.project import Project, Service
from orchestration.stack import Stack


class FakeStackSource:
    """Stacks without components, platforms without manifests."""

    def stack(self, name: str, environ: Mapping[str, str], password: Secret | None = None) -> Stack:
        return Stack(name=name, service=environ["SERVICE"], project=Path("/p"), components=())

    def platform(self, name: str, environ: Mapping[str, str]) -> Platform:
        return Platform(name=name, service=environ["SERVICE"], project=Path("/p"))


def project(
    stacks: Mapping[str, str],
    default: str | None = None,
    platforms: Mapping[str, str] | None = None,
) -> Project:
    return Project(
        root=Path("/p"),
        file=Path("/p/stackwright.toml"),
        name="p",
        artifacts=Path("/p/failures"),
        stacks=stacks,
        platforms=platforms or {},
        default=default,
        services={"billing": Service()},
        source=FakeStackSource(),
    )


def test_a_stack_is_found_by_its_name() -> None:
    assert project({"shop": "web", "web": "api"}).stack_for("web") == "web"


def test_a_stack_is_found_by_its_service() -> None:
    assert project({"shop": "web", "other": "api"}).stack_for("api") == "other"


def test_without_a_name_the_default_is_taken() -> None:
    assert project({"a": "a", "b": "b"}, default="b").stack_for(None) == "b"


def test_without_a_name_and_a_default_the_only_one_is_taken() -> None:
    assert project({"a": "a"}).stack_for(None) == "a"


@pytest.mark.parametrize(
    ("stacks", "name", "told"),
    [
        (
            {"gateway": "gateway"},
            "gatway",
            "there is no stack or service `gatway` in /p/stackwright.toml\n"
            "  fix: did you mean `gateway`?",
        ),
        (
            {"gateway": "gateway"},
            "billing",
            "service `billing` has no stack in /p/stackwright.toml\n  fix: there is `gateway`",
        ),
        ({}, "x", "there is no stack or service `x` in /p/stackwright.toml\n  fix: declare one"),
        (
            {"a": "web", "b": "web"},
            "web",
            "service `web` has 2 stacks: a, b\n  fix: name the stack instead of the service",
        ),
        ({}, None, "/p/stackwright.toml declares no stack\n  fix: declare one: [stacks.NAME]"),
        (
            {"a": "a", "b": "b"},
            None,
            "/p/stackwright.toml declares 2 stacks and no default\n  fix: choose one with "
            "--service (a, b), or set `default` under [project]",
        ),
    ],
)
def test_a_name_that_means_no_stack_is_an_error(
    stacks: Mapping[str, str], name: str | None, told: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        project(stacks).stack_for(name)
    assert str(caught.value).startswith(told)


def test_a_stack_comes_from_the_source() -> None:
    made = project({"shop": "web"}).stack("shop", {"SERVICE": "web"})
    assert (made.name, made.service) == ("shop", "web")


def test_a_platform_is_found_by_its_name_and_by_its_service() -> None:
    made = project({}, platforms={"shop": "web", "other": "api"})
    assert [made.platform_for(name) for name in ("shop", "api")] == ["shop", "other"]


def test_without_a_name_the_only_platform_is_taken() -> None:
    assert project({"b": "b"}, default="b", platforms={"a": "a"}).platform_for(None) == "a"


def test_without_a_name_the_platform_called_like_the_default_stack_is_taken() -> None:
    made = project({"b": "b"}, default="b", platforms={"a": "a", "b": "b"})
    assert made.platform_for(None) == "b"


@pytest.mark.parametrize(
    ("platforms", "name", "told"),
    [
        (
            {"gateway": "gateway"},
            "gatway",
            "there is no platform or service `gatway` in /p/stackwright.toml\n"
            "  fix: did you mean `gateway`?",
        ),
        (
            {"gateway": "gateway"},
            "billing",
            "service `billing` has no platform in /p/stackwright.toml\n  fix: there is `gateway`",
        ),
        (
            {},
            "x",
            "there is no platform or service `x` in /p/stackwright.toml\n"
            "  fix: declare one: [e2e.NAME]",
        ),
        (
            {"a": "web", "b": "web"},
            "web",
            "service `web` has 2 platforms: a, b\n  fix: name the platform instead of the service",
        ),
        ({}, None, "/p/stackwright.toml declares no platform\n  fix: declare one: [e2e.NAME]"),
        (
            {"a": "a", "b": "b"},
            None,
            "/p/stackwright.toml declares 2 platforms, and none of them is the default\n"
            "  fix: choose one with --service (a, b)",
        ),
    ],
)
def test_a_name_that_means_no_platform_is_an_error(
    platforms: Mapping[str, str], name: str | None, told: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        project({"stack": "stack"}, default="stack", platforms=platforms).platform_for(name)
    assert str(caught.value) == told


def test_a_platform_comes_from_the_source() -> None:
    made = project({}, platforms={"shop": "web"}).platform("shop", {"SERVICE": "web"})
    assert (made.name, made.service) == ("shop", "web")
