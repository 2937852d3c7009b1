"""Reading on after a line that is no Python: it is put out of the way, and told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import libcst as cst

from lint.languages.python_layout import LogicalLine, logical_lines
from lint.languages.python_parse import Refused, parse

_MOST_ROUNDS: Final = 30
_MOST_PARSED: Final = 400_000
"""Characters that are parsed again for one block; after them the block is given up."""
_PYTHON2: Final = re.compile(
    r"(?P<print>print(?:[ \t]*>>|[ \t]+(?![ \t=.,:)\]]|(?:in|is|not|and|or|if|else)\b)))"
    r"|exec[ \t]+(?:[\w'\"]+)(?!=)|raise[ \t]+[\w.]+[ \t]*,"
)
_HEADER: Final = re.compile(
    r"(?:async[ \t]+)?(?P<word>def|class|except|elif|else|finally|\w+)\b[ \t]*(?P<name>\w*)"
)


@dataclass(frozen=True, slots=True)
class Repaired:
    """A block that can be read, with lines put out of the way: why and from where to where.

    `text` is as long as the block, so that offsets stay true.
    """

    tree: cst.Module
    text: str
    lines: tuple[tuple[str, int, int], ...] = ()


def repaired(block: str) -> Repaired | Refused:
    """A block's tree, without the lines that it cannot be read with."""
    text = block
    lines = list(logical_lines(block, 0, len(block)))
    bad: dict[int, str] = {}
    first: Refused | None = None
    for _ in range(min(_MOST_ROUNDS, _MOST_PARSED // (len(block) + 1)) + 1):
        tree = parse(text)
        if isinstance(tree, cst.Module):
            told = tuple((bad[at], lines[at].start, lines[at].end) for at in sorted(bad))
            return Repaired(tree, text, told)
        first = first or tree
        found = dict(_at_fault(tree, text, lines, bad))
        if not found:
            return first
        bad.update(found)
        for at in found:
            text = _without(text, lines[at])
    return first or Refused("a syntax error")


def _at_fault(
    refused: Refused, text: str, lines: list[LogicalLine], bad: dict[int, str]
) -> Iterator[tuple[int, str]]:
    """The lines that the parser did not take, by number, and why."""
    known = len(bad)
    if not known:
        for at, line in enumerate(lines):
            if found := _PYTHON2.match(text, line.start):
                yield at, f"the {found[0].split()[0].rstrip('>')} statement of Python 2"
                known += 1
        if known:
            return
    if not refused.line:
        for at, line in enumerate(lines):
            alone = parse(text[line.start : line.end])
            if at not in bad and isinstance(alone, Refused) and not alone.line:
                yield at, alone.why
        return
    offset = -1
    for _ in range(refused.line - 1):
        offset = text.find("\n", offset + 1)
    end = text.find("\n", offset + 1)
    for at, line in enumerate(lines):
        if line.start <= (end if end >= 0 else len(text)) and offset < line.end and at not in bad:
            yield at, refused.why
            return


def _without(text: str, line: LogicalLine) -> str:
    """The text with something harmless of the same length in a line's place."""
    written = text[line.start : line.end]
    instead = "0"
    if written.endswith(":"):
        header = _HEADER.match(written)
        word, name = (header["word"], header["name"]) if header else ("", "")
        instead = {
            "def": f"def {name}():",
            "class": f"class {name}:",
            "except": "except:",
            "elif": "elif _:",
            "else": "else:",
            "finally": "finally:",
        }.get(word, "if _:")
        if len(instead) > len(written):
            instead = "0"
    return text[: line.start] + instead.ljust(len(written)) + text[line.end :]
