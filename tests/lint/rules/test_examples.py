"""Every example of every rule, through the whole product."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint.rules.rule import Example, Rule
from lint.rules.table import RULES
from tests.lint.rules.pipeline import audited, marked

EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.name}: {example.title}")
    for rule in RULES
    for example in rule.examples
]


@pytest.mark.parametrize("everything", [False, True], ids=["sieved", "everything"])
@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_an_example_is_reported_where_it_is_marked_and_nowhere_else(
    rule: Rule, example: Example, everything: bool, tmp_path: Path
) -> None:
    files, expected = marked(example.files)
    report = audited(files, tmp_path / "example", everything=everything).report
    found = [one for one in report.findings if one.rule == rule.name and not one.suppressed]
    assert {(one.place.path, one.place.line) for one in found} == expected, [
        f"{one.place}: {one.message}" for one in found
    ]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_shows_what_is_wrong_and_what_is_right(rule: Rule) -> None:
    bad = [example for example in rule.examples if marked(example.files)[1]]
    assert bad, "no example of what it reports"
    assert len(bad) < len(rule.examples), "no example of what it leaves alone"
