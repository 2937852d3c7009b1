"""Dockerfiles: which images and stages they name."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lint.facts import FileFacts, ImageRef, Mention, Suppression
from lint.languages.dockerfile import extract
from lint.program import Span


def facts(source: str) -> FileFacts:
    """Of a sound Dockerfile."""
    found = extract(source.encode())
    assert not found.unparsable, found.unparsable
    return found


def images(source: str) -> list[tuple[str, str, str]]:
    """Use, image and owner of every image of a sound Dockerfile."""
    return [(one.use, one.image, one.owner) for one in facts(source).images]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("FROM a:1", [("base", "a:1", "0")]),
        ("from a:1 as B", [("base", "a:1", "B")]),
        ("FROM --platform=$BUILDPLATFORM a:1 AS b", [("base", "a:1", "b")]),
        ("FROM a@sha256:0123", [("base", "a@sha256:0123", "0")]),
        ("FROM reg.io:5000/x/a:1.2-b", [("base", "reg.io:5000/x/a:1.2-b", "0")]),
        ("FROM scratch", []),
        ("ARG V=1\nFROM a:$V", [("base", "a:1", "0")]),
        ('ARG V="1"\nFROM a:${V}', [("base", "a:1", "0")]),
        ("ARG A=a B=1\nARG I=$A:$B\nFROM $I", [("base", "a:1", "0")]),
        ("ARG V\nFROM a:$V", [("base", "a:$V", "0")]),
        ("FROM a:${V:-latest}", [("base", "a:${V:-latest}", "0")]),
        ("ARG V=1\nFROM a:${V:-latest}", [("base", "a:1", "0")]),
        ("FROM a\nARG V=1\nFROM b:$V", [("base", "a", "0"), ("base", "b:$V", "1")]),
        ("FROM a AS b\nFROM b", [("base", "a", "b"), ("stage", "b", "1")]),
        ("FROM a AS Build\nFROM build AS c", [("base", "a", "Build"), ("stage", "build", "c")]),
        ("FROM b\nFROM a AS b", [("base", "b", "0"), ("base", "a", "b")]),
        ("FROM a AS b\nCOPY --from=b / /", [("base", "a", "b"), ("stage", "b", "b")]),
        (
            "FROM a\nFROM c\nCOPY --from=0 / /",
            [("base", "a", "0"), ("base", "c", "1"), ("stage", "0", "1")],
        ),
        (
            "FROM a\nCOPY --link --chown=1 --from=b:1 / /",
            [("base", "a", "0"), ("base", "b:1", "0")],
        ),
        ("FROM a\nADD --from=b:1 / /", [("base", "a", "0"), ("base", "b:1", "0")]),
        ("FROM a\nONBUILD COPY --from=b:1 / /", [("base", "a", "0"), ("base", "b:1", "0")]),
        (
            "FROM a AS b\nRUN --mount=type=bind,from=b,target=/x c --mount=from=d",
            [("base", "a", "b"), ("stage", "b", "b")],
        ),
        ("FROM \\\n  a:1 \\\n  AS b", [("base", "a:1", "b")]),
        ("# escape=`\nFROM `\n a:1", [("base", "a:1", "0")]),
        ("# syntax=x/y:1\nFROM a", [("base", "a", "0")]),
        ("FROM a\nRUN b \\\n  # FROM c\n\n  FROM d", [("base", "a", "0")]),
        ("FROM a\nRUN <<EOF\nFROM b\nEOF\nFROM c", [("base", "a", "0"), ("base", "c", "1")]),
        (
            "FROM a\nCOPY <<-'A' <<B /x/\nFROM b\n\tA\nFROM d\nB\nFROM c",
            [("base", "a", "0"), ("base", "c", "1")],
        ),
        (
            'FROM a\nENV A=b \\\n    # c\n\n    D="e f"\nFROM g',
            [("base", "a", "0"), ("base", "g", "1")],
        ),
        ('FROM a\nRUN echo "FROM b"\nLABEL x="FROM c"', [("base", "a", "0")]),
    ],
)
def test_images_and_stages_are_told_apart(source: str, found: list[tuple[str, str, str]]) -> None:
    assert images(source + "\n") == found


def test_an_image_stands_where_it_is_written() -> None:
    assert facts("# é\nFROM --platform=x \\\n  a:1 AS b\nCOPY --from=c:2 / /\n").images == (
        ImageRef("base", "a:1", Span(3, 3, 3, 6), "b"),
        ImageRef("base", "c:2", Span(4, 13, 4, 16), "b"),
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
    assert [one.image for one in found.images] == ["a", "b:1", "d"]


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
