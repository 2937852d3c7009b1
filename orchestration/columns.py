"""Rows as aligned text."""

from __future__ import annotations

from collections.abc import Sequence


def columns(rows: Sequence[Sequence[str]], *, indent: str = "", gap: int = 2) -> list[str]:
    """One line a row, every column as wide as its widest cell, nothing after the last.

    Rows may have fewer cells than others.
    """
    count = max((len(row) for row in rows), default=0)
    widths = [max(len(row[at]) for row in rows if at < len(row)) for at in range(count)]
    blank = " " * gap
    padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=False)] for row in rows]
    return [(indent + blank.join(row)).rstrip() for row in padded]
