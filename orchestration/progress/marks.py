"""The signs a display uses, in what the terminal can show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """One set of signs, each one column wide; `spinner` is shown sign after sign."""

    done: str
    failed: str
    stopped: str
    note: str
    bar: str
    spinner: str
    unicode: bool


_UNICODE: Final = Marks(
    done="✓",
    failed="✗",
    stopped="■",
    note="!",
    bar="█",
    spinner="⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏",
    unicode=True,
)
_ASCII: Final = Marks(
    done="+", failed="x", stopped="-", note="!", bar="#", spinner="|/-\\", unicode=False
)


def marks_for(encoding: str) -> Marks:
    """The set that `encoding` has all signs of."""
    signs = "".join(
        (_UNICODE.done, _UNICODE.failed, _UNICODE.stopped, _UNICODE.bar, _UNICODE.spinner, "…")
    )
    try:
        signs.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return _ASCII
    return _UNICODE
