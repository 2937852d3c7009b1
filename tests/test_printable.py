"""Text from outside may say anything and do nothing."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.printable import one_line, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2Jcleared", "cleared"),
        ("\x1bcreset", "reset"),
        ("10%\r20%\r\nend", "10%\n20%\nend"),
        ("bell\a", "bell\\x07"),
        ("\x1b\x1b[31m[32m", "\\x1b[32m"),
        ("user\u202etxt.exe", "user\\u202etxt.exe"),
        ("\x1b]unended\nnext line", "unended\nnext line"),
        ("half of \udce9", "half of \\udce9"),
        ("tab\tand é 😀", "tab\tand é 😀"),
    ],
)
def test_escape_sequences_go_and_controls_are_spelt_out(text: str, shown: str) -> None:
    assert printable(text) == shown


@settings(deadline=None)
@given(st.text(st.characters() | st.sampled_from("\x1b[]\x9b\x07m;\r\n\x85\u2028\ud800")))
def test_nothing_that_acts_on_a_terminal_is_left(text: str) -> None:
    shown = printable(text)
    assert all(char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs") for char in shown)
    assert len(shown.splitlines()) <= shown.count("\n") + 1
    shown.encode()


def test_one_line_is_one_line() -> None:
    assert one_line(" a\n\n\tb\x1b[0m  c ") == "a b c"
