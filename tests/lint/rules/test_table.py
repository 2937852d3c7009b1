"""The table of rules against the files."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

import lint.rules
from lint.rules.rule import Rule
from lint.rules.table import RULES

ROOM = Path(lint.rules.__file__).parent


def test_every_file_with_a_rule_is_in_the_table_and_named_after_it() -> None:
    found = {
        path.stem.replace("_", "-")
        for path in ROOM.glob("*.py")
        if re.search(r"^RULE: Final", path.read_text(), re.MULTILINE)
    }
    assert found == {rule.name for rule in RULES}


def test_codes_are_unique() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_has_all_its_words(rule: Rule) -> None:
    module = import_module(f"lint.rules.{rule.name.replace('-', '_')}")
    assert module.RULE is rule
    assert re.fullmatch(r"SW\d{3,4}", rule.code)
    assert rule.summary.endswith(".")
    assert rule.why
    assert rule.remedy
    assert "\n" not in rule.remedy
