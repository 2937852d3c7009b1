"""YAML of any kind is survived, and its layout changes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from textwrap import indent

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lint.facts import FileFacts
from lint.languages.yaml import extract
from tests.lint.languages.shell_code import stripped
from tests.lint.languages.yaml_code import facts

WORKFLOW = """on: push
env:
  TAG: dev
jobs:
  test:
    runs-on: ubuntu-latest
    needs: [build]
    services:
      pg:
        image: postgres:16
    steps:
      - uses: actions/checkout@v4
        with:
          depth: "0"
      - run: podman-compose up -d
        working-directory: test
      - run: down
        if: always()
"""
PIPELINE = """stages: [test]
test:
  stage: test
  image: golang:1.22
  script:
    - podman-compose up -d
    - make test
"""
COMPOSE = """services:
  pg:
    image: postgres:16
    ports:
      - 127.0.0.1:15433:5432
    healthcheck:
      test: [CMD, pg_isready]
  app:
    build: .
    depends_on:
      - pg
"""
SOURCES = (WORKFLOW, PIPELINE, COMPOSE)
_PIECES = (
    "- ", ": ", "\n", "  ", "'", '"', "[", "]", "{", "}", ",", "|\n", ">\n", "&a ", "*a",
    "<<: *a\n", "{{", "}}", "${{ ", "#", "\t", "? ", "!x ", "---\n", "...\n", "\\", "a", "\0",
    "\r\n", "\ufeff", "é", "jobs:\n", "  run: ", "services:\n", "image: x\n", "script: ", "on: x\n",
)  # fmt: skip


def known(data: bytes) -> FileFacts:
    """The facts, which survive the cache and stand inside of the file."""
    found = extract(data)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=FileFacts) == found
    lines = data.decode("utf-8-sig", "replace").count("\n") + 1
    spans = (
        *(one.at for one in found.unparsable),
        *(one.at for one in found.mentions),
        *(one.at for one in found.compose),
    )
    for at in spans:
        assert 1 <= at.line <= at.end_line <= lines
    return found


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_no_bytes_crash_the_front_end(data: bytes) -> None:
    known(data)


@given(st.lists(st.sampled_from(_PIECES), max_size=30))
@settings(max_examples=300, deadline=None)
def test_no_pieces_of_yaml_crash_the_front_end(pieces: list[str]) -> None:
    known("".join(pieces).encode())


@given(st.sampled_from(SOURCES), st.integers(0, 400), st.integers(0, 12), st.sampled_from(_PIECES))
@settings(max_examples=200, deadline=None)
def test_no_damage_crashes_the_front_end(source: str, at: int, width: int, piece: str) -> None:
    known((source[:at] + piece + source[at + width :]).encode())


Layout = Callable[[str], str]


def _deeper(source: str) -> str:
    """Every level indented twice as far."""
    deeper = re.sub(r"^ +", lambda spaces: spaces[0] * 2, source, flags=re.MULTILINE)
    return re.sub(r"^( *)- ", r"\1-   ", deeper, flags=re.MULTILINE)


def _quoted(mark: str) -> Layout:
    """Values in quotation marks that stand alone on the line of their key or dash."""
    value = re.compile(r"^( *(?:- )?(?:[\w-]+: )|  +- )(\w[^\"'\[{#\n]*)$", re.MULTILINE)

    def quoted(match: re.Match[str]) -> str:
        mapped = re.match(r"[\w-]+: ", match[2])
        return match[0] if mapped else f"{match[1]}{mark}{match[2]}{mark}"

    return lambda source: value.sub(quoted, source)


def _commented(source: str) -> str:
    lines = source.splitlines()
    return "\n".join(f"{line} # note\n# more\n" for line in lines) + "\n"


def _flow(source: str) -> str:
    """As JSON, which is YAML in flow style."""
    from lint.languages.yaml_nodes import Mapping, Node, Scalar, Sequence
    from lint.languages.yaml_tree import read

    def plain(node: Node) -> object:
        match node:
            case Scalar(text=text):
                return text
            case Sequence(items=items):
                return [plain(one) for one in items]
            case Mapping(pairs=pairs):
                return {pair.key: plain(pair.value) for pair in pairs}

    return msgspec.json.format(msgspec.json.encode(plain(read(source).roots[0])), indent=2).decode()


LAYOUTS: dict[str, Layout] = {
    "indented": lambda source: indent(source, "   "),
    "deeper": _deeper,
    "single quotes": _quoted("'"),
    "double quotes": _quoted('"'),
    "comments": _commented,
    "blank lines": lambda source: source.replace("\n", "\n\n"),
    "flow": _flow,
    "windows": lambda source: source.replace("\n", "\r\n"),
    "byte order mark": lambda source: "\ufeff" + source,
    "document marks": lambda source: f"%YAML 1.2\n---\n{source}...\n",
    "anchors": lambda source: re.sub(r"(?m)^( *[\w-]+): (\w)", r"\1: &x \2", source),
    "no last line end": str.rstrip,
}


@pytest.mark.parametrize("source", SOURCES, ids=["workflow", "pipeline", "compose"])
@pytest.mark.parametrize("name", LAYOUTS)
def test_layout_changes_no_fact(source: str, name: str) -> None:
    other = LAYOUTS[name](source)
    assert other != source
    found = msgspec.structs.replace(known(other.encode()), mentions=())
    assert found.unparsable == ()
    assert stripped(found) == stripped(facts(source))


_TOGETHER = ("indented", "deeper", "single quotes", "comments", "blank lines", "no last line end")


@given(st.sampled_from(SOURCES), st.lists(st.sampled_from(_TOGETHER), max_size=3, unique=True))
@settings(max_examples=60, deadline=None)
def test_layouts_together_change_no_fact(source: str, names: list[str]) -> None:
    other = source
    for name in names:
        other = LAYOUTS[name](other)
    found = msgspec.structs.replace(known(other.encode()), mentions=())
    assert stripped(found) == stripped(facts(source))


@given(st.permutations(["name: x", "permissions: {a: b}", "concurrency: c", WORKFLOW.rstrip()]))
@settings(max_examples=24, deadline=None)
def test_the_order_of_other_keys_changes_no_fact(parts: list[str]) -> None:
    assert stripped(facts("\n".join(parts) + "\n")) == stripped(facts(WORKFLOW))


def test_the_program_of_each_document_counts() -> None:
    program = facts(f"spec: {{inputs: {{}}}}\n---\n{PIPELINE}---\n{COMPOSE}").program
    assert program is not None
    assert program.labels == ("workflow:gitlab",)


def test_comments_and_suppressions_are_told_for_any_document() -> None:
    found = facts("# one\n# two\na: b # stackwright: ignore[unparsable] reason\n")
    (mention,) = found.mentions
    assert (mention.text, mention.at.line, mention.at.end_line) == ("one\ntwo", 1, 2)
    assert [(one.rules, one.covers) for one in found.suppressions] == [(("unparsable",), 3)]


def test_a_broken_part_is_told_and_the_rest_counts() -> None:
    found = known(COMPOSE.replace("    build: .", "    build: 'x").encode())
    assert [one.at.line for one in found.unparsable] == [9]
    assert [one.name for one in found.compose[0].services] == ["pg", "app"]
