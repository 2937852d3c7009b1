"""Text from scanned files that can do nothing to whoever shows it."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# Controls with ESC among them, what ends a line for some programs, marks that reorder or hide
# text, and lone surrogates, which no encoding can write.
_CONTROL: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def printable(text: str) -> str:
    """`text` on one line, with every control and invisible character spelt out (`\\x1b`)."""
    return _CONTROL.sub(_spell, text)


def spoken(text: str) -> str:
    """`printable`, with every run of white space as one blank: for messages and reasons."""
    return printable(" ".join(text.split()))


def path_text(path: str) -> str:
    """A path to print. One that could be read as a command of a CI runner (`::`, `##[`) when it
    begins a line is written from `./` on.
    """
    shown = printable(path)
    return f"./{shown}" if shown.startswith((":", "#", "-")) else shown


def cells(text: str) -> int:
    """How many columns of a terminal printable text takes."""
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _spell(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
