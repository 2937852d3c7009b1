"""Which configuration file is meant."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from orchestration.errors import ConfigError
from orchestration.shown_path import shown_path
from orchestration.stackfile.mistakes import Mistakes, Source
from orchestration.stackfile.reading import PYPROJECT, TABLE, Data, parse, read_text, tool_table

STACKFILE: Final = "stackwright.toml"
_MENTION: Final = TABLE[-1]


def find_config(start: Path, explicit: Path | None = None) -> Path:
    """The absolute path of the configuration for somebody who works in `start`.

    `explicit`, relative to `start`, wins. Else it is the first of these in `start` or a directory
    above: `stackwright.toml`, or a `pyproject.toml` with [tool.stackwright], where
    `config = "path"` may point elsewhere. Raises ConfigError.
    """
    start = start.absolute()
    if explicit is not None:
        return _explicit(start / explicit)
    for directory in (start, *start.parents):
        found = _in_directory(directory)
        if found is not None:
            return found
    raise ConfigError(
        f"there is no configuration in {start} or a directory above",
        why=f"looked for {STACKFILE}, and for {PYPROJECT} with [{'.'.join(TABLE)}], in each",
        fix=f"write a {STACKFILE} at the root of the project (docs/configuration.md begins with "
        "one), or name a file: --config FILE",
    )


def _explicit(file: Path) -> Path:
    if os.path.isdir(file):  # noqa: PTH112 - Path.is_dir raises for a name that is too long
        inside = _in_directory(file)
        raise ConfigError(
            f"{shown_path(file)} is a directory",
            fix=f"did you mean `{shown_path(inside)}`?" if inside else "name a file: --config FILE",
        )
    if file.name == PYPROJECT:
        return _followed(file, _tables(file))
    read_text(file)
    return file


def _in_directory(directory: Path) -> Path | None:
    stackfile, pyproject = directory / STACKFILE, directory / PYPROJECT
    table = _tables(pyproject) if _is_file(pyproject) and _mentions(pyproject) else {}
    if not _is_file(stackfile):
        return _followed(pyproject, table) if table else None
    if table and _followed(pyproject, table) != stackfile:
        raise ConfigError(
            f"{directory} has two configurations: {STACKFILE}, and [{'.'.join(TABLE)}] in "
            f"{PYPROJECT}",
            fix=f"move what is in {PYPROJECT} to {STACKFILE}, or remove {STACKFILE}",
        )
    return stackfile


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _mentions(pyproject: Path) -> bool:
    """Whether it can be meant: other projects' files need not be readable, or even be TOML."""
    try:
        return _MENTION.encode() in pyproject.read_bytes()
    except OSError:
        return False


def _tables(pyproject: Path) -> Data:
    text = read_text(pyproject)
    return tool_table(parse(pyproject, text), Source(file=pyproject, text=text))


def _followed(pyproject: Path, table: Data) -> Path:
    """Where `config` points, else the pyproject.toml itself."""
    if "config" not in table:
        return pyproject
    mistakes = Mistakes(Source(file=pyproject, text=read_text(pyproject), prefix=TABLE))
    written = table["config"]
    if not isinstance(written, str) or not written or "\0" in written:
        mistakes.add(("config",), "must be the path of a file", fix=f'write "dir/{STACKFILE}"')
        raise mistakes.error()
    for other in table:
        if other != "config":
            mistakes.add(
                (other,),
                f"is not read, because `config` points to {written}",
                fix=f"move it to {written}, or remove `config`",
            )
    file = pyproject.parent / written
    if not _is_file(file):
        mistakes.add(("config",), f"there is no file `{written}`", fix="correct the path")
    elif file.resolve() == pyproject.resolve():
        mistakes.add(("config",), "points to its own file", fix="remove it")
    mistakes.raise_if_any()
    return file
