"""Which stack of a project is meant."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from orchestration.errors import ConfigError
from orchestration.model import Secret
from orchestration.project import Project, Service
from orchestration.stack import Stack


class FakeStackSource:
    """Stacks without components."""

    def stack(self, name: str, environ: Mapping[str, str], password: Secret | None = None) -> Stack:
        return Stack(name=name, service=environ["SERVICE"], project=Path("/p"), components=())


def project(stacks: Mapping[str, str], default: str | None = None) -> Project:
    return Project(
        root=Path("/p"),
        file=Path("/p/stackwright.toml"),
        name="p",
        artifacts=Path("/p/failures"),
        stacks=stacks,
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
