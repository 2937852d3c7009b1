"""skip-instead-of-fail."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lint.facts import FileFacts
from lint.model import Severity, Tier
from lint.program import (
    Arg,
    Assign,
    Attr,
    Call,
    Define,
    Expr,
    Function,
    Lit,
    Module,
    Name,
    Span,
)
from lint.program import Test as Condition
from lint.rules.skip_instead_of_fail import RULE
from tests.lint.rules.projects import dead, guard, lines, project, reported, skip, suite


def test_a_skip_after_a_probe_is_an_error() -> None:
    [hit] = reported(RULE, project(suite("gateway", skip("no", guard("ready", probes=True)))))
    assert hit.severity is Severity.ERROR
    assert hit.message == (
        "tests of the integration suite of gateway are skipped, not failed, "
        'when infrastructure is missing ("no")'
    )


@pytest.mark.parametrize(
    "reason",
    [
        "Redis not available",
        "docker is not running",
        "PostgreSQL unavailable: %v",
        "could not connect to the database",
        "requires a running DataStorage",
        "podman is not installed",
    ],
)
def test_a_reason_that_says_what_is_missing_tells_it_too(reason: str) -> None:
    assert reported(RULE, project(suite("gateway", skip(reason, guard("err")))))
    assert reported(RULE, project(suite("gateway", skip(reason, handler=True))))


@pytest.mark.parametrize(
    "skipped",
    [
        skip("integration tests are off", guard("os.Getenv")),
        skip("docker not available", guard("os.Getenv")),
        skip("short mode", guard("testing.Short")),
        skip("no API key", guard("is_available", probes=True)),
        skip("needs CUDA", guard("cuda_available", probes=True)),
        skip("flaky"),
        skip("Redis not available"),
        skip("not implemented", handler=True),
    ],
)
def test_other_skips_are_fine(skipped: object) -> None:
    assert not reported(RULE, project(suite("gateway", skipped)))  # type: ignore[arg-type]  # an effect


def test_the_end_to_end_tier_may_skip_and_dead_code_is_a_note() -> None:
    missing = skip("", guard("ready", probes=True))
    assert not reported(RULE, project(suite("gateway", missing, tier=Tier.E2E)))
    [hit] = reported(RULE, project(dead("tests/x.py", missing)))
    assert hit.severity is Severity.NOTE


def mark(condition: Expr, reason: str, *before: Assign) -> FileFacts:
    """A test with `pytest.mark.skipif`."""
    skipif = Attr(Attr(Name("pytest"), "mark"), "skipif")
    made = Call(skipif, (Arg(condition), Arg(Lit(reason, Span(6)), "reason")), Span(6))
    test = Function("test_x", (), (), Span(6, 1, 9), (made,))
    return FileFacts("python", program=Module((*before, Define(test))))


def call(name: str) -> Expr:
    return Condition("not", (Call(Name(name), (), Span(6)),))


@pytest.mark.parametrize(
    ("condition", "reason", "expected"),
    [
        (call("docker_available"), "", [6]),
        (call("is_redis_running"), "start it first", [6]),
        (Name("NO_DOCKER"), "docker is not available", [6]),
        (call("gpu_available"), "", []),
        (Name("WINDOWS"), "not on Windows", []),
        (Attr(Name("os"), "environ"), "database is not available", []),
    ],
)
def test_marks_are_judged_by_what_they_ask(
    condition: Expr, reason: str, expected: list[int]
) -> None:
    path = "tests/integration/test_x.py"
    trace = suite("gateway", path=path)
    trace = replace(trace, entry=replace(trace.entry, language="python"))
    of = project(trace, files={path: mark(condition, reason)})
    assert lines(reported(RULE, of)) == expected


def test_a_mark_whose_condition_is_held_in_a_variable_is_seen_through() -> None:
    path = "tests/integration/test_x.py"
    held = Assign(Name("UP"), Call(Name("is_postgres_up"), (), Span(2)))
    trace = suite("gateway", path=path)
    trace = replace(trace, entry=replace(trace.entry, language="python"))
    of = project(trace, files={path: mark(Condition("not", (Name("UP"),)), "later", held)})
    assert lines(reported(RULE, of)) == [6]
