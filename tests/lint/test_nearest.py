"""The word that was meant."""

from __future__ import annotations

import pytest

from lint.nearest import MOST, nearest, suggestion


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("compose-invokation", "compose-invocation"),
        ("COMPOSE-FILE", "compose-file"),
        ("orphan", "orphan-compose-file"),
        ("compose", "compose-file"),
        ("zzz", ""),
        ("", ""),
    ],
)
def test_the_nearest_word(word: str, meant: str) -> None:
    known = ("compose-invocation", "compose-file", "orphan-compose-file")
    assert nearest(word, known) == meant


def test_without_a_near_word_those_that_there_are_are_told() -> None:
    assert suggestion("zzz", ["b", "a"]) == "there is `b`, `a`"
    assert suggestion("zzz", []) == ""
    many = [f"word-{number}" for number in range(MOST + 1)]
    assert suggestion("zzz", many).endswith(" and more")
