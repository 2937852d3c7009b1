"""Which images a Containerfile builds on."""

from __future__ import annotations

import pytest

from orchestration.engines.build_bases import bases_of


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("FROM python:3.11\nRUN true\n", {"python:3.11": "python:3.11"}),
        ("from --platform=linux/amd64 a as x\n", {"a": "a"}),
        ("FROM a AS Build\nFROM build\nFROM b\n", {"a": "a", "b": "b"}),
        ("FROM scratch\nCOPY --chown=1 --from=tools /t /t\n", {"tools": "tools"}),
        ("FROM a AS x\nFROM b\nCOPY --from=x /t /t\nCOPY --from=0 /t /t\n", {"a": "a", "b": "b"}),
        ("ARG TAG=3\nFROM python:${TAG}\n", {"python:${TAG}": "python:3"}),
        ('ARG A="x" B=y:$A\nFROM $B\n', {"$B": "y:x"}),
        ("ARG TAG=3\nARG NAME\nFROM $NAME:$TAG\n", {"$NAME:$TAG": "given:3"}),
        ("ARG NAME=old\nFROM $NAME\n", {"$NAME": "given"}),
        ("FROM $NAME\n", {}),
        ("FROM a-${TARGETARCH}\nFROM b:${V:-1}\n", {"b:${V:-1}": "b:1"}),
        ("ARG V=1\nFROM b${V:+-slim}${W:+-x}\n", {"b${V:+-slim}${W:+-x}": "b-slim"}),
        ("FROM a\nARG V=1\nFROM b:$V\n", {"a": "a"}),
        ("FROM \\\n# why\n  a AS x\nRUN echo \\\n FROM c\n", {"a": "a"}),
        ("# escape=`\nFROM `\n a\n", {"a": "a"}),
        ("ARG 'unclosed\nFROM\nFROM a", {"a": "a"}),
        ("", {}),
    ],
)
def test_an_image_counts_when_the_file_tells_its_name(text: str, found: dict[str, str]) -> None:
    assert bases_of(text, {"NAME": "given"}) == found


def test_stages_after_the_target_do_not_count() -> None:
    text = "FROM a AS one\nFROM b AS Two\nCOPY --from=c /x /x\nFROM d\n"
    assert bases_of(text, {}, "two") == {"a": "a", "b": "b", "c": "c"}
