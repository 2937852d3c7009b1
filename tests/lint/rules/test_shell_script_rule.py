"""shell-container-script."""

from __future__ import annotations

import pytest

from lint.effects import AnyEffect
from lint.facts import FileFacts
from lint.model import Severity, Tier
from lint.rules.shell_container_script import RULE
from tests.lint.rules.projects import (
    at,
    build,
    compose,
    dead,
    project,
    recipe,
    removal,
    reported,
    runs_file,
    start,
    suite,
)

SCRIPT = "test/integration/gateway/setup.sh"
SHELL = {SCRIPT: FileFacts("shell")}


def test_a_script_is_reported_once_where_it_first_touches_a_container() -> None:
    code = "test/integration/gateway/suite_test.go"
    trace = suite(
        "gateway",
        runs_file(SCRIPT),
        at(removal("container", "pg"), SCRIPT, 4),
        at(start("postgres:16", "pg"), SCRIPT, 9),
        at(start("redis:7", "redis"), SCRIPT, 15),
        path=code,
    )
    [hit] = reported(RULE, project(trace, files=SHELL))
    assert (hit.place.path, hit.place.line) == (SCRIPT, 4)
    assert hit.message == (
        "a shell script starts and removes the tier's containers; "
        "it is run by the integration suite of gateway"
    )
    assert [(one.place.path, one.why) for one in hit.related][:1] == [(code, "it is called here")]


@pytest.mark.parametrize("verb", ["up", "down", "stop", ""])
def test_a_script_around_compose_counts(verb: str) -> None:
    of = project(suite("gateway", at(compose(verb=verb), SCRIPT, 3)), files=SHELL)
    assert len(reported(RULE, of)) == 1


@pytest.mark.parametrize(
    "effect",
    [
        build("gw:<uuid>"),
        start("acme/lint:1", one_shot=True),
        start("alpine:3"),
        removal("all"),
        removal("image", "gw"),
        compose(verb="logs"),
    ],
)
def test_scripts_that_run_no_container_of_the_tier_are_fine(effect: AnyEffect) -> None:
    assert not reported(RULE, project(suite("gateway", at(effect, SCRIPT, 3)), files=SHELL))


def test_recipes_and_programs_are_no_scripts() -> None:
    of = project(
        recipe("test-integration", start("postgres:16")), files={"Makefile": FileFacts("makefile")}
    )
    assert not reported(RULE, of)


def test_a_script_for_deployment_is_left_alone() -> None:
    of = project(
        recipe("deploy", at(start("gw:1"), "scripts/deploy.sh", 3), tier=Tier.OTHER),
        files={"scripts/deploy.sh": FileFacts("shell")},
    )
    assert not reported(RULE, of)


def test_an_orphaned_script_is_a_note() -> None:
    orphan = dead(SCRIPT, at(start("postgres:16"), SCRIPT, 5), kind="script", tier=Tier.INTEGRATION)
    [hit] = reported(RULE, project(orphan, files=SHELL))
    assert (hit.severity, hit.reachable) == (Severity.NOTE, False)


def test_a_retired_script_is_nothing() -> None:
    path = "test/deprecated/setup.sh"
    orphan = dead(path, start("postgres:16"), kind="script", tier=Tier.INTEGRATION)
    assert not reported(RULE, project(orphan, files={path: FileFacts("shell")}))
