"""What a guidance says, at one version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One thing that is asked of a service.

    `level` is `MUST`, `MUST NOT`, `SHOULD` or `MAY`; `rules` are the names of the rules whose
    findings break it; `applies` limits what it is asked of: `several-services` asks it only of
    stacks with several containers, empty of all.
    """

    id: str
    name: str
    level: str
    text: str
    rules: tuple[str, ...]
    applies: str = ""

    @property
    def must(self) -> bool:
        """Whether it decides the verdict."""
        return self.level.startswith("MUST")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDocument:
    """A document that code and prose may cite.

    Two documents may share a number: `title` (words of it, lower case) and `path` (a pattern)
    tell them apart. `superseded_by` is empty while it is in force; `since` when it was superseded.
    """

    number: str
    title: str = ""
    path: str = ""
    version: str = ""
    superseded_by: str = ""
    since: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """One version of a guidance document, and the documents around it as of its date."""

    id: str
    version: str
    title: str
    in_force: date
    requirements: Mapping[str, Requirement]
    documents: tuple[KnownDocument, ...] = ()

    def requirement_of(self, rule: str) -> Requirement | None:
        """The requirement that a rule's findings break under this version, None: it does not
        apply."""
        return next((one for one in self.requirements.values() if rule in one.rules), None)
