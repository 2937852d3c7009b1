"""Which configuration file is meant, its tables, and where in it a mistake stands."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lint.errors import LintConfigError
from lint.languages.toml_keys import Key, TomlKeys

STACKFILE: Final = "stackwright.toml"
PYPROJECT: Final = "pyproject.toml"
TABLE: Final = ("tool", "stackwright")
LARGEST: Final = 4 * 1024 * 1024
"""Bytes; a larger file is no configuration."""

_AT: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_MOST: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One thing to correct: what is wrong at a key of the file, and how to mend it."""

    key: Key
    what: str
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigFile:
    """A configuration that was read. `prefix`: where its root table stands in the file."""

    file: Path
    text: str = field(repr=False)
    prefix: tuple[str, ...] = ()
    data: Mapping[str, object] = field(default_factory=dict)

    def keys(self) -> TomlKeys:
        """Where its keys stand. Costs a parse."""
        return TomlKeys(self.text)

    def error(self, mistakes: Iterable[Mistake]) -> LintConfigError:
        """All mistakes in one error, in the order of the file."""
        keys, shown = self.keys(), shown_path(self.file)
        placed = sorted(
            ((keys.place((*self.prefix, *each.key)), each) for each in mistakes),
            key=lambda pair: pair[0],
        )
        lines = []
        for (line, column), each in placed:
            at = f"{shown}:{line}:{column}" if line else shown
            key = written_key((*self.prefix, *each.key))
            lines.append((f"{at}: {key}: {each.what}" if key else f"{at}: {each.what}", each.fix))
        if len(lines) == 1:
            return LintConfigError(lines[0][0], fix=lines[0][1])
        told = [f"  {what}; {fix}" if fix else f"  {what}" for what, fix in lines[:_MOST]]
        told += [f"  and {len(lines) - _MOST} more"] if len(lines) > _MOST else []
        return LintConfigError("\n".join([f"{shown} has {len(lines)} mistakes:", *told]))


def find_config(start: Path, stop: Path | None = None, explicit: Path | None = None) -> Path | None:
    """The configuration for work in `start`; None when there is none.

    `explicit`, relative to `start`, wins. Else it is the first of these in `start` or a directory
    above, up to `stop`: `stackwright.toml`, or a `pyproject.toml` with `[tool.stackwright]`, whose
    `config = "path"` may point elsewhere. Raises LintConfigError.
    """
    if explicit is not None:
        return _explicit(start / explicit)
    for directory in (start, *start.parents):
        if found := _in_directory(directory):
            return found
        if directory == stop:
            break
    return None


def read_config(file: Path) -> ConfigFile:
    """The tables of a configuration. Raises LintConfigError with the line."""
    text = _text(file)
    whole = ConfigFile(file=file, text=text, data=_parse(file, text))
    if file.name != PYPROJECT:
        return whole
    return ConfigFile(file=file, text=text, prefix=TABLE, data=_tool_table(whole))


def written_key(key: Key) -> str:
    """`lint.exemptions[0].owner`."""
    written = ""
    for part in key:
        if isinstance(part, int):
            written += f"[{part}]"
        else:
            name = part if _BARE.fullmatch(part) else f'"{part[:60]}"'
            written += f".{name}" if written else name
    return written


def shown_path(path: Path) -> str:
    """`path` as somebody in the current directory would write it."""
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):
        return path.as_posix()


def _explicit(file: Path) -> Path:
    if not os.path.isdir(file):  # noqa: PTH112 - Path.is_dir raises for a name that is too long
        return _followed(file) or file if file.name == PYPROJECT else file
    if inside := _in_directory(file):
        return inside
    raise LintConfigError(
        f"{shown_path(file)} is a directory without a configuration",
        fix="name a file: --config FILE",
    )


def _in_directory(directory: Path) -> Path | None:
    stackfile, pyproject = directory / STACKFILE, directory / PYPROJECT
    pointed = _followed(pyproject) if _mentions(pyproject) else None
    if not _is_file(stackfile):
        return pointed
    if pointed is not None and pointed != stackfile:
        raise LintConfigError(
            f"{shown_path(directory)} has two configurations: {STACKFILE}, and "
            f"[{'.'.join(TABLE)}] in {PYPROJECT}",
            fix=f"move what is in {PYPROJECT} to {STACKFILE}, or remove {STACKFILE}",
        )
    return stackfile


def _followed(pyproject: Path) -> Path | None:
    """Where its `config` points, else itself; None without [tool.stackwright]."""
    found = read_config(pyproject)
    if not found.data:
        return None
    if "config" not in found.data:
        return pyproject
    match found.data["config"]:
        case str() as written if written and "\0" not in written:
            file = Path(os.path.normpath(pyproject.parent / written))
        case _:
            what, fix = "must be the path of a file", f'write "directory/{STACKFILE}"'
            raise found.error([Mistake(key=("config",), what=what, fix=fix)])
    others = [
        Mistake(
            key=(name,),
            what=f"is not read, because `config` points to {written}",
            fix=f"move it to {written}, or remove `config`",
        )
        for name in found.data
        if name != "config"
    ]
    if others:
        raise found.error(others)
    if not _is_file(file) or file.resolve() == pyproject.resolve():
        what = f"there is no other file `{written}`"
        raise found.error([Mistake(key=("config",), what=what, fix="correct the path")])
    return file


def _mentions(pyproject: Path) -> bool:
    """Whether it can be meant: other projects' files need not even be TOML."""
    try:
        return TABLE[-1].encode() in pyproject.read_bytes()
    except OSError:
        return False


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _text(file: Path) -> str:
    shown = shown_path(file)
    try:
        if not file.is_file():
            raise LintConfigError(
                f"there is no file {shown}", fix="name a configuration: --config FILE"
            )
        with file.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise LintConfigError(
            f"{shown} cannot be read: {reason}", fix="check its path and permissions"
        ) from None
    if len(content) > LARGEST:
        raise LintConfigError(
            f"{shown} is larger than {LARGEST // 1024 // 1024} MiB",
            fix="name a configuration: --config FILE",
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise LintConfigError(f"{shown}:{line}: is not UTF-8", fix="save it as UTF-8") from None


def _parse(file: Path, text: str) -> dict[str, object]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        reason, at = "it is nested too deeply", None
    except ValueError as error:  # TOMLDecodeError, and int() of thousands of digits
        reason = str(error).partition("\n")[0]
        at = _AT.search(reason)
    where = shown_path(file)
    if at:
        line = at[1] or text.count("\n") + 1
        where += f":{line}:{at[2]}" if at[2] else f":{line}"
    raise LintConfigError(
        f"{where}: is not valid TOML: {_AT.sub('', reason)}",
        fix="texts stand in quotes, tables in [brackets]",
    )


def _tool_table(whole: ConfigFile) -> Mapping[str, object]:
    here: Mapping[str, object] = whole.data
    for depth, name in enumerate(TABLE, start=1):
        match here.get(name, {}):
            case dict() as below:
                here = below
            case _:
                fix = f"write [{'.'.join(TABLE)}]"
                raise whole.error([Mistake(key=TABLE[:depth], what="must be a table", fix=fix)])
    return here
