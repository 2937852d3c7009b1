from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from lint.checker import Checker, running
from lint.effects import Command, Entry, Step, Trace
from lint.errors import UsageError
from lint.guidance.guidance import Guidance, Requirement
from lint.model import Place, Severity, Tier
from lint.project import Project
from lint.rules.rule import Hit, Rule


def _requirement(name: str, level: str, *rules: str) -> Requirement:
    return Requirement(id=name, name=name.lower(), level=level, text="", rules=rules)


_GUIDANCE = Guidance(
    id="DD",
    version="2.0",
    title="",
    in_force=date(2026, 1, 1),
    requirements={
        "R2": _requirement("R2", "MUST NOT", "compose-invocation"),
        "R9": _requirement("R9", "SHOULD", "start-order"),
    },
)


def _rule(name: str, code: str, requirement: str, *hits: Hit) -> Rule:
    def check(project: Project) -> Iterator[Hit]:
        yield from hits

    return Rule(
        name=name,
        code=code,
        requirement=requirement,
        severity=Severity.ERROR,
        summary="",
        why="",
        remedy="do better",
        check=check,
        examples=(),
    )


def _entry(kind: str, tier: Tier, *services: str) -> Entry:
    return Entry(
        kind=kind,
        name="suite",
        place=Place("test/suite_test.go", 1),
        language="go",
        tier=tier,
        services=services,
    )


def _trace(entry: Entry, *places: Place, called: Place | None = None) -> Trace:
    chain = (Step(place=called, callee="Start", defined=places[0]),) if called else ()
    return Trace(
        entry=entry,
        effects=tuple(Command(at=one, decided=one, chain=chain, argv=()) for one in places),
    )


def _project(*traces: Trace) -> Project:
    return Project(
        files={},
        paths=frozenset(),
        traces=traces,
        services=(),
        attribution={"test/infra/ledger.go": ("ledger",)},
        guidance=_GUIDANCE,
        today=date(2026, 1, 1),
    )


_AT = Place("test/infra/ledger.go", 10, 2, 12, 1)


def test_only_rules_of_the_guidance_run_and_hygiene_always() -> None:
    rules = (
        _rule("compose-invocation", "SW201", "R2"),
        _rule("registry-pull", "SW501", "R5"),
        _rule("unparsable", "SW901", ""),
    )
    chosen = running(rules, _GUIDANCE, (), ())
    assert [rule.name for rule in chosen] == ["compose-invocation", "unparsable"]


@pytest.mark.parametrize(
    ("select", "ignore", "left"),
    [
        (["SW2"], [], ["compose-invocation"]),
        (["R9"], [], ["start-order"]),
        (["start-order", "SW201"], ["R2"], ["start-order"]),
        ([], ["SW"], []),
        (["ALL"], ["start-order"], ["compose-invocation"]),
    ],
)
def test_rules_are_chosen_by_name_code_or_requirement(
    select: list[str], ignore: list[str], left: list[str]
) -> None:
    rules = (_rule("compose-invocation", "SW201", "R2"), _rule("start-order", "SW601", "R6"))
    assert [rule.name for rule in running(rules, _GUIDANCE, select, ignore)] == left


def test_a_choice_that_means_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="compose-invokation"):
        running((), _GUIDANCE, ["compose-invokation"], ())


def test_a_finding_gets_what_the_run_knows_of_its_place() -> None:
    project = _project(_trace(_entry("suite", Tier.INTEGRATION, "gateway"), Place(_AT.path, 11)))
    rule = _rule("compose-invocation", "SW201", "R2", Hit(place=_AT, message="compose"))
    (found,) = Checker(project=project, rules=(rule,)).findings()
    assert found.services == ("gateway", "ledger")
    assert (found.tier, found.reachable) == (Tier.INTEGRATION, True)
    assert (found.requirement, found.remedy) == ("R2", "do better")
    assert found.fingerprint


def test_the_way_to_an_effect_is_passed_through_as_well() -> None:
    entry = _entry("suite", Tier.E2E, "gateway")
    project = _project(_trace(entry, Place("test/other.go", 3), called=Place(_AT.path, 12)))
    rule = _rule("compose-invocation", "SW201", "R2", Hit(place=_AT, message="compose"))
    (found,) = Checker(project=project, rules=(rule,)).findings()
    assert (found.tier, found.reachable) == (Tier.E2E, True)


def test_what_nobody_starts_does_not_make_a_place_reachable() -> None:
    dead = _trace(_entry("unreached", Tier.OTHER), _AT)
    rule = _rule("compose-invocation", "SW201", "R2", Hit(place=_AT, message="compose"))
    (found,) = Checker(project=_project(dead), rules=(rule,)).findings()
    assert (found.tier, found.reachable) == (Tier.OTHER, False)


def test_the_integration_tier_is_told_before_others() -> None:
    traces = [_trace(_entry("suite", tier, "a"), _AT) for tier in (Tier.E2E, Tier.INTEGRATION)]
    rule = _rule("compose-invocation", "SW201", "R2", Hit(place=_AT, message="compose"))
    (found,) = Checker(project=_project(*traces), rules=(rule,)).findings()
    assert found.tier is Tier.INTEGRATION


def test_a_rule_may_know_better() -> None:
    hit = Hit(
        place=_AT,
        message="compose",
        severity=Severity.NOTE,
        services=("courier",),
        tier=Tier.OTHER,
        reachable=True,
    )
    rule = _rule("compose-invocation", "SW201", "R2", hit)
    project = _project(_trace(_entry("suite", Tier.INTEGRATION, "gateway"), _AT))
    (found,) = Checker(project=project, rules=(rule,)).findings()
    assert (found.severity, found.services) == (Severity.NOTE, ("courier",))
    assert (found.tier, found.reachable) == (Tier.OTHER, True)


def test_a_broken_should_is_a_warning_at_most_and_named_after_the_guidance() -> None:
    rule = _rule("start-order", "SW601", "R6", Hit(place=_AT, message="order"))
    (found,) = Checker(project=_project(), rules=(rule,)).findings()
    assert (found.severity, found.requirement) == (Severity.WARNING, "R9")


def test_one_thing_said_twice_is_one_finding_of_all_its_services() -> None:
    hits = [Hit(place=_AT, message="compose", services=(name,)) for name in ("b", "a")]
    rule = _rule("compose-invocation", "SW201", "R2", *hits)
    (found,) = Checker(project=_project(), rules=(rule,)).findings()
    assert found.services == ("a", "b")


def test_findings_come_sorted_by_place_and_differ_by_fingerprint() -> None:
    hits = [Hit(place=Place("a.go", line), message="compose") for line in (9, 1, 5)]
    rule = _rule("compose-invocation", "SW201", "R2", *hits)
    found = Checker(project=_project(), rules=(rule,)).findings()
    assert [one.place.line for one in found] == [1, 5, 9]
    assert len({one.fingerprint for one in found}) == 3
