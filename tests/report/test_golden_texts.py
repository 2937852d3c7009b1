"""What users read, word for word."""

from __future__ import annotations

import pytest

from tests.report.golden_texts import GOLDEN, TEXTS
from tests.report.subjects import SECRET


@pytest.mark.parametrize("name", TEXTS)
def test_the_text_is_as_it_was_approved(name: str) -> None:
    approved = (GOLDEN / f"{name}.txt").read_text("utf-8")
    assert TEXTS[name]() == approved, "if it is meant: python -m tests.report.golden_texts"


def test_every_golden_file_is_compared() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == {*TEXTS}


@pytest.mark.parametrize("name", [name for name in TEXTS if not name.startswith("env")])
def test_no_text_has_a_secret_or_acts_on_a_terminal(name: str) -> None:
    text = TEXTS[name]()
    assert SECRET not in text
    assert all(line.isprintable() for line in text.split("\n"))
