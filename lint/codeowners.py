"""CODEOWNERS: whose team a path is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lint.globs import matches
from lint.spelling import spelled

PLACES: Final = ("CODEOWNERS", ".github/CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
"""Where the file may stand, the first one found counts."""
_TEAMS: Final = ("team", "squad", "owners", "maintainers", "devs")


@dataclass(frozen=True, slots=True)
class Owners:
    """Patterns and the normalised team names behind them, in the file's order."""

    rules: tuple[tuple[str, frozenset[str]], ...] = ()

    def of(self, path: str) -> frozenset[str]:
        """The teams of a path: the last pattern that matches decides."""
        for pattern, teams in reversed(self.rules):
            if matches(path, pattern):
                return teams
        return frozenset()


def parse(text: str) -> Owners:
    """The owners that a CODEOWNERS file tells; lines that are none are passed over."""
    rules = []
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if words and not words[0].startswith("["):
            rules.append((words[0], _teams(words[1:])))
    return Owners(tuple(rules))


def _teams(words: Sequence[str]) -> frozenset[str]:
    found = set()
    for word in words:
        if "/" not in word:
            continue
        name = spelled(word.rpartition("/")[2])
        for end in _TEAMS:
            name = name.removesuffix(end)
        found.add(name)
    return frozenset(found - {""})
