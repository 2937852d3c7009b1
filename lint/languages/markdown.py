"""Markdown: what it mentions, what it claims, what it says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lint.facts import Claim, FileFacts, Mention, Suppression, Unparsable
from lint.languages.comments import Comment, suppressions
from lint.languages.markdown_blocks import Block, Fence, Hidden, Prose, Table, blocks, cleaned
from lint.languages.markdown_claims import claims
from lint.languages.markdown_document import document, front_matter
from lint.program import Span

_MOST: Final = 1_000_000
"""Characters of one document that are read; no document that people read is longer."""


def extract(data: bytes) -> FileFacts:
    """The facts of a Markdown file.

    A table's cell is a mention of its own; the head of its column is the last of its `heading`.
    A line that ends in a colon counts as a heading of what it opens. A fence's span begins at its
    first line of code.
    """
    source = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    unparsable: tuple[Unparsable, ...] = ()
    if len(source) > _MOST:
        source = source[:_MOST]
        line = source.count("\n") + 1
        why = f"the document is longer than {_MOST:,} characters; what follows is not read"
        unparsable = (Unparsable(why, Span(line)),)
    lines = source.replace("\0", "\ufffd").split("\n")
    front, skipped = front_matter(lines)
    lines[:skipped] = [""] * skipped
    found = tuple(blocks(lines))
    return FileFacts(
        language="markdown",
        mentions=tuple(mention for block in found for mention in _mentions(block)),
        claims=_distinct(claim for block in found for claim in claims(block)),
        suppressions=_suppressions(found, lines),
        unparsable=unparsable,
        document=document(found, front),
    )


def _mentions(block: Block) -> Iterator[Mention]:
    match block:
        case Prose() if block.text.strip():
            kind = "heading" if block.level else "prose"
            span = Span(block.line, block.column, block.end_line)
            yield Mention(kind, block.text, span, heading=block.heading)
        case Fence() if block.text.strip():
            span = Span(block.line, 1, block.end_line)
            yield Mention("fence", block.text, span, block.language, block.heading)
        case Table():
            heads = [(*block.heading, cleaned(cell.text)) for cell in block.header]
            for row in (block.header, *block.rows):
                above = [block.heading] * len(row) if row is block.header else heads
                for cell, heading in zip(row, above, strict=False):
                    if cell.text:
                        span = Span(cell.line, cell.column, cell.line)
                        yield Mention("prose", cell.text, span, heading=heading)
        case _:
            return


def _distinct(found: Iterator[Claim]) -> tuple[Claim, ...]:
    return tuple({(one.subject, one.at.line, one.heading[-1:]): one for one in found}.values())


def _suppressions(found: tuple[Block, ...], lines: list[str]) -> tuple[Suppression, ...]:
    """HTML comments that ask for silence. One that stands alone speaks of the next line that is
    neither empty nor such a comment."""
    hidden = [block for block in found if isinstance(block, Hidden)]
    taken = {line for one in hidden if one.alone for line in range(one.line, one.end_line + 1)}
    comments = []
    for one in hidden:
        after = one.end_line + 1
        while after <= len(lines) and (after in taken or not lines[after - 1].strip(" \t>")):
            after += 1
        comments.append(
            Comment(
                text=one.text.strip(),
                at=Span(one.line, one.column, one.end_line, one.end_column),
                alone=one.alone,
                next_code=after if after <= len(lines) else 0,
            )
        )
    return suppressions(comments)
