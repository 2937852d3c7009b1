"""Where keys stand, also in a text that is no valid TOML."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lint.languages.toml_keys import Key, TomlKeys

TEXT = """\
top = 1
[lint]
select = ["R2", "R3"]
"quoted key".inner = { a = 1, b = [ { c = 2 } ] }
[lint.tiers]
"test/**" = "e2e"
[[lint.exemptions]]
rule = "a"
[[lint.exemptions]]
rule = "ü"  # ü
paths = [
  # a comment is no item
  "x",
]
[lint.exemptions.more]
deep = true
"""


@pytest.mark.parametrize(
    ("key", "place"),
    [
        (("top",), (1, 1)),
        (("lint",), (2, 2)),
        (("lint", "select", 1), (3, 17)),
        (("lint", "quoted key", "inner", "b", 0, "c"), (4, 39)),
        (("lint", "tiers", "test/**"), (6, 1)),
        (("lint", "exemptions", 0), (7, 3)),
        (("lint", "exemptions", 1, "rule"), (10, 1)),
        (("lint", "exemptions", 1, "paths", 0), (13, 3)),
        (("lint", "exemptions", 1, "more", "deep"), (16, 1)),
        (("lint", "exemptions", 1, "owner"), (9, 3)),
        (("nothing",), (0, 0)),
        ((), (0, 0)),
    ],
)
def test_a_key_stands_where_it_is_written(key: Key, place: tuple[int, int]) -> None:
    assert TomlKeys(TEXT).place(key) == place


def test_what_can_be_read_of_a_broken_text_is_found() -> None:
    assert TomlKeys("[lint]\nselect = [\n[other]\nx = 1\n").place(("lint",)) == (1, 2)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="[]{}=.,\"'#\n\\ aé\ud800", max_size=60))
def test_no_text_makes_it_fail(text: str) -> None:
    TomlKeys(text).place(("a", 0, "a"))


def test_deep_nesting_ends() -> None:
    TomlKeys("a = " + "[" * 3000 + "]" * 3000).place(("a",))
    TomlKeys("[" + ".".join("a" * 3000) + "]").place(("a",))
