"""Comments that begin with `#`, from the spans at which a parser found them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lint.languages.comments import Comment
from lint.program import Span

_SIGN: Final = "#"


def hash_comments(lines: list[str], spans: Iterable[Span]) -> tuple[Comment, ...]:
    """The comments at the given spans of a file's lines; an interpreter line is none.

    A comment reaches from its sign to the end of its line.
    """
    where = sorted(
        (span for span in spans if 0 < span.line <= len(lines)),
        key=lambda span: (span.line, span.column),
    )
    alone = {span.line for span in where if not lines[span.line - 1][: span.column - 1].strip()}
    found: list[Comment] = []
    following = 0
    below = len(lines)
    for span in reversed(where):
        for line in range(below, span.line, -1):
            if line not in alone and lines[line - 1].strip():
                following = line
        below = span.line
        text = lines[span.line - 1][span.column - 1 :]
        if not text.startswith(_SIGN) or (span.line == 1 and text.startswith("#!")):
            continue
        if span.line not in alone:
            found.append(Comment(text=_bare(text), at=span, alone=False))
        else:
            found.append(Comment(text=_bare(text), at=span, alone=True, next_code=following))
        if span.line not in alone:
            following = span.line
    return tuple(reversed(found))


def _bare(text: str) -> str:
    return text.lstrip(_SIGN).strip()
