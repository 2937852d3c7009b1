"""One document of a manifest file: its value, and where the keys that matter stand."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Keys = tuple[str | int, ...]
"""A path of keys and list indexes from the root of a document."""

DEEPEST_PLACED: Final = 4
"""Keys whose lines are kept: `items[0].metadata.name` is four deep."""

# What editors, git and kubectl's users count. YAML 1.1 knows more line breaks (U+0085, U+2028).
_BREAK: Final = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """`value` is of JSON's types only. `lines`: of each key down to `DEEPEST_PLACED`."""

    value: object
    lines: Mapping[Keys, int]

    def line(self, *keys: str | int) -> int:
        """The line of the key, else of the nearest one above it that is written."""
        for length in range(len(keys), -1, -1):
            found = self.lines.get(keys[:length])
            if found is not None:
                return found
        return 1


class LineNumbers:
    """Turns offsets into a text, in characters, into lines from 1."""

    def __init__(self, text: str) -> None:
        self._starts = [each.end() for each in _BREAK.finditer(text)]

    def at(self, offset: int) -> int:
        """The line of the character at `offset`."""
        return bisect_right(self._starts, offset) + 1
