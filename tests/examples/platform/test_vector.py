from __future__ import annotations

import math

import pytest
from embedding.vector import DIMENSIONS, embed


def _cosine(one: str, other: str) -> float:
    return sum(a * b for a, b in zip(embed(one), embed(other), strict=True))


def test_the_vector_of_a_text_never_changes() -> None:
    """Stored vectors are compared with new ones: another hash would make them strangers."""
    places = [(place, round(number, 5)) for place, number in enumerate(embed("restart the pod"))]

    assert [each for each in places if each[1]][:3] == [(2, 0.13484), (15, -0.13484), (20, 0.13484)]


@pytest.mark.parametrize("text", ["a", "日本語 ポッド", "x " * 4000])
def test_every_vector_has_length_one(text: str) -> None:
    vector = embed(text)

    assert len(vector) == DIMENSIONS
    assert math.isclose(math.hypot(*vector), 1)


def test_case_and_spaces_do_not_count() -> None:
    assert math.isclose(_cosine("Disk FULL", " disk\n full! "), 1)


@pytest.mark.parametrize(
    ("text", "like", "unlike"),
    [
        ("pod was restarted", "restarting pods", "the volume is full"),
        ("certificate expired", "an expired certificate", "memory limit reached"),
        ("OOMKilled in payments", "payments was OOMKilled again", "image pull failed in orders"),
    ],
)
def test_like_texts_are_nearer_than_unlike_ones(text: str, like: str, unlike: str) -> None:
    assert _cosine(text, like) > _cosine(text, unlike) + 0.2


@pytest.mark.parametrize("text", ["", " ", "?!"])
def test_a_text_without_words_has_no_vector(text: str) -> None:
    with pytest.raises(ValueError, match="no word"):
        embed(text)
