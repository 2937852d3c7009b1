"""The word that somebody who mistyped most likely meant."""

from __future__ import annotations

from collections.abc import Iterable

MOST_LISTED = 12
"""Longer lists of choices are cut: nobody reads them."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word closest to `word`, whatever its case, or None when none comes near."""
    from difflib import get_close_matches

    by_lower = {each.lower(): each for each in sorted(set(known))}
    found = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def suggest(word: str, known: Iterable[str], *, nothing: str = "") -> str:
    """``did you mean `image`?``, else what there is to choose from, else `nothing`."""
    words = sorted(set(known))
    if not words:
        return nothing
    meant = nearest(word, words)
    if meant is not None:
        return f"did you mean `{meant}`?"
    listed = ", ".join(f"`{each}`" for each in words[:MOST_LISTED])
    return f"there is {listed}" + (", …" if len(words) > MOST_LISTED else "")
