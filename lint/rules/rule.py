"""What a rule is, and what it may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lint.model import Place, Related, Severity, Tier
from lint.project import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A small repository that a rule must judge rightly. It is test and documentation at once.

    `files` are path → content; a line that the rule must report ends with ` ◄` (taken off before
    the files are read). Without any `◄` the rule must report nothing. `title` says in a few words
    what it shows.
    """

    title: str
    files: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """What a rule reports; the checker adds the rule's own words, services and fingerprint.

    `severity` only where it differs from the rule's. `tier` and `reachable` are taken from the
    traces that pass through `place` unless given.
    """

    place: Place
    message: str
    severity: Severity | None = None
    related: tuple[Related, ...] = ()
    services: tuple[str, ...] = ()
    tier: Tier | None = None
    reachable: bool | None = None
    key: str = ""
    """What makes the finding the same after lines have moved; default: message and path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One bad pattern.

    `name` is kebab case and allows reading "allow compose-invocation"; `code` is stable
    (`SW201`: R2's first rule; S rules are `SW5xx`; hygiene `SW9xx`); `requirement` is an id of the
    guidance (`R2`) or empty for hygiene of the linter itself.
    """

    name: str
    code: str
    requirement: str
    severity: Severity
    summary: str
    """One line: what it reports."""
    why: str
    remedy: str
    """One line for each finding: what to do next."""
    check: Callable[[Project], Iterator[Hit]]
    examples: tuple[Example, ...]
