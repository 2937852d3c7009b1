"""What is judged at all, and how severely."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lint.effects import Compose
from lint.model import Place, Severity, Tier
from lint.rules.compose_invocation import RULE
from lint.rules.scope import is_subject, of_tests, weigh
from lint.rules.sightings import listed, who, within
from lint.rules.territory import in_tests, is_input, named_for_tests, of_end_to_end
from tests.lint.rules.projects import (
    at,
    compose,
    dead,
    project,
    recipe,
    reported,
    runs_tests,
    suite,
)


def in_test(path: str) -> Compose:
    run = at(compose(), path, 5)
    return replace(run, context=replace(run.context, phase="test"))


@pytest.mark.parametrize(
    ("path", "subject"),
    [
        ("app/deploy.py", True),
        ("internal/up/up.go", True),
        ("internal/up/up_test.go", False),
        ("tests/helpers/stack.py", False),
        ("internal/testutil/stack.go", False),
        ("pkg/infrastructure/stack.go", False),
    ],
)
def test_production_code_under_test_is_no_infrastructure(path: str, subject: bool) -> None:
    trace = suite("gateway", in_test(path))
    assert is_subject(trace, trace.effects[0]) is subject
    assert bool(reported(RULE, project(trace))) is not subject


def test_a_hook_may_call_any_code_for_its_set_up() -> None:
    trace = suite("gateway", at(compose(), "app/stack.py", 5))
    assert not is_subject(trace, trace.effects[0])


def test_a_workflow_of_tests_may_have_jobs_that_deploy() -> None:
    deploys = recipe("deploy", compose(), kind="job")
    assert weigh(deploys, deploys.effects[0], Severity.ERROR) is None
    assert of_tests(deploys, Severity.ERROR) is None
    tests = recipe("deploy", compose(), runs_tests(), kind="job")
    assert weigh(tests, tests.effects[0], Severity.ERROR) is Severity.ERROR


@pytest.mark.parametrize(
    ("tier", "severity"),
    [(Tier.INTEGRATION, Severity.ERROR), (Tier.OTHER, Severity.WARNING), (Tier.E2E, None)],
)
def test_the_tier_of_a_suite_decides(tier: Tier, severity: Severity | None) -> None:
    assert of_tests(suite("gateway", tier=tier), Severity.ERROR) is severity


def test_a_warning_never_becomes_an_error() -> None:
    assert of_tests(suite("gateway"), Severity.WARNING) is Severity.WARNING
    assert of_tests(suite("gateway", tier=Tier.OTHER), Severity.NOTE) is Severity.NOTE


def test_dead_end_to_end_code_is_nothing() -> None:
    trace = dead("test/e2e/setup.go", compose())
    assert weigh(trace, trace.effects[0], Severity.ERROR) is None


@pytest.mark.parametrize(
    "path",
    [
        "test/a.go",
        "svc/tests/a.py",
        "integration/a.sh",
        "gateway-tests/a.py",
        "test_infra/a.yml",
        "itest/a",
    ],
)
def test_directories_of_tests_are_known(path: str) -> None:
    assert in_tests(path)


@pytest.mark.parametrize(
    "path", ["latest/a.go", "src/contest/a.py", "attestation/a.py", "a_test.go"]
)
def test_words_that_only_contain_test_are_none(path: str) -> None:
    assert not in_tests(path)


def test_paths_tell_input_end_to_end_and_names() -> None:
    assert is_input("tests/testdata/compose.yml")
    assert not is_input("tests/data.yml")
    assert of_end_to_end("test/e2e/a.yml")
    assert of_end_to_end("compose.e2e.yml")
    assert not of_end_to_end("test/pipe2end/a.yml")
    assert named_for_tests("docker-compose.test.yml")
    assert not named_for_tests("docker-compose.latest.yml")


def test_entries_are_named_as_people_call_them() -> None:
    entries = [
        suite("gateway").entry,
        suite("notification").entry,
        suite("", path="x_test.go").entry,
        recipe("it").entry,
        recipe("ci", kind="job").entry,
    ]
    assert who(entries[:2], live=True) == "the integration suites of gateway and notification"
    assert who(entries[2:3], live=True) == "the integration suite `test/integration/`"
    assert who(entries[3:], live=True) == "`make it` and the workflow job `ci`"
    assert who(entries, live=False) == "code that nothing reaches"
    assert listed(("a", "b", "c"), last="or") == "a, b or c"


def test_a_place_lies_within_another() -> None:
    outer = Place("a", 3, 5, 6, 2)
    assert within(Place("a", 4, 1), outer)
    assert within(outer, outer)
    assert not within(Place("a", 3, 4), outer)
    assert not within(Place("a", 6, 3), outer)
    assert not within(Place("b", 4), outer)
