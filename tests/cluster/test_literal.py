"""What a kubelet makes of a text, and that it makes nothing of ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.cluster.literal import literal


def expand(text: str, known: dict[str, str]) -> str:
    """As third_party/forked/golang/expansion/expand.go of Kubernetes 1.32."""
    said, at = "", 0
    while at < len(text):
        rest = text[at + 1 :]
        if text[at] != "$" or not rest:
            said, at = said + text[at], at + 1
        elif rest[0] == "$":
            said, at = said + "$", at + 2
        elif rest[0] == "(" and ")" in rest:
            name = rest[1 : rest.index(")")]
            said, at = said + known.get(name, f"$({name})"), at + len(name) + 3
        else:
            said, at = said + "$" + rest[0], at + 2
    return said


@given(st.text(st.sampled_from("$()Aa ")))
def test_a_kubelet_gives_a_text_back_as_it_was(text: str) -> None:
    assert expand(literal(text), {"A": "replaced", "a": "replaced"}) == text


@pytest.mark.parametrize("text", ["$@", "$HOME", "${HOME}", "100$", "plain"])
def test_what_a_kubelet_leaves_alone_is_left_alone(text: str) -> None:
    assert literal(text) == text
