"""Sentences and lines from elsewhere, laid out for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from orchestration.redact import Redactor

WIDTH = 80
LINE_WIDTH = 160
"""Columns of a line that cannot be wrapped (of a log, of a table); longer ones are cut."""


def prose(head: str, text: str, hide: Redactor) -> Iterator[str]:
    """`text` after `head`, wrapped; lines that are indented already are somebody's layout."""
    rest = " " * len(head)
    for line in hide.clean(text).rstrip().splitlines() or [""]:
        if line.startswith((" ", "\t")):
            yield cut(f"{rest}{line}")
        else:
            yield from textwrap.wrap(
                line,
                WIDTH,
                initial_indent=head,
                subsequent_indent=rest,
                break_long_words=False,
                break_on_hyphens=False,
            ) or [""]
        head = rest


def cut(line: str) -> str:
    """`line` without tabs, and not longer than LINE_WIDTH."""
    line = line.expandtabs(4).rstrip()
    return line if len(line) <= LINE_WIDTH else f"{line[: LINE_WIDTH - 1]}…"
