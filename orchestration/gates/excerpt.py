"""What a component said, fit for one line of a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from orchestration.model import Text
from orchestration.printable import one_line
from orchestration.redact import Redactor

LENGTH: Final = 120


def excerpt(said: str | bytes, *, length: int = LENGTH, hide: Iterable[Text] = ()) -> str:
    """The first `length` characters on one line, without what could act on a terminal.

    `hide` goes before anything is cut: servers echo what they dislike, and nobody downstream knows
    the first half of a secret for what it is.
    """
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    secrets = tuple(hide)
    line = Redactor(secrets).line(text) if secrets else one_line(text)
    return line if len(line) <= length else f"{line[:length]}…"


def last_line(text: str) -> str:
    """The last line that is not blank, as an excerpt; "" when there is none."""
    return excerpt(text.rstrip().rpartition("\n")[2])
