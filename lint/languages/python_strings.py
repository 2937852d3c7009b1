"""What Python's literals stand for: strings of every prefix, and numbers."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_PREFIX: Final = re.compile(r"(?P<prefix>[A-Za-z]*)(?P<quote>'''|\"\"\"|'|\")")
_ESCAPE: Final = re.compile(
    r"\\(?:x(?P<hex>[0-9a-fA-F]{2})|u(?P<short>[0-9a-fA-F]{4})|U(?P<long>[0-9a-fA-F]{8})"
    r"|N\{(?P<name>[^}]*)\}|(?P<octal>[0-7]{1,3})|(?P<char>.))",
    re.DOTALL,
)
_PLAIN: Final = {
    "\n": "", "\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "f": "\f", "n": "\n",
    "r": "\r", "t": "\t", "v": "\v",
}  # fmt: skip
_LARGEST: Final = 0x10FFFF
_SURROGATES: Final = range(0xD800, 0xE000)
_LONGEST_NUMBER: Final = 40


def string_value(literal: str) -> str:
    """The text of a string literal with its prefix and quotes; bytes as the text they look like."""
    opening = _PREFIX.match(literal)
    if opening is None:
        return literal
    quote = opening["quote"]
    inside = literal[opening.end() : len(literal) - len(quote)]
    return inside if "r" in opening["prefix"].lower() else unescaped(inside)


def unescaped(written: str) -> str:
    """Text with its backslash escapes replaced; those that Python does not know stay."""
    return _ESCAPE.sub(_replaced, written) if "\\" in written else written


def _replaced(escape: re.Match[str]) -> str:
    if (char := escape["char"]) is not None:
        return _PLAIN.get(char, escape[0])
    if (name := escape["name"]) is not None:
        try:
            return unicodedata.lookup(name)
        except KeyError:
            return escape[0]
    if escape["octal"] is not None:
        return chr(int(escape["octal"], 8))
    code = int(escape["hex"] or escape["short"] or escape["long"], 16)
    # No lone surrogate: facts are written as UTF-8.
    return escape[0] if code > _LARGEST or code in _SURROGATES else chr(code)


def number_text(literal: str) -> str:
    """A number as Python prints it: `18_080` and `0x46A0` are told as decimals."""
    if len(literal) > _LONGEST_NUMBER:
        return literal
    written = literal.lower()
    try:
        if written.startswith(("0x", "0o", "0b")) or written.replace("_", "").isdecimal():
            return str(int(written, 0))
        return written if written.endswith("j") else repr(float(written))
    except ValueError:
        return literal
