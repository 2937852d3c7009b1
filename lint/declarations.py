"""The top-level declarations of a file, found in its bytes: quick, and good enough to tell which
files can have to do with each other. The parsers decide what the code means."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

_GO: Final = re.compile(
    rb"(?m)^(?:func[ \t]*(?:\([^)\n]*?\*?(?P<owner>\w+)(?:\[[^\]\n]*\])?\)[ \t]*)?(?P<func>\w+)"
    rb"|(?P<kind>type|var|const)[ \t]+(?:(?P<one>\w+)|\())"
)
_GO_GROUPED: Final = re.compile(rb"(?m)^\t(\w+(?:[ \t]*,[ \t]*\w+)*)(?=[ \t=]|\n)")
_PYTHON: Final = re.compile(
    rb"(?m)^(?:(?:async[ \t]+)?def[ \t]+(?P<func>\w+)|class[ \t]+(?P<class>\w+)"
    rb"|(?P<one>[A-Za-z_]\w*)[ \t]*(?::[^=\n]+)?=(?!=)|@)"
)
_WORD: Final = re.compile(rb"[A-Za-z_]\w*")
_GO_IMPORTS: Final = re.compile(rb"(?m)^import[ \t]+(?:\((?P<many>[^)]*)\)|(?P<one>[^\n]+))")
_GO_IMPORT: Final = re.compile(
    rb"[ \t]*(?:import[ \t]+)?(?P<alias>\w+)?[ \t]*\"(?:[^\"\n]*/)?(?P<last>(?!v\d+\")\w[\w.-]*)"
    rb"(?:/v\d+)?\"[ \t\r]*(?://.*)?$"
)
_QUOTED: Final = re.compile(rb"\"([^\"\n]+)\"")
_PYTHON_IMPORTS: Final = re.compile(
    rb"(?m)^[ \t]*(?:from[ \t]+(?P<from>[\w.]+)[ \t]+import[ \t]+"
    rb"(?:\((?P<many>[^)]*)\)|(?P<one>[^\n#]+))"
    rb"|import[ \t]+(?P<names>[\w., \t]+))"
)
_MEMBER: Final = re.compile(rb"(\w+|\*)(?:[ \t]+as[ \t]+(\w+))?")
_DECORATOR: Final = ord("@")
_NOBODY: Final = frozenset({b"_", b"main", b"init", b"TestMain"})


@dataclass(frozen=True, slots=True)
class Declaration:
    """One top-level declaration. `names` by which others use it; of a method its type's."""

    names: tuple[bytes, ...]
    start: int
    end: int
    value: bool = False
    """A constant, variable or type: what stands in it is needed wherever it is named."""


@dataclass(frozen=True, kw_only=True)
class Declared:
    """The declarations of one file."""

    data: bytes = field(repr=False)
    language: str

    @cached_property
    def all(self) -> tuple[Declaration, ...]:
        """In order; each reaches to the next. What stands before the first has no declaration."""
        pattern = {"go": _GO, "python": _PYTHON}.get(self.language)
        found = list(pattern.finditer(self.data)) if pattern else []
        ends = [*(one.start() for one in found[1:]), *([len(self.data)] if found else [])]
        return tuple(
            Declaration(
                self._names(one, end), one.start(), end, not (one["func"] or one.group(0) == b"@")
            )
            for one, end in zip(found, ends, strict=True)
        )

    @cached_property
    def _starts(self) -> list[int]:
        return [one.start for one in self.all]

    def at(self, offset: int) -> Declaration | None:
        """The declaration that a byte stands in. A decorator belongs to what it decorates."""
        number = bisect_right(self._starts, offset) - 1
        return self.all[self._decorated(number)] if number >= 0 else None

    def naming(self, names: frozenset[bytes]) -> Iterator[Declaration | None]:
        """The declarations in which any of the names stands; None for what precedes the first."""
        if self.words.isdisjoint(names):
            return
        if not names.isdisjoint(_WORD.findall(self.data, 0, self._starts[0] if self.all else -1)):
            yield None
        for number, words in enumerate(self._words):
            if not words.isdisjoint(names):
                yield self.all[self._decorated(number)]

    def words_of(self, one: Declaration) -> frozenset[bytes]:
        """The identifiers in a declaration."""
        return self._words[bisect_right(self._starts, one.start) - 1]

    @cached_property
    def words(self) -> frozenset[bytes]:
        """All identifiers, and what looks like them in comments and strings."""
        return frozenset(_WORD.findall(self.data))

    @cached_property
    def _words(self) -> tuple[frozenset[bytes], ...]:
        return tuple(frozenset(_WORD.findall(self.data, one.start, one.end)) for one in self.all)

    def _decorated(self, number: int) -> int:
        while number + 1 < len(self.all) and self.data[self.all[number].start] == _DECORATOR:
            number += 1
        return number

    @cached_property
    def imports(self) -> frozenset[bytes]:
        """Last elements of the import paths (Go), names of modules and members (Python)."""
        return frozenset(
            _go_imports(self.data) if self.language == "go" else _python_imports(self.data)
        )

    def brought_in(self, offset: int) -> frozenset[bytes]:
        """The names that the import around an offset brings in, none where there is no import."""
        if self.language == "python":
            for line in _PYTHON_IMPORTS.finditer(self.data):
                if line.start() <= offset < line.end():
                    told = line["many"] or line["one"] or line["names"]
                    return frozenset(_WORD.findall(told))
            return frozenset()
        start = self.data.rfind(b"\n", 0, offset) + 1
        end = self.data.find(b"\n", offset)
        found = _GO_IMPORT.match(self.data[start : end if end >= 0 else None])
        if not found:
            return frozenset()
        return frozenset((*_WORD.findall(found["last"]), *_WORD.findall(found["alias"] or b"")))

    def handed_on(self, names: frozenset[bytes], module: bytes) -> frozenset[bytes]:
        """By which names a Python file offers those of a module that it imports: a package's
        `__init__`, a conftest."""
        return frozenset(
            name
            for source, members in self._from_imports
            for member, alias in members
            for name in _offered(member, alias, names, whole=source in (module, b""))
        )

    @cached_property
    def _from_imports(self) -> tuple[tuple[bytes, tuple[tuple[bytes, bytes], ...]], ...]:
        """(Last element of the module, its members and what they are called here)."""
        if self.language != "python":
            return ()
        return tuple(
            (line["from"].rpartition(b".")[2], tuple(_MEMBER.findall(line["many"] or line["one"])))
            for line in _PYTHON_IMPORTS.finditer(self.data)
            if line["from"]
        )

    def _names(self, found: re.Match[bytes], end: int) -> tuple[bytes, ...]:
        told = found.groupdict()
        if owner := told.get("owner"):
            return (owner,)
        for key in ("func", "class", "one"):
            if (name := told.get(key)) and name not in _NOBODY:
                return (name,)
        if told.get("kind") and not told.get("one"):
            inside = self.data[found.end() : end]
            lists = _GO_GROUPED.findall(inside)
            return tuple(name for names in lists for name in _WORD.findall(names))
        return ()


def _offered(
    member: bytes, alias: bytes, names: frozenset[bytes], *, whole: bool
) -> frozenset[bytes]:
    if member == b"*":
        return names if whole else frozenset()
    return frozenset({alias or member}) if member in names else frozenset()


def _go_imports(data: bytes) -> Iterable[bytes]:
    for block in _GO_IMPORTS.finditer(data):
        yield from _QUOTED.findall(block["many"] or block["one"] or b"")


def _python_imports(data: bytes) -> Iterable[bytes]:
    for line in _PYTHON_IMPORTS.finditer(data):
        if module := line["from"]:
            yield from module.split(b".")
            yield from _WORD.findall(line["many"] or line["one"] or b"")
        else:
            yield from _WORD.findall(line["names"])
