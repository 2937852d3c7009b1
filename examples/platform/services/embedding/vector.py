"""Texts as vectors by feature hashing, with no model to load.

A text is folded (NFKC, lower case, single spaces) and cut into words and into the runs of 3, 4 and
5 characters of each word with its borders marked. Every feature is hashed to one of `DIMENSIONS`
places and to a sign, and adds 1 + ln(its count) there; the sum is scaled to length 1. Texts that
share words, or parts of words, point the same way: their scalar product is the cosine of the angle.
The method is that of Weinberger et al., "Feature Hashing for Large Scale Multitask Learning"
(2009); words weigh more than their parts because a whole word counts `WORD_WEIGHT` times.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from hashlib import blake2b
from unicodedata import normalize

DIMENSIONS = 384
MODEL = "hashed-ngrams-v1"
RUNS = (3, 4, 5)
WORD_WEIGHT = 3.0
_WORD = re.compile(r"\w+")


def embed(text: str) -> tuple[float, ...]:
    """The vector of a text: `DIMENSIONS` numbers of length 1. Raises ValueError without a word."""
    counts = Counter(_features(text))
    if not counts:
        raise ValueError("the text holds no word")
    places = [0.0] * DIMENSIONS
    for feature, count in counts.items():
        digest = int.from_bytes(blake2b(feature.encode(), digest_size=8).digest())
        weight = 1 + math.log(count)
        if feature.startswith("="):
            weight *= WORD_WEIGHT
        places[(digest >> 1) % DIMENSIONS] += weight if digest & 1 else -weight
    length = math.hypot(*places)
    if length == 0:
        raise ValueError("the text's features cancel each other out")
    return tuple(place / length for place in places)


def _features(text: str) -> Iterator[str]:
    for word in _WORD.findall(normalize("NFKC", text).casefold()):
        yield f"={word}"
        bordered = f"<{word}>"
        for size in RUNS:
            for start in range(len(bordered) - size + 1):
                yield bordered[start : start + size]
