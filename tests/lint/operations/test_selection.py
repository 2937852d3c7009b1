"""What is shown of a report."""

from __future__ import annotations

import pytest

from lint.errors import UsageError
from lint.operations.selection import Selection, select, selection, words
from lint.settings import LintConfig
from tests.lint.outputs.sample import REPORT, REQUIREMENTS, RULES


def codes(wanted: Selection) -> list[str]:
    return [each.code for each in select(REPORT, wanted, RULES, REQUIREMENTS).findings]


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("compose-invocation", ["SW201", "SW201"]),
        ("SW201", ["SW201", "SW201"]),
        ("SW", ["SW201", "SW401", "SW501", "SW201"]),
        ("sw4", ["SW401"]),
        ("R2", ["SW201", "SW201"]),
        ("r2", ["SW201", "SW201"]),
        ("no-compose", ["SW201", "SW201"]),
        ("ALL", ["SW201", "SW401", "SW501", "SW201"]),
    ],
)
def test_a_rule_is_meant_by_name_code_or_requirement(word: str, expected: list[str]) -> None:
    assert codes(Selection(select=(word,))) == expected
    left = [code for code in ("SW201", "SW401", "SW501", "SW201") if code not in expected]
    assert codes(Selection(ignore=(word,))) == left


def test_ignore_wins_over_select() -> None:
    assert codes(Selection(select=("ALL",), ignore=("SW201",))) == ["SW401", "SW501"]


def test_a_requirement_keeps_its_findings_and_its_column() -> None:
    report = select(REPORT, Selection(requirements=("no-compose",)), RULES, REQUIREMENTS)
    assert {each.requirement for each in report.findings} == {"R2"}
    assert all(set(each.requirements) == {"R2"} for each in report.services)


def test_a_service_keeps_its_findings_its_row_and_its_claims() -> None:
    report = select(REPORT, Selection(services=("HolmesGPT_API",)), RULES, REQUIREMENTS)
    assert [each.code for each in report.findings] == ["SW501", "SW201"]
    assert [each.name for each in report.services] == ["holmesgpt-api"]
    assert [each.service for each in report.claims] == ["holmesgpt-api"]


def test_verdicts_stay_what_they_are() -> None:
    report = select(REPORT, Selection(ignore=("ALL",)), RULES, REQUIREMENTS)
    assert report.findings == ()
    assert report.services == REPORT.services


def test_nothing_chosen_is_the_whole_report() -> None:
    assert select(REPORT, Selection(), RULES, REQUIREMENTS) == REPORT


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Selection(select=("compose-invokation",)), "did you mean `compose-invocation`?"),
        (Selection(ignore=("SW9",)), "there is no rule, code or requirement `SW9`"),
        (Selection(requirements=("R99",)), "there is no requirement `R99`"),
        (Selection(services=("gatway",)), "did you mean `gateway`?"),
    ],
)
def test_a_word_that_means_nothing_is_an_error(wanted: Selection, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        codes(wanted)
    assert said in str(caught.value)


def test_select_on_the_command_line_replaces_what_the_configuration_says() -> None:
    config = LintConfig(select=("R2",), ignore=("SW401",))
    assert selection(config) == Selection(select=("R2",), ignore=("SW401",))
    assert selection(config, select=["SW4"]) == Selection(select=("SW4",))
    assert selection(config, ignore=["S5"]) == Selection(select=("R2",), ignore=("SW401", "S5"))


def test_words_may_stand_together() -> None:
    assert words(["R1,R2", "R3, R4", ""]) == ("R1", "R2", "R3", "R4")
