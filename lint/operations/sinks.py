"""Where the report goes: `--output-format FORMAT[:FILE]`, as often as wanted."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lint.errors import LintError, UsageError
from lint.nearest import suggestion
from lint.outputs.output import Output


@dataclass(frozen=True, slots=True, kw_only=True)
class Sink:
    """A format, and the file it goes to; None: standard output."""

    output: Output
    file: Path | None = None

    def write(self, text: str) -> None:
        """Raises LintError when the file cannot be written."""
        if self.file is None:
            sys.stdout.write(text)
            return
        try:
            self.file.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
        except OSError as error:
            raise self.refused(error.strerror or str(error)) from error

    def refused(self, why: str) -> LintError:
        """The error for a file that cannot be written."""
        return LintError(
            f"{self.file} cannot be written: {why}",
            fix="name a file in a directory that is there: "
            f"--output-format {self.output.name}:FILE",
        )


def sinks(written: Iterable[str], formats: Mapping[str, Output], default: str) -> Sequence[Sink]:
    """What was asked for, `default` on standard output when nothing was. Raises UsageError."""
    found = [_sink(each, formats) for each in written] or [Sink(output=formats[default])]
    files = [each.file for each in found if each.file is not None]
    if twice := next((each for each in files if files.count(each) > 1), None):
        raise UsageError(
            f"two formats cannot both go to {twice}",
            why="the second would write over the first",
            fix=f"give each a file of its own: --output-format {found[-1].output.name}:FILE",
        )
    if len([each for each in found if each.file is None]) > 1:
        raise UsageError(
            "two formats cannot both go to standard output",
            fix=f"give all but one a file: --output-format {found[-1].output.name}:FILE",
        )
    return found


def _sink(written: str, formats: Mapping[str, Output]) -> Sink:
    name, colon, file = written.partition(":")
    output = formats.get(name)
    if output is None:
        raise UsageError(f"there is no format `{name}`", fix=suggestion(name, formats))
    if colon and not file:
        raise UsageError(f"`{written}` names no file", fix=f"write {name}, or {name}:FILE")
    sink = Sink(output=output, file=Path(file) if file and file != "-" else None)
    if sink.file is not None:
        # Told now, not after the whole repository was read.
        if os.path.isdir(sink.file):  # noqa: PTH112 - Path.is_dir raises for a name that is too long
            raise sink.refused("it is a directory")
        if not os.path.isdir(sink.file.parent):  # noqa: PTH112 - the same
            raise sink.refused("its directory is not there")
    return sink
