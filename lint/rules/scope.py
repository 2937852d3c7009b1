"""What is judged at all, and how severely: the tier that a trace serves decides."""

from __future__ import annotations

import re
from typing import Final

from lint.effects import AnyEffect, Build, Compose, Effect, RunsTests, Start, Trace
from lint.model import Severity, Tier
from lint.rules.territory import (
    about_tests,
    for_integration,
    in_tests,
    named_for_tests,
    of_end_to_end,
)

_TEST_LIBRARIES: Final = ("testcontainers", "dockertest")
_TESTING: Final = re.compile(
    r"tests?|testing|integration|e2e|check|verify|smoke|acceptance|functional", re.IGNORECASE
)


def weigh(
    trace: Trace, effect: Effect, severity: Severity, *, e2e: Severity | None = None
) -> Severity | None:
    """How bad an effect is in a trace, None: out of scope there.

    The integration tier has the rule's own severity; dead test code is a note. Recipes, jobs and
    scripts of neither tier are deployment and development, unless what they do belongs to tests by
    its place: then a warning (or all of it, where the place says integration). E2E is only judged
    where `e2e` says so.
    """
    entry = trace.entry
    if entry.kind == "unreached":
        return None if of_end_to_end(entry.place.path) else Severity.NOTE
    if entry.kind == "main" or is_subject(trace, effect):
        return None
    if entry.tier is Tier.E2E:
        return e2e
    if entry.tier is Tier.INTEGRATION and _tests(trace):
        return severity if entry.live else Severity.NOTE
    serving = [entry.place.path] if entry.kind == "suite" else _serving(effect)
    if not serving:
        return None
    if not entry.live:
        return Severity.NOTE
    if any(for_integration(path) for path in serving):
        return severity
    return _at_most(severity, Severity.WARNING)


def of_tests(trace: Trace, severity: Severity) -> Severity | None:
    """How bad a fault in a whole stack is, None: the trace runs no stack for tests."""
    entry = trace.entry
    if not entry.live or entry.tier is Tier.E2E:
        return None
    if entry.tier is Tier.INTEGRATION:
        return severity if _tests(trace) else None
    return _at_most(severity, Severity.WARNING) if entry.kind == "suite" else None


def is_subject(trace: Trace, effect: Effect) -> bool:
    """Whether it is what a test calls to test it: production code, reached from a test's body.

    Such tests replace the process, or test a tool that runs containers for its users; neither is
    the tier's infrastructure. What a library made for tests starts is, wherever it is called.
    """
    if trace.entry.kind != "suite" or effect.context.phase != "test" or _made_for_tests(effect):
        return False
    return not about_tests(effect.at.path) and not about_tests(effect.decided.path)


def staged(trace: Trace) -> tuple[AnyEffect, ...]:
    """The effects of a trace without those of the code under test."""
    support = {path for one in trace.effects if _made_for_tests(one) for path in _passed(one)}
    return tuple(
        effect
        for effect in trace.effects
        if effect.at.path in support or not is_subject(trace, effect)
    )


def _made_for_tests(effect: Effect) -> bool:
    """Whether a library starts or builds it that nobody but tests uses."""
    return isinstance(effect, Start | Build) and effect.api.startswith(_TEST_LIBRARIES)


def _tests(trace: Trace) -> bool:
    """Whether a job tests at all: a workflow of tests has jobs that build and deploy as well."""
    if trace.entry.kind != "job" or _TESTING.search(trace.entry.name):
        return True
    return any(isinstance(effect, RunsTests) for effect in trace.effects)


def _serving(effect: Effect) -> list[str]:
    """The files of tests that it is executed in, or the compose files of tests that it runs."""
    passed = _passed(effect)
    if isinstance(effect, Compose):
        passed |= {one.shown for one in effect.files}
    return [path for path in passed if _is_test(path)]


def _passed(effect: Effect) -> set[str]:
    """The files on the way to an effect."""
    return {effect.at.path, effect.decided.path, *(step.defined.path for step in effect.chain)}


def _is_test(path: str) -> bool:
    return (in_tests(path) or named_for_tests(path)) and not of_end_to_end(path)


def _at_most(severity: Severity, most: Severity) -> Severity:
    return min(severity, most, key=lambda one: one.rank)
