"""Where keys stand in a TOML text."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.stackfile.positions import UNKNOWN, Key, Position, Positions, write_key

TEXT = """\
# ä comment
top = 1
[stacks.gateway.components."a b"]
ports.http = 8080
ports.metrics = { container = 9090, "hö st" = 1, x = 2 }
env_files = [
  "a.env",  # first
  { deep = [1, 2] },
]

[[plugins]]
name = "one"
[[plugins]]
name = "two"
[plugins.sub]
x = 1

[stacks]
late = 1
"""
COMPONENT: Key = ("stacks", "gateway", "components", "a b")


@pytest.mark.parametrize(
    ("key", "line", "column"),
    [
        (("top",), 2, 1),
        (("stacks",), 18, 2),
        (("stacks", "gateway"), 3, 2),
        (COMPONENT, 3, 2),
        ((*COMPONENT, "ports"), 4, 1),
        ((*COMPONENT, "ports", "http"), 4, 1),
        ((*COMPONENT, "ports", "metrics", "container"), 5, 19),
        ((*COMPONENT, "ports", "metrics", "hö st"), 5, 37),
        ((*COMPONENT, "ports", "metrics", "x"), 5, 50),
        ((*COMPONENT, "env_files", 0), 7, 3),
        ((*COMPONENT, "env_files", 1, "deep"), 8, 5),
        ((*COMPONENT, "env_files", 1, "deep", 1), 8, 16),
        (("plugins", 0, "name"), 12, 1),
        (("plugins", 1), 13, 3),
        (("plugins", 1, "name"), 14, 1),
        (("plugins", 1, "sub", "x"), 16, 1),
        ((*COMPONENT, "gate"), 3, 2),
        ((*COMPONENT, "ports", "http", "container"), 4, 1),
    ],
)
def test_a_key_is_found_where_it_is_written_or_nearest_above(
    key: Key, line: int, column: int
) -> None:
    assert Positions(TEXT).of(key) == Position(line, column)


def test_a_key_that_nothing_leads_to_is_unknown() -> None:
    assert Positions(TEXT).of(("nowhere",)) == UNKNOWN
    assert Positions("").of(()) == UNKNOWN


def test_line_ends_of_windows_count_once() -> None:
    assert Positions("a = 1\r\nb = 2\r\n").of(("b",)) == Position(2, 1)


def test_a_text_that_is_no_toml_still_has_positions() -> None:
    assert Positions("a = 1\n= = [\nb = 2\n").of(("a",)) == Position(1, 1)


def test_keys_nested_deeper_than_pythons_stack_are_read() -> None:
    text = ".".join(["a"] * 3000) + " = 1"
    assert Positions(text).of(("a",) * 3000) == Position(1, 1)


@pytest.mark.parametrize(
    ("key", "written"),
    [
        ((), ""),
        (("stacks", "a b", "env", "X"), 'stacks."a b".env.X'),
        (("volumes", 0, "source"), "volumes[0].source"),
        (('q"', ""), '"q\\"".""'),
        (("x" * 80,), "x" * 80),
        (("x " * 80,), '"' + "x " * 30 + '…"'),
    ],
)
def test_a_key_is_written_as_toml_writes_it(key: Key, written: str) -> None:
    assert write_key(key) == written


def leaves(value: object, key: Key = ()) -> Iterator[Key]:
    match value:
        case dict():
            for name, below in value.items():
                yield from leaves(below, (*key, name))
        case list():
            for index, below in enumerate(value):
                yield from leaves(below, (*key, index))
        case _:
            yield key


NAMES = st.sampled_from(["a", "b", "c-d", '"e f"', "'g.h'", '"\\u00e4"'])
VALUES = st.recursive(
    st.sampled_from(["1", '"x"', "true", '"""m\nn"""']),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "]")
        | st.dictionaries(NAMES, inner, max_size=3).map(
            lambda table: "{" + ", ".join(f"{key} = {value}" for key, value in table.items()) + "}"
        )
    ),
    max_leaves=6,
)


@given(st.dictionaries(NAMES, st.dictionaries(NAMES, VALUES, max_size=4), max_size=4))
def test_every_leaf_of_a_valid_text_has_its_own_position(tables: dict[str, dict[str, str]]) -> None:
    text = "".join(
        f"[{table}]\n" + "".join(f"{key} = {value}\n" for key, value in pairs.items())
        for table, pairs in tables.items()
    )
    positions = Positions(text)
    found = [positions.of(key) for key in leaves(tomllib.loads(text))]
    assert UNKNOWN not in found
    assert len(set(found)) == len(found)
