"""The word that somebody who mistyped one most likely meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

MOST: Final = 12
"""Choices that are listed; nobody reads more."""


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is most like `word`, whatever its case; empty when none is."""
    from difflib import get_close_matches

    folded = {each.casefold(): each for each in sorted(set(known), reverse=True)}
    begun = [each for each in folded if word and each.startswith(word.casefold())]
    if len(begun) == 1:
        return folded[begun[0]]
    close = get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else ""


def suggestion(word: str, known: Iterable[str]) -> str:
    """What to do about an unknown word: the one that was meant, else those that there are."""
    words = list(dict.fromkeys(known))
    if meant := nearest(word, words):
        return f"did you mean `{meant}`?"
    if not words:
        return ""
    listed = ", ".join(f"`{each}`" for each in words[:MOST])
    return f"there is {listed}" + (" and more" if len(words) > MOST else "")
