"""Dockerfiles: which images they build on and copy from."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lint.facts import BaseImage, FileFacts, Mention, Suppression
from lint.languages.dockerfile import extract
from lint.program import Span


def facts(source: str) -> FileFacts:
    """Of a sound Dockerfile."""
    found = extract(source.encode())
    assert not found.unparsable, found.unparsable
    return found


def images(source: str) -> list[str]:
    """Every image of a sound Dockerfile; `+` marks those that it only copies from."""
    return [f"+{one.image}" if one.copied else one.image for one in facts(source).bases]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("FROM a:1", ["a:1"]),
        ("from a:1 as B", ["a:1"]),
        ("FROM --platform=$BUILDPLATFORM a:1 AS b", ["a:1"]),
        ("FROM a@sha256:0123", ["a@sha256:0123"]),
        ("FROM reg.io:5000/x/a:1.2-b", ["reg.io:5000/x/a:1.2-b"]),
        ("FROM scratch", []),
        ("ARG V=1\nFROM a:$V", ["a:1"]),
        ('ARG V="1"\nFROM a:${V}', ["a:1"]),
        ("ARG A=a B=1\nARG I=$A:$B\nFROM $I", ["a:1"]),
        ("ARG V\nFROM a:$V", ["a:$V"]),
        ("FROM a:${V:-latest}", ["a:latest"]),
        ("FROM a:${V-latest}", ["a:latest"]),
        ("FROM a${V:-}", ["a"]),
        ("FROM a:${V:+1}", ["a:${V:+1}"]),
        ("ARG V=1\nFROM a:${V:-latest}", ["a:1"]),
        ("ARG V=\nFROM a:${V:-latest}", ["a:latest"]),
        ("ARG REGISTRY=\nFROM ${REGISTRY}a:1", ["a:1"]),
        ("FROM a\nARG V=1\nFROM b:$V", ["a", "b:$V"]),
        ("FROM a AS b\nFROM b", ["a"]),
        ("FROM a AS Build\nFROM build AS c", ["a"]),
        ("FROM b\nFROM a AS b", ["b", "a"]),
        ("FROM a AS b\nCOPY --from=b / /", ["a"]),
        ("FROM a\nCOPY --from=b / /\nFROM c AS b", ["a", "c"]),
        ("FROM a\nFROM c\nCOPY --from=0 / /", ["a", "c"]),
        ("FROM a\nCOPY --link --chown=1 --from=b:1 / /", ["a", "+b:1"]),
        ("FROM a\nADD --from=b:1 / /", ["a", "+b:1"]),
        ("FROM a\nONBUILD COPY --from=b:1 / /", ["a", "+b:1"]),
        ("FROM a\nONBUILD RUN --mount=from=b:1 c", ["a", "+b:1"]),
        ("FROM a AS b\nRUN --mount=type=bind,from=b,target=/x c --mount=from=d", ["a"]),
        ("FROM a\nRUN --mount=from=b:1 --mount=type=bind,from=c c", ["a", "+b:1", "+c"]),
        ("FROM \\\n  a:1 \\\n  AS b", ["a:1"]),
        ("# escape=`\nFROM `\n a:1", ["a:1"]),
        ("# syntax=x/y:1\nFROM a", ["a"]),
        ("FROM a\nRUN b \\\n  # FROM c\n\n  FROM d", ["a"]),
        ("FROM a\nRUN <<EOF\nFROM b\nEOF\nFROM c", ["a", "c"]),
        ("FROM a\nCOPY <<-'A' <<B /x/\nFROM b\n\tA\nFROM d\nB\nFROM c", ["a", "c"]),
        ('FROM a\nENV A=b \\\n    # c\n\n    D="e f"\nFROM g', ["a", "g"]),
        ('FROM a\nRUN echo "FROM b"\nLABEL x="FROM c"', ["a"]),
    ],
)
def test_images_and_stages_are_told_apart(source: str, found: list[str]) -> None:
    assert images(source + "\n") == found


def test_an_image_stands_at_the_instruction_that_names_it() -> None:
    source = "# é\nFROM --platform=x \\\n  a:1 AS b\n  COPY --from=c:2 / /\n"
    assert facts(f"{source}RUN \\\n --mount=from=d:3 x\n").bases == (
        BaseImage("a:1", Span(2, 1, 3, 11)),
        BaseImage("c:2", Span(4, 3, 4, 22), copied=True),
        BaseImage("d:3", Span(5, 1, 6, 20), copied=True),
    )


def test_comments_are_mentions_and_suppressions() -> None:
    found = facts(
        "# syntax=docker/dockerfile:1\n# Builds.\n# All of it.\n"
        "# stackwright: ignore[mutable-image-tag] ours\nFROM a:latest\n"
        "RUN a \\\n  # inner\n  b 'c # d'\nRUN e # stackwright: ignore[x] why\n"
        "RUN <<EOF\n# in the script\nEOF\n"
    )
    assert found.mentions == (
        Mention("comment", "Builds.\nAll of it.", Span(2, 1, 3, 13)),
        Mention("comment", "inner", Span(7, 3, 7, 10)),
    )
    assert found.suppressions == (
        Suppression(("mutable-image-tag",), "ours", "", "", Span(4, 1, 4, 46), 5),
        Suppression(("x",), "why", "", "", Span(9, 7, 9, 35), 9),
    )


def test_what_is_no_instruction_is_told_and_the_rest_is_read() -> None:
    found = extract(b"FROM a\n<<<<<<< HEAD\nFROM b:1 # odd\nINCLUDE c\nCOPY --from=d / /\n")
    assert {fault.at.line for fault in found.unparsable} == {2, 4}
    assert [one.image for one in found.bases] == ["a", "b:1", "d"]


@pytest.mark.parametrize("data", [b"", b"\n", b"#", b"\xef\xbb\xbfFROM a", b"FROM a\r\nRUN b\r\n"])
def test_small_files_are_read_without_a_fault(data: bytes) -> None:
    assert extract(data).unparsable == ()


def test_line_ends_of_windows_change_nothing() -> None:
    unix = b"# escape=`\nFROM a:1 `\n  AS b\nRUN <<E\nFROM c\nE\n# d\nFROM b\n"
    assert extract(unix.replace(b"\n", b"\r\n")) == extract(unix)


_PIECES = (
    "FROM ", "a:1", " AS b", "ARG ", "A=1", "$A", "${A:-", "}", "COPY ", "--from=", "b ", "RUN ",
    "--mount=type=bind,from=", ",", "<<EOF", "EOF", "\n", "\\\n", "\\", "# ", "# escape=`\n", "`\n",
    "ONBUILD ", '"', "'", "[", "]", "\0", "é", "stackwright: ignore[x] y", "\r\n", " ",
)  # fmt: skip


@given(
    st.one_of(
        st.binary(max_size=200),
        st.lists(st.sampled_from(_PIECES), max_size=25).map("".join).map(str.encode),
    )
)
@settings(max_examples=300, deadline=None)
def test_no_bytes_crash_the_front_end(data: bytes) -> None:
    found = extract(data)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found), type=FileFacts) == found


_INSTRUCTIONS = st.sampled_from(
    (
        ("FROM", "a:1", "AS", "b"),
        ("FROM", "b"),
        ("FROM", "--platform=x", "c@sha256:1", "AS", "d"),
        ("COPY", "--link", "--from=b", "x", "y"),
        ("COPY", "--from=e:2", "x", "y"),
        ("RUN", "--mount=type=bind,from=b,target=/z", "x", "y"),
        ("ENV", "x=y", "z=w"),
        ("RUN", "x", "&&", "y"),
    )
)
_BETWEEN = st.sampled_from((" ", "  ", "\t", " \\\n", " \\\n  ", " \\\n# x\n", " \\\n\n  # y\n "))


@given(st.lists(_INSTRUCTIONS, max_size=5), st.data())
@settings(max_examples=200, deadline=None)
def test_layout_changes_nothing(program: list[tuple[str, ...]], data: st.DataObject) -> None:
    plain = "".join(" ".join(words) + "\n" for words in program)
    other = ""
    for first, *rest in program:
        other += first.lower() if data.draw(st.booleans()) else first
        other += "".join(data.draw(_BETWEEN) + word for word in rest)
        other += data.draw(st.sampled_from(("\n", "\n\n", "  \n", "\n# z\n")))
    assert images(other) == images(plain)
