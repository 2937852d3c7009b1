"""The words of the commands behind classified effects: for flags that no effect carries."""

from __future__ import annotations

from lint.effects import Command, Trace
from lint.model import Place


class Argv:
    """The known words of a trace's commands, by the place that executes them."""

    def __init__(self, trace: Trace) -> None:
        self._words: dict[Place, set[str]] = {}
        for effect in trace.effects:
            if isinstance(effect, Command):
                words = self._words.setdefault(effect.at, set())
                words.update(text.shown for word in effect.argv for text in word)

    def holds(self, at: Place, *words: str) -> bool:
        """Whether any of the words is given to a command there, also as `word=value`."""
        given = self._words.get(at, set())
        return any(one == word or one.startswith(f"{word}=") for one in given for word in words)

    def mentions(self, at: Place, *pieces: str) -> str:
        """The first word given there that contains one of the pieces, else empty."""
        given = self._words.get(at, set())
        return next((one for one in sorted(given) if any(piece in one for piece in pieces)), "")
