"""Whether two abstract texts can be the same at run time."""

from __future__ import annotations

from collections.abc import Iterable

from lint.effects import Word
from lint.text import Literal, Text


def may_equal(one: Text, other: Text) -> bool:
    """False only where the known beginnings, ends or whole texts differ.

    A unique part may equal any other unique or unknown part: it is the same variable more often
    than not.
    """
    if (left := one.known) is not None and (right := other.known) is not None:
        return left == right
    for known, pattern in ((one.known, other), (other.known, one)):
        if known is not None:
            return _fits(known, pattern)
    return _starts(one.start, other.start) and _starts(_end(one)[::-1], _end(other)[::-1])


def may_meet(word: Word, others: Iterable[Text]) -> bool:
    """Whether any alternative of a word may be one of the others; an unknown word may be any."""
    others = tuple(others)
    if not word:
        return True
    return any(one.opaque or any(may_equal(one, other) for other in others) for one in word)


def contains(whole: Text, part: Text) -> bool:
    """Whether a text surely holds another one that is known (a URL its port, an argv a name)."""
    known = part.known
    if not known:
        return bool(part.parts) and not part.opaque and part.shown in whole.shown
    return known in whole.shown


def _fits(known: str, pattern: Text) -> bool:
    at = 0
    for part in pattern.parts:
        if isinstance(part, Literal):
            found = known.find(part.text, at)
            if found < 0:
                return False
            at = found + len(part.text)
    return known.startswith(pattern.start) and known.endswith(_end(pattern))


def _starts(one: str, other: str) -> bool:
    least = min(len(one), len(other))
    return one[:least] == other[:least]


def _end(whole: Text) -> str:
    last = whole.parts[-1] if whole.parts else None
    return last.text if isinstance(last, Literal) else ""
