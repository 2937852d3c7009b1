"""Shell of any kind is survived, and its layout changes nothing."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lint.facts import FileFacts
from lint.languages.shell import extract, lower
from lint.languages.shell_statements import DEEPEST
from tests.lint.languages.shell_code import shell, stripped

_PIECES = (
    "if ", "then ", "fi", "do ", "done", "for x in ", "while ", "case x in ", "esac", ";;", "{ ",
    "}", "(", ")", "((", "$(", "`", "'", '"', "$X", "${X:-", "${X:=", "<<EOF\n", "<<-'E'\n",
    "EOF\n", "\tE\n", "<<<", "\n", ";", "&", "&&", "||", "|", "!", "[ ", " ]", "[[", "trap ",
    "EXIT", "a ", "b=", "x+=(", "#", "\\", "\\\n", "@test 'x' {\n", "\0", "\r\n", "é", "$", "${#",
)  # fmt: skip


@given(st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
def test_no_bytes_crash_the_front_end(data: bytes) -> None:
    found = extract(data)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=FileFacts) == found


@given(st.lists(st.sampled_from(_PIECES), max_size=25))
@settings(max_examples=300, deadline=None)
def test_no_pieces_of_shell_crash_the_front_end(pieces: list[str]) -> None:
    found = extract("".join(pieces).encode())
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=FileFacts) == found


@pytest.mark.parametrize(
    ("open_", "inner", "close"),
    [
        ("(", "a", ")"),
        ("$(", "a", ")"),
        ("{ ", "a;", "}"),
        ("if a; then ", "b", "; fi"),
        ('"${a:-', "b", '}"'),
        ('"$(', "a", ')"'),
        ("f() { ", "a", "; }"),
        ("[ ! ", "a", " ]"),
    ],
)
def test_hostile_nesting_is_told_and_survived(open_: str, inner: str, close: str) -> None:
    body, unparsable = lower("x\n" + open_ * 3000 + inner + close * 3000)
    assert unparsable
    assert stripped(body)[:1] == shell("x")


def test_nesting_as_people_write_it_is_followed() -> None:
    levels = DEEPEST // 4
    assert lower("if a; then " * levels + "b" + "; fi" * levels)[1] == ()


@pytest.mark.parametrize("data", [b"", b"\n", b"#", b"#!/bin/sh", b"\xef\xbb\xbfa", b"a\r\nb\r\n"])
def test_small_files_are_read_without_a_fault(data: bytes) -> None:
    assert extract(data).unparsable == ()


def test_line_ends_of_windows_change_nothing() -> None:
    unix = b"if a; then\n  b 'c' \\\n    d\nfi\ncat <<EOF\nx\nEOF\n"
    assert extract(unix.replace(b"\n", b"\r\n")) == extract(unix)


# ---- layout

Block = list[tuple[str, ...]]

_WORDS = st.sampled_from(("a", "docker", "run", "-d", "x y", "--name", "8080:80", "$", "it's", "*"))
_COMMANDS = st.lists(_WORDS, min_size=1, max_size=4).map(lambda words: ("run", *words))


@st.composite
def _layouts(draw: st.DrawFn) -> tuple[str, str]:
    """The same program twice: as plain as can be, and written otherwise."""
    plain: list[str] = []
    other: list[str] = []
    _statements(draw, plain, other, draw(st.integers(0, 2)))
    return "".join(plain), "".join(other)


def _statements(draw: st.DrawFn, plain: list[str], other: list[str], depth: int) -> None:
    for _ in range(draw(st.integers(1, 3))):
        form = draw(st.sampled_from(("run", "if", "for", "while", "f"))) if depth else "run"
        if form == "run":
            words = draw(_COMMANDS)
            plain.append(" ".join(_quoted(word) for word in words) + "\n")
            other.append(_written(draw, words) + draw(_ENDS))
            continue
        head, tail = _FORMS[form]
        plain.append(head.replace("~", "\n"))
        other.append(draw(_MARGINS) + head.replace("~", draw(_ENDS)) + draw(_BLANKS))
        _statements(draw, plain, other, depth - 1)
        plain.append(tail + "\n")
        other.append(tail + draw(_ENDS))


_FORMS = {
    "if": ("if t~then ", "fi"),
    "for": ("for i in p q~do ", "done"),
    "while": ("while t~do ", "done"),
    "f": ("f() { ", "}"),
}
_ENDS = st.sampled_from(("\n", ";", " ; ", "\n\n", " # remark\n", "\n  # remark\n"))
_MARGINS = st.sampled_from(("", "  ", "\t"))
_BLANKS = st.sampled_from(("", "\n", "  ", " # remark\n"))
_SPACES = st.sampled_from((" ", "  ", "\t", " \\\n  "))


def _quoted(word: str) -> str:
    return '"' + word.replace("$", "\\$") + '"'


def _written(draw: st.DrawFn, words: tuple[str, ...]) -> str:
    text = draw(_MARGINS)
    for at, word in enumerate(words):
        text += (draw(_SPACES) if at else "") + draw(st.sampled_from(_styles(word)))
    return text


def _styles(word: str) -> list[str]:
    escaped = "".join(f"\\{sign}" if sign in " $'*" else sign for sign in word)
    styles = [_quoted(word), escaped]
    if "'" not in word:
        styles.append(f"'{word}'")
        styles.append(f"{escaped[:1]}'{word[1:]}'" if escaped[:1] == word[:1] else f"'{word}'")
    return styles


@given(_layouts())
@settings(max_examples=200, deadline=None)
def test_layout_and_quoting_change_nothing(layouts: tuple[str, str]) -> None:
    plain, other = layouts
    assert shell(other) == shell(plain)
