from __future__ import annotations

from datetime import date

import pytest

from lint.errors import LintConfigError
from lint.facts import Suppression
from lint.globs import matches
from lint.guidance.catalogue import load
from lint.model import Finding, Place, Severity
from lint.program import Span
from lint.rules.rule import Rule
from lint.rules.table import RULES
from lint.settings import Exemption
from lint.suppress import Suppressions, resolved
from tests.lint.findings import finding

_TODAY = date(2026, 1, 15)


def _rule(name: str, code: str, requirement: str) -> Rule:
    return Rule(
        name=name,
        code=code,
        requirement=requirement,
        severity=Severity.ERROR,
        summary="",
        why="",
        remedy="",
        check=lambda project: iter(()),
        examples=(),
    )


_RULES = (_rule("compose-invocation", "SW201", "R2"), _rule("start-order", "SW601", "R6"))
_RAN = {rule.name for rule in _RULES}


def _mark(
    *rules: str, covers: int = 1, until: str = "", problem: str = "", reason: str = "moved soon"
) -> Suppression:
    return Suppression(rules, reason, "ann", until, Span(1, 30), covers, problem)


def _with(*marks: Suppression, exemptions: tuple[Exemption, ...] = ()) -> Suppressions:
    return Suppressions(
        marks={"test/a.go": marks}, exemptions=exemptions, rules=_RULES, today=_TODAY
    )


def _exemption(
    *,
    rule: str = "",
    requirement: str = "",
    service: str = "",
    paths: tuple[str, ...] = (),
    until: date = date(2026, 2, 1),
) -> Exemption:
    return Exemption(
        owner="ann",
        reason="migrating",
        until=until,
        rule=rule,
        requirement=requirement,
        service=service,
        paths=paths,
        at=Place("stackwright.toml", 7),
    )


def _told(
    these: Suppressions, found: list[Finding], needed: tuple[tuple[str, str], ...] = ()
) -> list[tuple[str, str]]:
    these.apply(found)
    return [(name, str(hit.place)) for name, hit in these.hits(_RAN, needed)]


@pytest.mark.parametrize("name", ["compose-invocation", "SW201"])
def test_a_comment_hides_the_finding_of_its_line(name: str) -> None:
    (hidden,) = _with(_mark(name, until="2026-01-15")).apply([finding()])
    assert hidden.suppressed
    assert (hidden.suppressed.by, hidden.suppressed.owner) == ("inline", "ann")
    assert hidden.suppressed.until == "2026-01-15"
    assert hidden.suppressed.reason == "moved soon"


def test_a_comment_covers_all_lines_of_a_call_and_no_others() -> None:
    found = [finding(line=3, end_line=6), finding(line=8)]
    hidden, seen = _with(_mark("compose-invocation", covers=5)).apply(found)
    assert hidden.suppressed
    assert not seen.suppressed


def test_a_comment_can_speak_of_the_whole_file() -> None:
    found = [finding(line=900), finding(line=1, path="test/b.go")]
    hidden, other = _with(_mark("compose-invocation", covers=0)).apply(found)
    assert hidden.suppressed
    assert not other.suppressed


def test_another_rules_finding_stays() -> None:
    (seen,) = _with(_mark("start-order")).apply([finding()])
    assert not seen.suppressed


def test_a_used_comment_is_no_finding() -> None:
    assert _told(_with(_mark("compose-invocation")), [finding()]) == []


def test_each_rule_that_a_comment_names_has_to_be_needed() -> None:
    these = _with(_mark("compose-invocation", "start-order"))
    these.apply([finding()])
    ((name, hit),) = these.hits(_RAN)
    assert name == "unused-suppression"
    assert "start-order" in hit.message


def test_nothing_is_known_of_rules_that_did_not_run() -> None:
    assert list(_with(_mark("start-order")).hits({"compose-invocation"})) == []


def test_a_comment_that_is_over_hides_nothing_and_is_a_finding() -> None:
    these = _with(_mark("compose-invocation", until="2026-01-14"))
    (seen,) = these.apply([finding()])
    assert not seen.suppressed
    assert _told(these, [finding()]) == [("expired-exemption", "test/a.go:1")]


def test_a_malformed_comment_hides_nothing_and_is_a_finding() -> None:
    these = _with(_mark("compose-invocation", problem="it gives no reason"))
    (seen,) = these.apply([finding()])
    assert not seen.suppressed
    ((name, hit),) = these.hits(_RAN)
    assert name == "malformed-suppression"
    assert "no reason" in hit.message


def test_an_unknown_rule_is_a_finding_with_the_nearest_name() -> None:
    ((name, hit),) = _with(_mark("compose-invocations")).hits(_RAN)
    assert name == "malformed-suppression"
    assert "`compose-invocation`?" in hit.message


@pytest.mark.parametrize("key", [{"rule": "compose-invocation"}, {"requirement": "R2"}])
def test_an_exemption_hides_what_it_names(key: dict[str, str]) -> None:
    these = _with(exemptions=(_exemption(**key, paths=("test",)),))  # type: ignore[arg-type]  # keys vary
    hidden, outside = these.apply([finding(), finding(path="lib/a.go")])
    assert hidden.suppressed
    assert hidden.suppressed.by == "exemption"
    assert hidden.suppressed.until == "2026-02-01"
    assert not outside.suppressed
    assert list(these.hits(_RAN)) == []
    assert matches("test/a.go", "test")


def test_an_exemption_for_one_service_does_not_speak_for_the_others() -> None:
    one, two = (_exemption(requirement="R2", service=name) for name in ("gateway", "ledger"))
    shared = finding(services=("gateway", "ledger"))
    (seen,) = _with(exemptions=(one,)).apply([shared])
    assert not seen.suppressed
    (hidden,) = _with(exemptions=(one, two)).apply([shared])
    assert hidden.suppressed
    (own,) = _with(exemptions=(one,)).apply([finding(services=("gateway",))])
    assert own.suppressed


def test_an_exemption_that_is_over_hides_nothing_and_is_a_finding() -> None:
    these = _with(exemptions=(_exemption(requirement="R2", until=date(2026, 1, 14)),))
    (seen,) = these.apply([finding()])
    assert not seen.suppressed
    assert _told(these, [finding()]) == [("expired-exemption", "stackwright.toml:7")]


def test_an_exemption_that_hides_nothing_is_a_finding() -> None:
    these = _with(exemptions=(_exemption(requirement="R6"),))
    assert _told(these, [finding()]) == [("unused-suppression", "stackwright.toml:7")]


def test_an_exemption_of_a_requirement_that_lacks_evidence_is_in_use() -> None:
    these = _with(exemptions=(_exemption(requirement="R6", service="gateway"),))
    assert _told(these, [], (("gateway", "R6"),)) == []
    assert _told(these, [], (("ledger", "R6"),)) != []


def test_an_exemption_may_name_its_requirement_and_an_unknown_one_is_told() -> None:
    guidance = load().current(date(2026, 1, 15))

    def of(requirement: str) -> Exemption:
        return Exemption(
            owner="a",
            reason="b",
            until=date(2027, 1, 1),
            requirement=requirement,
            at=Place("stackwright.toml", 4),
        )

    (made,) = resolved([of("no-compose")], guidance, RULES)
    assert made.requirement == "R2"
    with pytest.raises(LintConfigError, match=r"stackwright\.toml:4: .*`R22`"):
        resolved([of("R22")], guidance, RULES)
