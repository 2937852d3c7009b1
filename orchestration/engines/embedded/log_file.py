"""Reading the log of an instance: whole, its end without the rest, or as it grows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

_BLOCK: Final = 64 * 1024
_PAUSE_S: Final = 0.05


def read_log(path: Path, tail: int | None = None) -> str:
    """The log, or its last `tail` lines, of which only the blocks that hold them are read.

    Whatever is not UTF-8 is shown as U+FFFD. "" when there is no log.
    """
    try:
        with path.open("rb") as file:
            content = file.read() if tail is None else _last_lines(file, tail)
    except FileNotFoundError:
        return ""
    return content.decode(errors="replace")


def follow_log(
    path: Path, ended: Callable[[], bool], pause: Callable[[float], None]
) -> Iterator[str]:
    """Lines as they are written, from now, without their line ends.

    Stops once `ended` says so and all has been read; an unfinished last line comes then.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        file.seek(0, os.SEEK_END)
        unfinished = b""
        while True:
            last_round = ended()
            while block := file.read(_BLOCK):
                *lines, unfinished = (unfinished + block).split(b"\n")
                for line in lines:
                    yield line.removesuffix(b"\r").decode(errors="replace")
            if last_round:
                break
            pause(_PAUSE_S)
        if unfinished:
            yield unfinished.decode(errors="replace")


def _last_lines(file: BinaryIO, count: int) -> bytes:
    if count <= 0:
        return b""
    position = file.seek(0, os.SEEK_END)
    blocks: list[bytes] = []
    ends = 0
    # One more than `count`: the last line has an end of its own.
    while position > 0 and ends <= count:
        size = min(_BLOCK, position)
        position -= size
        file.seek(position)
        block = file.read(size)
        blocks.append(block)
        ends += block.count(b"\n")
    return b"".join(b"".join(reversed(blocks)).splitlines(keepends=True)[-count:])
