"""Makefiles of any kind are survived, and their layout changes nothing."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lint.facts import FileFacts
from lint.languages.makefile import extract
from lint.program import Stmt
from tests.lint.languages.shell_code import stripped

_PIECES = (
    "a", "b: ", ":", "::", "=", ":=", "+=", "?=", "!=", "\n", "\n\t", "\t", "$(", "${", ")", "}",
    "$(shell ", "$(if ", "$(call a,", "$@", "$$", "$", ",", "ifdef A\n", "ifeq (", "else\n",
    "else ifdef B\n", "endif\n", "define A\n", "endef\n", "include ", "#", "\\", "\\\n", "%", ";",
    ".PHONY: ", ".ONESHELL:\n", ".RECIPEPREFIX = >\n", "\n>", "export ", "|", "-", "@", "\0", "é",
    "if a; then ", "fi", "'", '"', "<<EOF", "\r\n",
)  # fmt: skip


def program(source: str) -> tuple[Stmt, ...]:
    """A sound makefile, lowered, without spans."""
    found = extract(source.encode())
    assert not found.unparsable, found.unparsable
    assert found.program is not None
    return stripped(found.program.body)


@given(st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
def test_no_bytes_crash_the_front_end(data: bytes) -> None:
    found = extract(data)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=FileFacts) == found


@given(st.lists(st.sampled_from(_PIECES), max_size=25))
@settings(max_examples=300, deadline=None)
def test_no_pieces_of_make_crash_the_front_end(pieces: list[str]) -> None:
    found = extract("".join(pieces).encode())
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=FileFacts) == found


@pytest.mark.parametrize(
    "source",
    [
        "A = " + "$(" * 3000 + ")" * 3000,
        "A = " + "$(" * 3000,
        "A = " + "$(shell " * 300 + ")" * 300,
        "ifdef A\n" * 3000 + "B = 1\n" + "endif\n" * 3000,
        "ifdef A\nB = 1\n" + "else ifdef A\nB = 2\n" * 3000 + "endif\n",
        "A = $(A)\na: $(A)\n\t$(A)\n",
        "define A\n$(call A)\n$(A)\nendef\na:\n\t$(call A)\n",
        "A = $(B) $(B)\nB = $(C) $(C)\nC = $(A) $(A)\na: $(A)\n",
        "a:\n\t" + "(" * 3000 + "b" + ")" * 3000 + "\n",
    ],
)
def test_hostile_nesting_is_survived(source: str) -> None:
    found = extract(source.encode())
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=FileFacts) == found


@pytest.mark.parametrize("data", [b"", b"\n", b"#", b"\xef\xbb\xbfA = b", b"a:\r\n\tb\r\n"])
def test_small_files_are_read_without_a_fault(data: bytes) -> None:
    assert extract(data).unparsable == ()


def test_line_ends_of_windows_change_nothing() -> None:
    unix = b"A = b \\\n  c\na: b # x\n\t@x \\\n\t  y\nifdef A\nB = 1\nendif\n"
    assert extract(unix.replace(b"\n", b"\r\n")) == extract(unix)


_ASSIGNS = st.sampled_from((":=", "=", "?=", "+=", "!="))
_VALUES = st.sampled_from(("b", "b c", "$(X)", "$(X):$(Y)", "$(shell x y)", "$(or $(X),z)", ""))
_COMMANDS = st.sampled_from(("x", "@x y", "-x", "cd d && x", "x $(X)", "x $$y", "if a; then b; fi"))
_SPACES = st.sampled_from(("", " ", "  ", "\t", " \\\n  "))
_ENDS = st.sampled_from(("\n", "\n\n", " # remark\n", "\n# remark\n", "\n   \n"))


@st.composite
def _layouts(draw: st.DrawFn) -> tuple[str, str]:
    """The same makefile twice: as plain as can be, and written otherwise."""
    plain = other = ""
    for _ in range(draw(st.integers(1, 4))):
        if draw(st.booleans()):
            operator, value = draw(_ASSIGNS), draw(_VALUES)
            plain += f"A {operator} {value}\n"
            other += f"A{draw(_SPACES)}{operator}{draw(_SPACES)}{value}{draw(_ENDS)}"
            continue
        lines = draw(st.lists(_COMMANDS, max_size=3))
        plain += "t: a b\n" + "".join(f"\t{line}\n" for line in lines)
        other += f"t{draw(st.sampled_from(('', ' ')))}:{draw(_SPACES)}a {draw(_SPACES)}b"
        other += draw(_ENDS)
        for line in lines:
            words = [word + draw(_BETWEEN) for word in line.split(" ")]
            other += "\t" + draw(st.sampled_from(("", " "))) + "".join(words) + draw(_AFTER)
    return plain, other


_BETWEEN = st.sampled_from((" ", "  ", " \\\n\t", " \\\n\t  "))
_AFTER = st.sampled_from(("\n", "\n\n", "# remark\n", "\n\t# remark\n", "\n# remark\n"))


@given(_layouts())
@settings(max_examples=200, deadline=None)
def test_layout_changes_nothing(layouts: tuple[str, str]) -> None:
    plain, other = layouts
    assert program(other) == program(plain)
