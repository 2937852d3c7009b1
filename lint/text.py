"""Abstract strings: what is known of a text that the program will make at run time.

A `Text` is a sequence of parts: `Literal` (known), `Unique` (differs at each run: uuid, random,
time, process id) and `Unknown` (anything). Several possible texts are a tuple of `Text`, bounded
by `MOST` wherever they are collected.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from lint.model import Place

MOST: Final = 8
"""Alternatives that are kept of one value; a ninth widens it to unknown."""


@dataclass(frozen=True, slots=True)
class Literal:
    """Characters that are known."""

    text: str


@dataclass(frozen=True, slots=True)
class Unique:
    """Characters that differ at every run, and what makes them (`uuid4`, `time.now`)."""

    source: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Characters that cannot be told; the name of what holds them, for messages."""

    name: str = ""


Part = Literal | Unique | Unknown
ROOT: Final = Unknown("repository")
"""The repository's own directory; the literal behind it is a path inside of it."""


@dataclass(frozen=True, slots=True)
class Text:
    """One possible text. `at` is where its first literal stands; it takes no part in equality."""

    parts: tuple[Part, ...] = ()
    at: Place | None = field(default=None, compare=False)

    @property
    def known(self) -> str | None:
        """The whole text where every part is literal, else None."""
        if all(isinstance(part, Literal) for part in self.parts):
            return "".join(part.text for part in self.parts if isinstance(part, Literal))
        return None

    @property
    def unique(self) -> bool:
        """Whether any part differs at every run."""
        return any(isinstance(part, Unique) for part in self.parts)

    @property
    def opaque(self) -> bool:
        """Whether nothing at all is known of it."""
        return bool(self.parts) and all(isinstance(part, Unknown) for part in self.parts)

    @property
    def shown(self) -> str:
        """For messages: `gateway-<uuid4>`, `localhost/<image>:latest`."""
        shown = []
        for part in self.parts:
            match part:
                case Literal(text):
                    shown.append(text)
                case Unique(source):
                    shown.append(f"<{source}>")
                case Unknown(name):
                    shown.append(f"<{name or '?'}>")
        return "".join(shown)

    @property
    def start(self) -> str:
        """The literal characters before the first part that is not literal."""
        known = []
        for part in self.parts:
            if not isinstance(part, Literal):
                break
            known.append(part.text)
        return "".join(known)


def text(known: str, at: Place | None = None) -> Text:
    """A text that is wholly known."""
    return Text((Literal(known),) if known else (), at)


def unknown(name: str = "", at: Place | None = None) -> Text:
    """A text of which nothing is known."""
    return Text((Unknown(name),), at)


def unique(source: str, at: Place | None = None) -> Text:
    """A text that differs at every run."""
    return Text((Unique(source),), at)


def glue(pieces: Iterable[Text]) -> Text:
    """The pieces one after another, neighbouring literals as one part."""
    parts: list[Part] = []
    at: Place | None = None
    for piece in pieces:
        if at is None:
            at = piece.at
        for part in piece.parts:
            last = parts[-1] if parts else None
            if isinstance(part, Literal) and isinstance(last, Literal):
                parts[-1] = Literal(last.text + part.text)
            else:
                parts.append(part)
    return Text(tuple(parts), at)


def split(whole: Text) -> tuple[Text, ...]:
    """At white space inside literals, as `str.split` and `strings.Fields` do."""
    words: list[list[Part]] = [[]]
    for part in whole.parts:
        if not isinstance(part, Literal):
            words[-1].append(part)
            continue
        for at, piece in enumerate(_pieces(part.text)):
            if at:
                words.append([])
            if piece:
                words[-1].append(Literal(piece))
    return tuple(Text(tuple(parts), whole.at) for parts in words if parts)


def _pieces(known: str) -> list[str]:
    """`" a  b"` is `["", "a", "b"]`: an empty first or last piece tells of white space there."""
    words = known.split()
    if not words:
        return ["", ""] if known else [""]
    return [
        *([""] if known[0].isspace() else []),
        *words,
        *([""] if known[-1].isspace() else []),
    ]


def rooted(path: str, at: Place | None = None) -> Text:
    """A path inside the repository (empty: its root) as a program knows it: a whole one."""
    inner = posixpath.normpath(path) if path else ""
    return Text((ROOT, Literal(f"/{inner}")) if inner not in ("", ".") else (ROOT,), at)


def inside(told: Text) -> str | None:
    """The path inside the repository that a text is, empty for its root; None: it is none, or
    nobody can tell."""
    match told.parts:
        case (first,) if first == ROOT:
            return ""
        case (first, Literal(rest)) if first == ROOT and rest.startswith("/"):
            found = posixpath.normpath(rest.lstrip("/") or ".")
            above = found == ".." or found.startswith("../")
            return None if above else found.lstrip(".") if found == "." else found
    return None
