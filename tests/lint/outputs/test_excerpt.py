"""The marks stand under what is meant."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lint.model import Place
from lint.outputs.colour import Paint, wants_colour
from lint.outputs.excerpt import LONGEST, MOST_LINES, excerpt
from lint.outputs.printable import cells

PLAIN = Paint(on=False)


def marked(line: str, column: int, end_column: int = 0) -> tuple[str, str]:
    shown = excerpt(Place("a", 1, column, 1, end_column), [line], PLAIN)
    return shown[1].removeprefix("1 | "), shown[2].removeprefix("  | ")


@pytest.mark.parametrize(
    ("line", "column", "end", "marks"),
    [
        ("run up now", 5, 7, "    ^^"),
        ("\trun", 2, 5, "    ^^^"),
        ("数据 run", 4, 7, "     ^^^"),
        ("a\x1b run", 4, 7, "      ^^^"),
        ("run", 1, 0, "^^^"),
        ("run", 9, 0, "   ^"),
        ("run", 2, 99, " ^^"),
        ("run", 0, 0, "^^^"),
    ],
)
def test_the_marks_stand_under_the_span(line: str, column: int, end: int, marks: str) -> None:
    assert marked(line, column, end)[1] == marks


def test_a_long_line_is_cut_around_the_span() -> None:
    line = "x" * 500 + "TARGET" + "y" * 500
    text, marks = marked(line, 501, 507)
    assert len(text) <= LONGEST + 2
    assert text[marks.index("^") : marks.rindex("^") + 1] == "TARGET"


def test_a_long_span_is_shown_in_part() -> None:
    lines = [f"line {number}" for number in range(20)]
    shown = excerpt(Place("a", 3, 1, 18, 3), lines, PLAIN)
    assert shown[-1].endswith(f"… {16 - MOST_LINES} more lines")


def test_the_line_before_is_shown_unless_it_is_blank() -> None:
    assert "before" in "\n".join(excerpt(Place("a", 2), ["before", "x"], PLAIN))
    assert len(excerpt(Place("a", 2), ["  ", "x"], PLAIN)) == 3


@pytest.mark.parametrize("line", [0, 3, -1])
def test_a_place_outside_of_the_file_has_no_excerpt(line: int) -> None:
    assert excerpt(Place("a", line), ["x", "y"], PLAIN) == []


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.integers(-2, 310), st.integers(-2, 310))
def test_no_line_and_no_span_makes_it_fail(line: str, column: int, end: int) -> None:
    shown = excerpt(Place("a", 1, column, 1, end), [line], PLAIN)
    assert all(cells(each) <= LONGEST + 8 for each in shown)


@pytest.mark.parametrize(
    ("environ", "terminal", "expected"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"TERM": "dumb"}, True, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"NO_COLOR": ""}, True, True),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": ""}, False, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
    ],
)
def test_colour_is_for_terminals_that_want_it(
    environ: dict[str, str], terminal: bool, expected: bool
) -> None:
    assert wants_colour(environ, terminal=terminal) is expected
