"""Colours of a terminal, where there is one that wants them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from lint.model import Severity, Status, Verdict

_CODES: Final = {
    "bold": "1",
    "dim": "2",
    "red": "1;31",
    "green": "32",
    "yellow": "1;33",
    "blue": "1;34",
    "cyan": "36",
}
_SEVERITY: Final = {
    Severity.ERROR: "red",
    Severity.WARNING: "yellow",
    Severity.NOTE: "blue",
}
_STATUS: Final = {
    Status.PASS: "green",
    Status.FAIL: "red",
    Status.UNKNOWN: "yellow",
    Status.EXEMPT: "cyan",
    Status.NOT_APPLICABLE: "dim",
}
_VERDICT: Final = {
    Verdict.COMPLIANT: "green",
    Verdict.PARTIAL: "yellow",
    Verdict.VIOLATION: "red",
    Verdict.UNKNOWN: "yellow",
    Verdict.NOT_APPLICABLE: "dim",
}


@dataclass(frozen=True, slots=True)
class Paint:
    """Puts colour around text, or leaves it alone."""

    on: bool

    def __call__(self, colour: str, text: str) -> str:
        """`text` in one of: bold, dim, red, green, yellow, blue, cyan."""
        return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if self.on and text else text

    def severity(self, severity: Severity, text: str) -> str:
        """`text` in the colour of a severity."""
        return self(_SEVERITY[severity], text)

    def status(self, status: Status, text: str) -> str:
        """`text` in the colour of a requirement's status."""
        return self(_STATUS[status], text)

    def verdict(self, verdict: Verdict, text: str) -> str:
        """`text` in the colour of a service's verdict."""
        return self(_VERDICT[verdict], text)


def wants_colour(environ: Mapping[str, str], *, terminal: bool) -> bool:
    """Whether to colour what goes to a stream. NO_COLOR wins over FORCE_COLOR, both over the
    rest: a terminal gets colours unless it says that it is dumb.
    """
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return terminal and environ.get("TERM") != "dumb"
