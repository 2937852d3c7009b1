"""What rules, compliance and documents look at: a repository, read and run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from lint.effects import Trace
from lint.facts import FileFacts
from lint.guidance.guidance import Guidance
from lint.model import Place
from lint.program import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOf:
    """A service of the platform, from configuration or convention.

    `names` are all normalised spellings (lower case, no punctuation) that documents and paths use.
    """

    name: str
    paths: tuple[str, ...] = ()
    language: str = ""
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Project:
    """The whole view. Paths are relative to the root, with `/`."""

    files: Mapping[str, FileFacts]
    """The parsed ones."""
    paths: frozenset[str]
    """All tracked files, parsed or not: for links and stale references."""
    traces: tuple[Trace, ...]
    services: tuple[ServiceOf, ...]
    attribution: Mapping[str, tuple[str, ...]]
    """File → services that own it (by path); effects add the services of their traces."""
    guidance: Guidance
    ports: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """The registry of `stackwright.toml`: service → port name → host port."""
    today: date

    @cached_property
    def live(self) -> tuple[Trace, ...]:
        """The traces that somebody starts."""
        return tuple(trace for trace in self.traces if trace.entry.live)


def place(path: str, at: Span) -> Place:
    """A span of a file."""
    return Place(path, at.line, at.column, at.end_line or at.line, at.end_column)
