"""A Python file's bytes as text, and the places in it.

The text has one character for each character of the file, line ends as `\\n`, so that an offset
tells line and column.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

from lint.facts import Unparsable
from lint.program import Span

_UTF8: Final = "utf-8"
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_WIDE_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_BLANK: Final = re.compile(rb"[ \t\f]*(?:#[^\r\n]*)?(?:\r\n?|\n|\Z)")
_COOKIE: Final = re.compile(rb"[ \t\f]*#[^\r\n]*?coding[:=][ \t]*(?P<name>[-\w.]+)")
_NO_TEXT: Final = re.compile(r"idna|punycode|undefined|unicode.?escape|utf.?(?:7|16|32)|mbcs|oem")
"""Codecs that no interpreter reads source with, or that take long on purpose-made bytes."""
_NEWLINE: Final = re.compile(r"\r\n?")


@dataclass(frozen=True, slots=True)
class PythonSource:
    """The text of one file; `unparsable` tells what its bytes did wrong."""

    text: str
    unparsable: tuple[Unparsable, ...] = ()
    _starts: list[int] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        self._starts.append(0)
        self._starts.extend(end.end() for end in re.finditer(r"\n", self.text))

    def line(self, offset: int) -> int:
        """The line of a character."""
        return bisect_right(self._starts, offset)

    def offset(self, line: int) -> int:
        """Where a line begins; the end of the text for a line that is not there."""
        return self._starts[line - 1] if line <= len(self._starts) else len(self.text)

    def span(self, start: int, end: int) -> Span:
        """From one character up to another that is no part of it."""
        starts = self._starts
        line = bisect_right(starts, start)
        end_line = bisect_right(starts, end, line - 1)
        return Span(line, start - starts[line - 1] + 1, end_line, end - starts[end_line - 1] + 1)


def decode(data: bytes) -> PythonSource:
    """The text of a Python file, whatever its bytes are.

    Bytes that the file's encoding does not have become U+FFFD, NUL a blank; both are told as
    unparsable at the first such place, as Python refuses the file.
    """
    problems: list[tuple[str, int]] = []
    if data.startswith(_WIDE_MARKS):
        text = data.decode("utf-16", "replace")
        problems.append(("Python does not read UTF-16; save the file as UTF-8", 0))
    else:
        text = _decoded(data.removeprefix(_BYTE_ORDER_MARK), problems)
    text = _lines(text).removeprefix("\ufeff")
    if (at := text.find("\0")) >= 0:
        problems.append(("a NUL byte, which Python does not read", at))
        text = text.replace("\0", " ")
    found = PythonSource(text)
    if not problems:
        return found
    told = tuple(Unparsable(why, found.span(at, min(at + 1, len(text)))) for why, at in problems)
    return PythonSource(text, told)


def _decoded(data: bytes, problems: list[tuple[str, int]]) -> str:
    name = _declared(data)
    problem, start, used = "", 0, name
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        start = error.start
        used = _UTF8 if name == _UTF8 or _is_utf8(data) else "latin-1"
        declared = "no other encoding is declared" if name == _UTF8 else "which it declares to be"
        problem = f"byte 0x{data[start]:02x} is not {name}, {declared}"
    except (LookupError, ValueError):
        used = _UTF8
        problem = f"the encoding {name!r} that it declares is not known"
    problems.append((problem, len(_lines(data[:start].decode(used, "replace")))))
    return data.decode(used, "replace")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode(_UTF8)
    except UnicodeDecodeError:
        return False
    return True


def _declared(data: bytes) -> str:
    """The encoding that a comment in the first two lines declares, else UTF-8."""
    first = _BLANK.match(data)
    mark = _COOKIE.match(data) or (_COOKIE.match(data, first.end()) if first else None)
    if not mark:
        return _UTF8
    name = mark["name"].decode("ascii", "replace").lower().replace("_", "-")
    if name.startswith(("utf-8", "utf8")):
        return _UTF8
    if name.startswith(("latin-1", "iso-8859-1-", "iso-latin-1")):
        return "latin-1"
    try:
        known = codecs.lookup(name).name
    except (LookupError, ValueError):
        return name
    return f"{known} (not for source)" if _NO_TEXT.match(known) else known


def _lines(text: str) -> str:
    return _NEWLINE.sub("\n", text) if "\r" in text else text
