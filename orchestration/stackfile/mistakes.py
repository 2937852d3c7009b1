"""The mistakes of a configuration, and the one error that tells all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from orchestration.errors import ConfigError
from orchestration.shown_path import shown_path
from orchestration.stackfile.positions import Key, Position, Positions, write_key

MOST_SHOWN: Final = 50
"""A file that is wrong in more places is not a file of this kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One thing to correct: what is wrong at `key`, why that matters, how to mend it."""

    key: Key
    what: str
    why: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The text of a configuration. `prefix`: where its root table stands in the file."""

    file: Path
    text: str = field(repr=False)
    prefix: tuple[str, ...] = ()


@dataclass(slots=True)
class Mistakes:
    """Collects mistakes, so that the user sees all of them at once."""

    source: Source
    found: list[Mistake] = field(default_factory=list)

    def add(self, key: Key, what: str, *, why: str = "", fix: str = "") -> None:
        """Note one."""
        self.found.append(Mistake(key=key, what=what, why=why, fix=fix))

    def raise_if_any(self) -> None:
        """Raises ConfigError when there is any."""
        if self.found:
            raise self.error()

    def error(self) -> ConfigError:
        """All of them in one, in the order of the file."""
        shown = shown_path(self.source.file)
        positions = Positions(self.source.text)
        placed = sorted(
            ((positions.of((*self.source.prefix, *each.key)), each) for each in self.found),
            key=lambda pair: pair[0],
        )
        lines = list(dict.fromkeys(self._line(shown, *pair) for pair in placed))
        if len(lines) == 1:
            position, only = placed[0]
            return ConfigError(self._head(shown, position, only), why=only.why, fix=only.fix)
        if len(lines) > MOST_SHOWN:
            lines[MOST_SHOWN:] = [f"and {len(lines) - MOST_SHOWN} more"]
        listed = "".join(f"\n  {line}" for line in lines)
        return ConfigError(f"{shown} has {len(self.found)} mistakes:{listed}")

    def _head(self, shown: str, position: Position, mistake: Mistake) -> str:
        place = f"{shown}:{position.line}:{position.column}" if position.line else shown
        key = write_key((*self.source.prefix, *mistake.key))
        return f"{place}: {key}: {mistake.what}" if key else f"{place}: {mistake.what}"

    def _line(self, shown: str, position: Position, mistake: Mistake) -> str:
        return "; ".join(_told(self._head(shown, position, mistake), mistake.why, mistake.fix))


def _told(*texts: str) -> Iterator[str]:
    yield from (text for text in texts if text)
