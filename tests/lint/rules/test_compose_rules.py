"""compose-invocation, compose-file and orphan-compose-file."""

from __future__ import annotations

import pytest

from lint.facts import ComposeFile, ComposeService, FileFacts
from lint.model import Place, Severity, Tier
from lint.program import Arg, Do, Lit, Module, Run, Span
from lint.rules.compose_file import RULE as FILE
from lint.rules.compose_invocation import RULE as INVOCATION
from lint.rules.orphan_compose_file import RULE as ORPHAN
from tests.lint.rules.projects import (
    at,
    compose,
    dead,
    lines,
    project,
    recipe,
    reported,
    start,
    suite,
    through,
)

STACK = FileFacts(
    "yaml", compose=(ComposeFile(Span(1), (ComposeService("pg", Span(2), "postgres:16"),)),)
)


def naming(written: str) -> FileFacts:
    """A program that holds a literal."""
    literal = Lit(written, Span(7))
    return FileFacts("shell", program=Module((Do(Run((Arg(literal),), Span(7))),)))


@pytest.mark.parametrize("tool", ["podman-compose", "docker-compose", "docker compose"])
def test_compose_in_an_integration_suite_is_an_error(tool: str) -> None:
    [hit] = reported(INVOCATION, project(suite("gateway", compose(tool))))
    assert hit.severity is Severity.ERROR
    assert hit.message == f"`{tool} up` is run by the integration suite of gateway"
    assert (hit.tier, hit.reachable, hit.services) == (Tier.INTEGRATION, True, ("gateway",))


def test_the_value_of_an_unknown_option_is_not_repeated() -> None:
    [hit] = reported(INVOCATION, project(suite("gateway", compose(verb="PASSWORD=hunter2"))))
    assert hit.message == "`podman-compose` is run by the integration suite of gateway"


def test_one_place_that_may_run_two_tools_is_one_finding() -> None:
    here = [at(compose(tool), "t.py", 5) for tool in ("podman-compose", "docker-compose")]
    [hit] = reported(INVOCATION, project(suite("gateway", *here)))
    assert hit.message.startswith("`podman-compose up` or `docker-compose up` is run")


def test_a_helper_of_two_suites_is_reported_once_for_both() -> None:
    shared = at(compose(), "test/infrastructure/stack.go", 30)
    [hit] = reported(INVOCATION, project(suite("gateway", shared), suite("notification", shared)))
    assert hit.services == ("gateway", "notification")
    assert "the integration suites of gateway and notification" in hit.message


def test_the_caller_of_a_wrapper_is_reported_with_the_place_that_executes() -> None:
    call = Place("test/integration/gateway/suite_test.go", 22)
    run = through(at(compose(), "test/run.go", 8, decided=call), call)
    [hit] = reported(INVOCATION, project(suite("gateway", run)))
    assert hit.place == call
    assert [(one.place.path, one.why) for one in hit.related] == [
        ("test/run.go", "it is executed here")
    ]


@pytest.mark.parametrize("tier", [Tier.E2E])
def test_the_end_to_end_tier_may_use_compose(tier: Tier) -> None:
    assert not reported(INVOCATION, project(suite("gateway", compose(), tier=tier)))


@pytest.mark.parametrize("name", ["up", "dev", "deploy"])
def test_development_and_deployment_recipes_are_left_alone(name: str) -> None:
    of = project(recipe(name, compose("docker compose", "up", "compose.yml"), tier=Tier.OTHER))
    assert not reported(INVOCATION, of)


def test_a_recipe_that_runs_the_compose_file_of_a_suite_serves_that_suite() -> None:
    up = compose("docker compose", "up", "test/integration/gateway/compose.yml")
    [hit] = reported(INVOCATION, project(recipe("infra-up", up, tier=Tier.OTHER)))
    assert hit.severity is Severity.ERROR
    [hit] = reported(
        INVOCATION,
        project(recipe("infra-up", compose("a", "up", "tests/compose.yml"), tier=Tier.OTHER)),
    )
    assert hit.severity is Severity.WARNING


def test_dead_code_is_a_note_and_not_reported_where_something_lives() -> None:
    nobody = dead("test/infrastructure/old.go", compose())
    [hit] = reported(INVOCATION, project(nobody))
    assert (hit.severity, hit.reachable) == (Severity.NOTE, False)
    assert hit.message == "`podman-compose up` is run by code that nothing reaches"
    live = suite("gateway", at(compose(), "test/infrastructure/old.go", 10))
    [hit] = reported(INVOCATION, project(nobody, live))
    assert (hit.severity, hit.reachable) == (Severity.ERROR, True)


def test_a_look_at_the_version_runs_nothing() -> None:
    assert not reported(INVOCATION, project(suite("gateway", compose("docker compose", "version"))))


def test_the_key_of_a_finding_survives_another_caller() -> None:
    shared = at(compose(), "test/infrastructure/stack.go", 30)
    [one] = reported(INVOCATION, project(suite("gateway", shared)))
    [two] = reported(INVOCATION, project(suite("gateway", shared), suite("datastorage", shared)))
    assert one.key == two.key
    assert one.message != two.message


def test_a_compose_file_that_the_tier_runs_is_reported_wherever_it_lies() -> None:
    of = project(
        recipe("test-integration", compose("docker compose", "up", "deploy/stack.yml")),
        files={"deploy/stack.yml": STACK, "compose.yml": STACK},
    )
    [hit] = reported(FILE, of)
    assert hit.place.path == "deploy/stack.yml"
    assert hit.message == "a compose file with 1 service, used by `make test-integration`"


def test_without_a_name_the_default_file_next_to_the_code_is_meant() -> None:
    run = at(compose(), "test/integration/gateway/suite_test.go", 12)
    files = {"docker-compose.yml": STACK, "test/integration/gateway/compose.yaml": STACK}
    [hit] = reported(FILE, project(suite("gateway", run), files=files))
    assert hit.place.path == "test/integration/gateway/compose.yaml"


def test_a_path_behind_an_unknown_directory_is_found_by_its_end() -> None:
    run = at(compose("docker compose", "up", "<?root>/test/it/stack.yml"), "test/it/x.go", 3)
    files = {"test/it/stack.yml": STACK, "other/stack.yml": STACK}
    [hit] = reported(FILE, project(suite("gateway", run), files=files))
    assert hit.place.path == "test/it/stack.yml"


def test_a_file_of_tests_that_live_code_names_is_used() -> None:
    path = "test/integration/gateway/stack.yml"
    code = "test/integration/gateway/suite_test.go"
    of = project(
        suite("gateway", start("postgres:16"), path=code),
        files={path: STACK, code: naming("./stack.yml")},
    )
    assert [hit.place.path for hit in reported(FILE, of)] == [path]
    assert not reported(ORPHAN, of)


def test_a_file_that_only_dead_code_names_is_an_orphan() -> None:
    path = "test/integration/gateway/stack.yml"
    of = project(
        suite("gateway", start("postgres:16")),
        files={path: STACK, "test/old/setup.go": naming("../integration/gateway/stack.yml")},
    )
    [hit] = reported(ORPHAN, of)
    assert hit.place.path == path
    assert [one.place.path for one in hit.related] == ["test/old/setup.go"]
    assert not reported(FILE, of)


@pytest.mark.parametrize(
    "path",
    [
        "docker-compose.yml",
        "deploy/docker-compose.prod.yml",
        "docker-compose.dev.yml",
        "tests/testdata/compose.yml",
        "tests/deprecated/compose.yml",
        "test/e2e/docker-compose.yml",
        "examples/tests/compose.yml",
        "latest/compose.yml",
    ],
)
def test_other_compose_files_are_no_orphans(path: str) -> None:
    assert not reported(ORPHAN, project(files={path: STACK}))


@pytest.mark.parametrize(
    "path", ["tests/compose.yml", "docker-compose.test.yml", "test-infra/stack.yml"]
)
def test_compose_files_for_tests_that_nobody_uses_are_orphans(path: str) -> None:
    [hit] = reported(ORPHAN, project(files={path: STACK}))
    assert (hit.severity, hit.reachable) == (None, False)


def test_a_file_that_may_be_the_one_meant_is_no_orphan() -> None:
    of = project(
        recipe("test-integration", at(compose("a", "up", "<?FILE>"), "tests/run.sh", 4)),
        files={"tests/stack/compose.yml": STACK},
    )
    assert not reported(ORPHAN, of)


def test_compose_text_inside_a_program_counts_where_compose_is_run() -> None:
    code = "test/integration/gateway/suite_test.go"
    inside = FileFacts("go", compose=(ComposeFile(Span(40), (), True),))
    [hit] = reported(FILE, project(suite("gateway", compose(), path=code), files={code: inside}))
    assert lines([hit]) == [40]
    assert not reported(
        FILE, project(suite("gateway", start("postgres:16"), path=code), files={code: inside})
    )
