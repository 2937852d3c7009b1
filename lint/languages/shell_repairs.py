"""Valid shell that the grammar of bash stumbles over, written so that it does not.

Every repair keeps each byte at its offset, so that spans and texts are taken from the original.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_FOR: Final = re.compile(rb"(\b(?:for|select)[ \t]+\w+)\s(\s*do\b)")
_DOLLAR: Final = re.compile(rb"\$(?=[)|/\\;&\s]|\Z)")
_CLOSED: Final = re.compile(
    rb"([)}]|\b(?:fi|done|esac))[ \t\\](?=\s*(?:\\\n\s*)*(?:fi|done|else|elif|esac|\})(?![\w-]))"
)
_PATTERN: Final = re.compile(
    rb"(?:^|;;|\bin)\s*\(?(?P<pattern>"
    rb"(?:[^\s()'\"`$;|\\]|'[^']*'|\"[^\"`$]*\"|[ \t]*\|[ \t\\\n]*)+)\)",
    re.MULTILINE,
)
_QUOTED: Final = re.compile(rb"'[^']*'|\"[^\"]*\"")
_TOKEN: Final = re.compile(
    rb"\\.|\$'(?:\\.|[^'\\])*'|['\"`#\n})]|\$?\(\(|\$?\(|\$\{|<<<|<<", re.DOTALL
)
_CLOSES: Final = {
    b'"': b'"',
    b"`": b"`",
    b"(": b")",
    b"$(": b")",
    b"((": b"))",
    b"$((": b"))",
    b"${": b"}",
}
_IN_QUOTES: Final = frozenset({b'"', b"`", b"$(", b"$((", b"${"})
_IN_DOCUMENTS: Final = frozenset({b"`", b"$(", b"$((", b"${"})
_WORD_BEGINS: Final = (b"", b" ", b"\t", b"\n", b";", b"(", b"&", b"|")
_DELIMITER: Final = re.compile(
    rb"(?P<dash>-?)[ \t]*(?P<quote>['\"\\]?)(?P<word>[^\s'\"\\|&;<>()`$]+)(?P<close>['\"]?)"
)
_HOLE: Final = b"\2"


@dataclass(frozen=True, slots=True, kw_only=True)
class HereDocument:
    """The text of a here-document between two byte offsets; `raw`: nothing in it is expanded."""

    start: int
    end: int
    raw: bool
    dedent: bool


def without_documents(data: bytes) -> tuple[bytes, dict[int, HereDocument]]:
    """The source without the texts of here-documents, which the grammar reads wrongly.

    Their signs become `<` and a file name, which begins at the offset that is the key.
    """
    if b"<<" not in data:
        return data, {}
    cut = _Cut(data)
    cut.run()
    return bytes(cut.out), cut.found


def repaired(data: bytes) -> bytes:
    """The source with other words for what the grammar stumbles over."""
    whole = _FOR.sub(lambda one: one[1] + b";" + one[2], data)
    whole = _PATTERN.sub(_without_quotes, whole)
    whole = _CLOSED.sub(rb"\1;", whole)
    return _DOLLAR.sub(b"_", whole)


def _without_quotes(one: re.Match[bytes]) -> bytes:
    """A pattern of `case`, which may be quoted in part, as one word."""
    start, end = (at - one.start() for at in one.span("pattern"))
    pattern = _QUOTED.sub(lambda quoted: b"_" * len(quoted[0]), one["pattern"])
    return one[0][:start] + pattern + one[0][end:]


def as_text(data: bytes) -> bytes:
    """A here-document's text as it may stand in quotation marks: its own are hidden."""
    out = bytearray(data)
    stack = [b""]
    for sign in _TOKEN.finditer(data):
        if sign[0] == stack[-1]:
            stack.pop()
        elif sign[0] in _CLOSES and (len(stack) > 1 or sign[0] in _IN_DOCUMENTS):
            stack.append(_CLOSES[sign[0]])
        elif len(stack) == 1:
            out[sign.start() : sign.end()] = sign[0].replace(b'"', _HOLE)
    return bytes(out)


class _Cut:
    """Walks the source by its signs, knowing what is quoted, and cuts out here-documents."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._pending: list[re.Match[bytes]] = []
        self.out = bytearray(data)
        self.found: dict[int, HereDocument] = {}

    def run(self) -> None:
        """Cuts out the here-documents that have an end."""
        stack = [b""]
        at = 0
        while token := _TOKEN.search(self._data, at):
            at = token.end()
            sign, top = token[0], stack[-1]
            if sign == top:
                stack.pop()
            elif top == b'"' and sign not in _IN_QUOTES:
                continue
            elif sign == b")" and top == b"))" and self._data.startswith(b")", at):
                stack.pop()
                at += 1
            elif sign in _CLOSES:
                stack.append(_CLOSES[sign])
            elif top in (b"}", b"))"):
                continue
            elif sign == b"'":
                at = self._past(b"'", at)
            elif sign == b"#" and self._data[max(at - 2, 0) : at - 1] in _WORD_BEGINS:
                at = self._past(b"\n", at) - 1
            elif sign == b"<<" and (delimiter := _DELIMITER.match(self._data, at)):
                self._pending.append(delimiter)
                at = delimiter.end()
            elif sign == b"\n" and self._pending:
                at = self._documents(at)

    def _past(self, sign: bytes, at: int) -> int:
        end = self._data.find(sign, at)
        return end + 1 if end >= 0 else len(self._data) + 1

    def _documents(self, start: int) -> int:
        """Takes the bodies of the pending ones; where the code goes on."""
        for delimiter in self._pending:
            dedent = bool(delimiter["dash"])
            tabs = rb"^\t*" if dedent else rb"^"
            last = re.compile(tabs + re.escape(delimiter["word"]) + rb"[ \t]*$", re.MULTILINE)
            end = last.search(self._data, start)
            if not end:
                continue
            sign = delimiter.start() - 1
            self.found[sign] = HereDocument(
                start=start, end=end.start(), raw=bool(delimiter["quote"]), dedent=dedent
            )
            self.out[sign : delimiter.end()] = _HOLE * (delimiter.end() - sign)
            blank = re.sub(rb"[^\n]", b" ", self._data[start : end.end()])
            self.out[start : end.end()] = blank
            start = min(end.end() + 1, len(self._data))
        self._pending.clear()
        return start
