"""What a front end is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lint.facts import FileFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """A language: which files are its own, and how their facts are extracted.

    `extract` takes any bytes and never raises: what it cannot read becomes `Unparsable`, and the
    rest of the file is still read. `names` match a file's whole name, `prefixes` its beginning
    (`Dockerfile.`), `suffixes` its end, `shebangs` the interpreter's name in `#!`.
    """

    name: str
    extract: Callable[[bytes], FileFacts]
    suffixes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()
    shebangs: tuple[str, ...] = ()
