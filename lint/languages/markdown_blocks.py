"""Markdown as a flat list of blocks: headings, prose, fences, tables and hidden comments.

Only block structure is parsed; what stands inside a line is left to regular expressions, which
is several times faster and cannot recurse. Lines are 1-based.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

_CONTEXT: Final = 200
"""Characters kept of a heading or lead-in: enough to tell what it is about."""
_BOLD_ALONE: Final = re.compile(r"\s*(\*\*|__)(?=\S)(?P<text>[^*_\n]+?)(\*\*|__)\s*[:\uff1a]?\s*")
_ENDS_OPEN: Final = re.compile(r"[:\uff1a](\*\*|__|\*|_)?\s*$")
_CHECKBOX: Final = re.compile(r"\[(?P<mark>[ xX])\]\s+")
HIDDEN: Final = re.compile(r"<!--(?P<text>.*?)(?:-->|\Z)", re.DOTALL)
_CODE_SPAN: Final = re.compile(r"(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)")
_MARKUP: Final = re.compile(r"[*_`~\[<]")
_LINK: Final = re.compile(r"!?\[(?P<shown>[^\]]*)\]\([^)]*\)")
_EMPHASIS: Final = re.compile(r"\*\*|__|`|~~|(?<!\w)[*_](?=\S)|(?<=\S)[*_](?!\w)")
_TAG: Final = re.compile(r"</?[A-Za-z][^<>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prose:
    """A heading (`level` 1-6), a paragraph or the text of a list item (`item`).

    `checked` is None without a task box. `heading` is what stands above it, outermost first:
    headings, lead-ins that end in a colon, the list items around it.
    """

    text: str
    line: int
    end_line: int
    column: int = 1
    heading: tuple[str, ...] = ()
    level: int = 0
    item: bool = False
    checked: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """Code. `line` is that of its first line of content; `language` is lower case."""

    text: str
    line: int
    end_line: int
    language: str
    heading: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell of a table, its text as written."""

    text: str
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: the header's cells, then the rows, none longer than the header."""

    header: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    heading: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """An HTML comment. `alone`: nothing else stands on its lines."""

    text: str
    line: int
    end_line: int
    column: int
    end_column: int
    alone: bool


Block = Prose | Fence | Table | Hidden


@dataclass(slots=True)
class _Frame:
    """A container: the document, a list item, a quotation."""

    lead: str = ""
    item: str = ""
    first: bool = False


@dataclass(slots=True)
class _Walk:
    lines: list[str]
    headings: list[tuple[int, str]] = field(default_factory=list)
    frames: list[_Frame] = field(default_factory=lambda: [_Frame()])
    above: tuple[str, ...] | None = None

    def context(self) -> tuple[str, ...]:
        """One tuple for all blocks under the same headings."""
        if self.above is None:
            told = [text for _, text in self.headings]
            for frame in self.frames:
                told.extend(text for text in (frame.item, frame.lead) if text)
            self.above = tuple(told)
        return self.above


def blocks(lines: list[str]) -> Iterator[Block]:
    """The blocks of a document, in order; comments come before the block that holds them."""
    walk = _Walk(lines)
    tokens = _parser().parse("\n".join(lines))
    at = 0
    while at < len(tokens):
        token = tokens[at]
        match token.type:
            case "heading_open":
                yield from _heading(walk, token, tokens[at + 1])
                at += 1
            case "paragraph_open":
                yield from _paragraph(walk, token, tokens[at + 1])
                at += 1
            case "fence" | "code_block":
                yield _fence(walk, token)
                _answered(walk)
            case "html_block":
                yield from _html(walk, token)
            case "table_open":
                end = next(
                    (n for n in range(at, len(tokens)) if tokens[n].type == "table_close"),
                    len(tokens) - 1,
                )
                yield from _table(walk, tokens[at : end + 1])
                at = end
                _answered(walk)
            case "list_item_open":
                walk.frames.append(_Frame(first=True))
                walk.above = None
            case "blockquote_open":
                walk.frames.append(_Frame())
                walk.above = None
            case "list_item_close" | "blockquote_close":
                walk.frames.pop()
                walk.above = None
            case "bullet_list_close" | "ordered_list_close":
                _answered(walk)
            case "hr":
                walk.frames[-1].lead = ""
                walk.above = None
            case _:
                pass
        at += 1


def cleaned(text: str) -> str:
    """Without emphasis, code signs and link targets: what a reader sees, on one line."""
    if _MARKUP.search(text):
        text = _LINK.sub(r"\g<shown>", text)
        text = _TAG.sub(" ", _EMPHASIS.sub("", text))
    return " ".join(text.split())


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable("table")
    # Link definitions stay paragraphs: they name documents too.
    return parser.disable(["inline", "text_join", "reference"])


def _heading(walk: _Walk, token: Token, inline: Token) -> Iterator[Block]:
    level = int(token.tag[1:])
    line, end = _lines(token)
    while walk.headings and walk.headings[-1][0] >= level:
        walk.headings.pop()
    walk.frames[-1].lead = ""
    walk.above = None
    above = walk.context()
    shown = yield from _hidden(walk, inline.content, line)
    walk.headings.append((level, cleaned(shown)[:_CONTEXT]))
    walk.above = None
    yield Prose(text=shown, line=line, end_line=end, heading=above, level=level)


def _paragraph(walk: _Walk, token: Token, inline: Token) -> Iterator[Block]:
    line, end = _lines(token)
    frame = walk.frames[-1]
    shown = yield from _hidden(walk, inline.content, line)
    item = frame.first
    checked = None
    if item:
        frame.first = False
        if box := _CHECKBOX.match(shown):
            checked = box["mark"] != " "
            shown = shown[box.end() :]
    elif not frame.lead or not _BOLD_ALONE.fullmatch(frame.lead) or _is_lead(shown):
        frame.lead = ""
        walk.above = None
    yield Prose(
        text=shown,
        line=line,
        end_line=end,
        column=_column(walk, line, shown),
        heading=walk.context(),
        item=item,
        checked=checked,
    )
    if item:
        frame.item = cleaned(shown)[:_CONTEXT]
        walk.above = None
    elif _is_lead(shown):
        last = shown.rstrip().rpartition("\n")[2]
        frame.lead = last.strip()[:_CONTEXT]
        walk.above = None


def _answered(walk: _Walk) -> None:
    """What a colon opened has come; a line in bold speaks on until the next one."""
    frame = walk.frames[-1]
    if frame.lead and not _BOLD_ALONE.fullmatch(frame.lead):
        frame.lead = ""
        walk.above = None


def _is_lead(text: str) -> bool:
    """Whether it opens what follows: `Wrong:`, or a line in bold that stands for a heading."""
    return bool(_BOLD_ALONE.fullmatch(text) or _ENDS_OPEN.search(text))


def _fence(walk: _Walk, token: Token) -> Fence:
    line, end = _lines(token)
    words = token.info.split(maxsplit=1)
    language = words[0].strip("{}.").lower() if words else ""
    fenced = token.type == "fence" and bool(token.content)
    return Fence(
        text=token.content,
        line=line + 1 if fenced else line,
        end_line=max(line, end),
        language=language,
        heading=walk.context(),
    )


def _html(walk: _Walk, token: Token) -> Iterator[Block]:
    line, end = _lines(token)
    shown = yield from _hidden(walk, token.content.rstrip("\n"), line, code=False)
    text = _TAG.sub("", shown)
    if text.strip():
        yield Prose(text=text, line=line, end_line=end, heading=walk.context())


def _table(walk: _Walk, tokens: list[Token]) -> Iterator[Block]:
    rows: list[tuple[Cell, ...]] = []
    row: list[Cell] = []
    for token in tokens:
        match token.type:
            case "tr_open":
                row = []
            case "inline":
                line, _ = _lines(token)
                start = row[-1].column + len(row[-1].text) if row else 1
                text = (yield from _hidden(walk, token.content, line)).strip()
                row.append(Cell(text=text, line=line, column=_column(walk, line, text, start)))
            case "tr_close":
                rows.append(tuple(row))
            case _:
                pass
    yield Table(header=rows[0] if rows else (), rows=tuple(rows[1:]), heading=walk.context())


def _hidden(
    walk: _Walk, text: str, line: int, *, code: bool = True
) -> Generator[Hidden, None, str]:
    """Yields the comments in a text that starts on a line; returns the text without them."""
    if "<!--" not in text:
        return text
    spans = [one.span() for one in _CODE_SPAN.finditer(text)] if code else []
    shown: list[str] = []
    done = 0
    for found in HIDDEN.finditer(text):
        if any(start < found.start() < end for start, end in spans):
            continue
        first = line + text.count("\n", 0, found.start())
        last = line + text.count("\n", 0, found.end())
        before = walk.lines[first - 1].partition("<!--")[0] if first <= len(walk.lines) else ""
        after = walk.lines[last - 1].rpartition("-->")[2] if last <= len(walk.lines) else ""
        yield Hidden(
            text=found["text"],
            line=first,
            end_line=last,
            column=len(before) + 1,
            end_column=_end_column(walk, last, after),
            alone=not before.strip(" \t>") and not after.strip(),
        )
        shown.append(text[done : found.start()])
        shown.append("\n" * found.group().count("\n"))
        done = found.end()
    shown.append(text[done:])
    return "".join(shown)


def _end_column(walk: _Walk, line: int, after: str) -> int:
    return len(walk.lines[line - 1]) - len(after) + 1 if line <= len(walk.lines) else 1


def _lines(token: Token) -> tuple[int, int]:
    first, end = token.map or (0, 1)
    return first + 1, max(end, first + 1)


def _column(walk: _Walk, line: int, text: str, start: int = 1) -> int:
    """Where the text begins on its line; `start` where it is not found as written."""
    first = text.partition("\n")[0]
    source = walk.lines[line - 1] if line <= len(walk.lines) else ""
    found = source.find(first, start - 1) if first else -1
    return found + 1 if found >= 0 else start
