"""Text from elsewhere (logs, answers, build output) that cannot do anything to a terminal."""

from __future__ import annotations

import re
from typing import Final

# ECMA-48: CSI, the string sequences (OSC, DCS, SOS, PM, APC) up to their end on the same line, and
# two-character escapes.
_SEQUENCE: Final = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[]PX^_]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)

# Controls, what `str.splitlines` takes for a line's end, marks that reorder text, lone surrogates.
_CONTROL: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printable(text: str) -> str:
    """`text` without escape sequences, with every other control character spelt out (`\\x07`).

    Newlines and tabs stay; a carriage return becomes a newline, so that nothing is overwritten.
    The result can be encoded as UTF-8 whatever the bytes were.
    """
    text = _SEQUENCE.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub(_spell, text)


def one_line(text: str) -> str:
    """`printable`, with every run of white space as one blank."""
    return " ".join(printable(text).split())


def _spell(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
