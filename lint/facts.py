"""What one file holds, as facts that depend on its bytes alone.

Paths are absent on purpose: facts are cached by content. Spans are 1-based.
"""

from __future__ import annotations

import msgspec

from lint.program import Module, Span


class Mention(msgspec.Struct, frozen=True, array_like=True):
    """Text that no process ever sees.

    `kind`: `comment`, `docstring`, `prose` (Markdown paragraph, list item or table cell),
    `heading`, `fence` (the code in a Markdown fence; `language` is its info string's first word).
    """

    kind: str
    text: str
    at: Span
    language: str = ""
    heading: tuple[str, ...] = ()
    """The headings above it, outermost first (Markdown)."""


class BaseImage(msgspec.Struct, frozen=True, array_like=True):
    """An image that a Dockerfile builds on, or takes files from (`copied`); no stage of its own.

    `at` is the instruction that names it. Variables without a known value stay as written.
    """

    image: str
    at: Span
    copied: bool = False


class PortUse(msgspec.Struct, frozen=True, array_like=True):
    """A host port written down: in a compose file, a manifest's nodePort, or a named constant."""

    name: str
    number: int
    at: Span


class ComposeService(msgspec.Struct, frozen=True, array_like=True):
    """One service of a compose file. `ports` are host ports."""

    name: str
    at: Span
    image: str = ""
    build: bool = False
    ports: tuple[PortUse, ...] = ()


class ComposeFile(msgspec.Struct, frozen=True, array_like=True):
    """A compose file by content, wherever it stands (`embedded`: in a string literal).

    `reads` are the files that it includes or extends, as written. `partial`: what it holds may
    be something else's as well (services with an environment alone, an override); it is one where
    its name says so or compose is run on it.
    """

    at: Span
    services: tuple[ComposeService, ...]
    embedded: bool = False
    reads: tuple[str, ...] = ()
    partial: bool = False


class Claim(msgspec.Struct, frozen=True, array_like=True):
    """A status that a document gives to something it names.

    `subject` is the cell or item as written (`**DataStorage**` is `DataStorage`); `status` one of
    `done`, `pending`, `violation`, `not-applicable`, `planned`, `unclear`; `text` the words;
    for counts (`7/8 migrated`) subject is empty and `done`, `total` are set.
    """

    subject: str
    status: str
    text: str
    at: Span
    heading: tuple[str, ...] = ()
    done: int = -1
    total: int = -1


class Suppression(msgspec.Struct, frozen=True, array_like=True):
    """A comment `stackwright: ignore[rule, rule] reason -- owner=… until=YYYY-MM-DD`.

    `covers` is the line it speaks of: its own for a trailing comment, the next line of code for a
    comment that stands alone (0: the whole file, `stackwright: ignore-file[…]`).
    `problem` says why it is malformed, else empty.
    """

    rules: tuple[str, ...]
    reason: str
    owner: str
    until: str
    at: Span
    covers: int
    problem: str = ""


class Unparsable(msgspec.Struct, frozen=True, array_like=True):
    """A part of the file that could not be read, and why; the rest of it was."""

    why: str
    at: Span


class Document(msgspec.Struct, frozen=True, array_like=True):
    """What a Markdown document says of itself: title, and `**Key**: value` lines of its head.

    `number` is like `DD-TEST-001`; `version` like `1.2`; `status` the status line as written;
    `superseded_by` the document that replaces it, as written.
    """

    title: str = ""
    number: str = ""
    version: str = ""
    status: str = ""
    superseded_by: str = ""
    tells: dict[str, str] = {}


class FileFacts(msgspec.Struct, frozen=True, array_like=True):
    """All facts of one file. `program` is absent for formats without code."""

    language: str
    program: Module | None = None
    mentions: tuple[Mention, ...] = ()
    bases: tuple[BaseImage, ...] = ()
    ports: tuple[PortUse, ...] = ()
    compose: tuple[ComposeFile, ...] = ()
    claims: tuple[Claim, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    unparsable: tuple[Unparsable, ...] = ()
    document: Document | None = None
