"""The embedding service over HTTP."""

from __future__ import annotations

import math

from service_client import ServiceClient


def _embed(embedding: ServiceClient, text: str) -> list[float]:
    answer = embedding.post("/embed", {"text": text})
    assert answer.status == 200, answer.document
    vector: list[float] = answer.document["embedding"]
    return vector


def _cosine(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def test_an_embedding_has_384_numbers_and_length_one(embedding: ServiceClient) -> None:
    vector = _embed(embedding, "the pod was restarted")

    assert len(vector) == 384
    assert math.isclose(math.hypot(*vector), 1)


def test_like_texts_are_nearer_than_unlike_ones(embedding: ServiceClient) -> None:
    text = _embed(embedding, "the payment pod was killed: out of memory")
    like = _embed(embedding, "payment pods killed, memory exhausted")
    unlike = _embed(embedding, "TLS handshake with the registry failed")

    assert _cosine(text, like) > _cosine(text, unlike) + 0.2


def test_a_text_without_words_is_refused(embedding: ServiceClient) -> None:
    answer = embedding.post("/embed", {"text": "!?"})

    assert (answer.status, answer.document) == (400, {"error": "text: the text holds no word"})
