"""A configuration file's text and tables, or one error that says why it cannot be had."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from orchestration.errors import ConfigError
from orchestration.shown_path import shown_path
from orchestration.stackfile.mistakes import Mistakes, Source
from orchestration.stackfile.positions import Key

PYPROJECT: Final = "pyproject.toml"
TABLE: Final = ("tool", "stackwright")
LARGEST: Final = 4 * 1024 * 1024
"""Bytes; the largest file that is worth calling a configuration."""

Data = dict[str, Any]

_PLACE: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


def read_text(file: Path) -> str:
    """The text of `file` without a byte order mark. Raises ConfigError."""
    shown = shown_path(file)
    try:
        if not file.is_file():
            raise ConfigError(_not_a_file(file, shown), fix="name a file: --config FILE")
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            f"{shown} cannot be read: {reason}", fix="check its path and permissions"
        ) from None
    if len(content) > LARGEST:
        raise ConfigError(
            f"{shown} is larger than {LARGEST // 1024 // 1024} MiB",
            fix="name a configuration: --config FILE",
        )
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ConfigError(f"{shown}:1: is UTF-16, not UTF-8", fix="save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        byte = content[error.start]
        raise ConfigError(
            f"{shown}:{line}: is not UTF-8: byte 0x{byte:02x}", fix="save it as UTF-8"
        ) from None


def parse(file: Path, text: str) -> Data:
    """The tables of a TOML text. Raises ConfigError with the line."""
    shown = shown_path(file)
    try:
        return tomllib.loads(text)
    except RecursionError:
        reason, place = "it is nested too deeply", None
    except ValueError as error:  # TOMLDecodeError, and int() for numbers of thousands of digits
        reason, place = str(error).splitlines()[0], _PLACE.search(str(error))
    where = f"{shown}:{place[1]}:{place[2]}" if place and place[1] else shown
    if place and not place[1]:
        where = f"{shown}:{text.count(chr(10)) + 1}"
    reason = _PLACE.sub("", reason)
    raise ConfigError(
        f"{where}: is not valid TOML: {reason}",
        fix="texts stand in quotes, tables in [brackets]; https://toml.io has the rules",
    )


def read_tables(file: Path) -> tuple[Source, Data]:
    """The source and the tables of a configuration: a pyproject.toml's [tool.stackwright], else
    the whole file. Raises ConfigError.
    """
    text = read_text(file)
    data = parse(file, text)
    if file.name != PYPROJECT:
        source = Source(file=file, text=text)
    else:
        source = Source(file=file, text=text, prefix=TABLE)
        data = tool_table(data, Source(file=file, text=text))
        if "config" in data:
            mistakes = Mistakes(source)
            mistakes.add(
                ("config",),
                "says that the configuration is elsewhere",
                fix=f"use that file itself: --config {data['config']}",
            )
            mistakes.raise_if_any()
    _refuse_nul(data, source)
    return source, data


def tool_table(data: Data, source: Source) -> Data:
    """[tool.stackwright] of a pyproject.toml; {} when there is none. Raises ConfigError."""
    here: Any = data
    for depth, name in enumerate(TABLE):
        here = here.get(name, {})
        if not isinstance(here, dict):
            mistakes = Mistakes(source)
            mistakes.add(TABLE[: depth + 1], "must be a table", fix=f"write [{'.'.join(TABLE)}]")
            raise mistakes.error()
    table: Data = here
    return table


def _not_a_file(file: Path, shown: str) -> str:
    if not file.is_dir():
        return f"there is no file {shown}" if not file.exists() else f"{shown} is not a plain file"
    return f"{shown} is a directory"


def _refuse_nul(data: Mapping[str, object], source: Source) -> None:
    """No path, argument or variable can hold a NUL: the system would cut it off there."""
    mistakes = Mistakes(source)
    pending: list[tuple[Key, object]] = [((), data)]
    while pending:
        key, value = pending.pop()
        match value:
            case str() if "\0" in value:
                mistakes.add(key, "holds a NUL character", fix="remove it")
            case dict():
                pending.extend(((*key, name), below) for name, below in value.items())
                if any("\0" in name for name in value):
                    mistakes.add(key, "has a key with a NUL character", fix="remove it")
            case list():
                pending.extend(((*key, index), below) for index, below in enumerate(value))
    mistakes.raise_if_any()
