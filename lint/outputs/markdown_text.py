"""Text of scanned files inside of Markdown: it may say what it likes, and mean nothing."""

from __future__ import annotations

import re
from typing import Final

from lint.outputs.printable import spoken

_MEANING: Final = re.compile(r"[\\*_\[\]<>&#@~|!$]")
_ENTITIES: Final = {"<": "&lt;", ">": "&gt;", "&": "&amp;", "@": "&#64;"}


def markdown_text(text: str) -> str:
    """`text` as Markdown that shows it, in a table too. Code between backticks stays code."""
    pieces = spoken(text).split("`")
    if len(pieces) % 2 == 0:
        return _plain(spoken(text).replace("`", "'"))
    return "".join(
        _code_span(piece) if at % 2 else _plain(piece) for at, piece in enumerate(pieces)
    )


def markdown_code(text: str) -> str:
    """`text` as code, whatever it holds."""
    return _code_span(spoken(text).replace("`", "'"))


def _code_span(text: str) -> str:
    return f"`{text.replace('|', chr(92) + '|')}`" if text.strip() else _plain(text)


def _plain(text: str) -> str:
    return _MEANING.sub(lambda match: _ENTITIES.get(match[0], f"\\{match[0]}"), text)
