"""Justfiles as programs."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from lint.facts import FileFacts
from lint.languages.justfile import extract
from lint.program import Arg, Assign, Call, Define, Do, Function, Lit, Name, Output, Plus
from tests.lint.languages.shell_code import run, stripped
from tests.lint.languages.yaml_code import places

SOURCE = """\
# what it is for
set dotenv-load
tool := "compose"
export TAG := `git describe` + "-x"
port := env_var_or_default("PORT", '80')

# stackwright: ignore[compose-invocation] later
@default: (up "db" tool) && down
    go test ./...

[private]
up name extra='x' *rest:
    -docker {{tool}} up {{ name }}
      # deeper

down: build
    down \\
      -v

script:
    #!/usr/bin/env python3
    import os
"""


def _facts(source: str) -> FileFacts:
    found = extract(source.encode())
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=FileFacts) == found
    return found


def _functions(source: str) -> dict[str, Function]:
    program = stripped(_facts(source).program)
    assert program is not None
    return {one.function.name: one.function for one in program.body if isinstance(one, Define)}


def test_variables_are_the_modules() -> None:
    program = stripped(_facts(SOURCE).program)
    assert program is not None
    tool, tag, port = (one for one in program.body if isinstance(one, Assign))
    assert isinstance(tool.value, Lit)
    assert tool.value.text == "compose"
    assert isinstance(tag.value, Plus)
    assert isinstance(tag.value.left, Output)
    assert isinstance(port.value, Lit)
    assert port.value.text == "80"


def test_recipes_are_functions_with_their_needs_before_and_behind() -> None:
    found = _functions(SOURCE)
    assert list(found) == ["default", "up", "down", "script"]
    first, middle, last = found["default"].body
    assert found["default"].labels == ("default",)
    assert isinstance(first, Do)
    assert isinstance(first.value, Call)
    assert first.value.func == Name("up")
    assert [isinstance(one, Arg) for one in first.value.args] == [True, True]
    assert middle == run("go", "test", "./...")
    assert isinstance(last, Do)
    assert isinstance(last.value, Call)
    assert found["down"].needs == ("build",)
    assert [one.name for one in found["up"].params] == ["name", "extra", "rest"]


def test_lines_stand_where_they_are_written_without_their_signs() -> None:
    assert places(_facts(SOURCE)) == [
        (4, 16, "git"),
        (9, 5, "go"),
        (13, 6, "docker"),
        (17, 5, "down"),
    ]


def test_comments_are_told_and_suppress_what_follows() -> None:
    found = _facts(SOURCE)
    assert [one.text for one in found.mentions] == ["what it is for", "deeper"]
    assert [(one.rules, one.covers) for one in found.suppressions] == [(("compose-invocation",), 8)]


@given(st.text(alphabet="ab:=(){}\"'`#@-&*+\n\t \\[]", max_size=200))
def test_no_text_is_too_much(text: str) -> None:
    assert extract(text.encode()).language == "justfile"
    assert extract(text.encode("utf-16")).language == "justfile"
