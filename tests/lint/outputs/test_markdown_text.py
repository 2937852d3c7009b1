"""Text of scanned files means nothing in Markdown; read back by a parser of it."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from lint.outputs.markdown_text import markdown_code, markdown_text
from lint.outputs.printable import spoken

PARSER = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough")


def cell(text: str) -> tuple[str, set[str]]:
    """What a table with `text` in its cell shows there, and of which sorts its pieces are."""
    tokens = PARSER.parse(f"| a | b |\n|---|---|\n| {text} | end |\n")
    inside = [token for token in tokens if token.type == "inline"]
    assert [token.content for token in inside[:2]] == ["a", "b"]
    assert inside[3].content == "end", "the cell ended early"
    pieces = inside[2].children or []
    return "".join(piece.content for piece in pieces), {piece.type for piece in pieces}


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab |\\`*_[]()<>&!#@~\n\x1b:/.-1$\"'", max_size=30))
@example("![x](http://a)<img src=x>")
@example("a|b\\|c")
@example("`x|y` and `")
@example("``")
@example("a \\")
def test_any_text_is_shown_as_it_is(text: str) -> None:
    shown, kinds = cell(markdown_text(text))
    assert kinds <= {"text", "code_inline", "text_special"}
    assert shown.split() == spoken(text).replace("`", "").split() or "`" in text


@pytest.mark.parametrize("text", ["podman up", "a|b", "x`y"])
def test_code_stays_code(text: str) -> None:
    shown, kinds = cell(markdown_code(text))
    assert kinds == {"code_inline"}
    assert shown == text.replace("`", "'")


def test_what_stands_between_backticks_is_code() -> None:
    shown, kinds = cell(markdown_text("run `podman up` <b>"))
    assert shown == "run podman up <b>"
    assert "code_inline" in kinds
    assert "html_inline" not in kinds
