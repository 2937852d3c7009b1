"""What makes a finding the same finding after its file was edited."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

_LINES: Final = re.compile(
    r"((?:\.[A-Za-z]\w{0,9}|[Mm]akefile|[Dd]ockerfile)):\d+(?::\d+)?"
    r"|\b(lines?) \d+(?:\s*[-\u2013]\s*\d+)?"
)
_SIZE: Final = 16
_MARK: Final = 8
_AFTER: Final = 2


def fingerprints(told: Iterable[tuple[str, str, str]]) -> tuple[str, ...]:
    """For each (rule, path, key), in the order given, a short stable name.

    Neither line numbers nor white space of the key count. Equal ones are told apart by their
    order, so give the findings of a file from top to bottom: then an edit elsewhere in the file
    changes none, and another equal finding below changes only what follows it.
    """
    seen: Counter[tuple[str, str, str]] = Counter()
    made: list[str] = []
    for rule, path, key in told:
        same = (rule, path, normalised(key))
        seen[same] += 1
        whole = "\0".join((*same, *([str(seen[same])] if seen[same] > 1 else [])))
        made.append(hashlib.sha256(whole.encode("utf-8", "surrogateescape")).hexdigest()[:_SIZE])
    return tuple(made)


def mark(rule: str, lines: Sequence[str], line: int, end_line: int = 0) -> str:
    """A short name of the code that a finding stands on, wherever its file lies: its own lines and
    the next that are not empty. White space does not count."""
    own = lines[line - 1 : max(line, end_line)]
    after = [each for each in lines[max(line, end_line) :] if each.strip()][:_AFTER]
    words = " ".join("\n".join((*own, *after)).split())
    if not words:
        return ""
    whole = f"{rule}\0{words}"
    return hashlib.sha256(whole.encode("utf-8", "surrogateescape")).hexdigest()[:_MARK]


def normalised(key: str) -> str:
    """A key without line numbers and without differences of white space."""
    return " ".join(_LINES.sub(r"\1\2", key).split())
