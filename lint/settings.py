"""What the configuration asks of the linter, whoever wrote it down and wherever.

`lint/config.py` fills it from `stackwright.toml` or `pyproject.toml`; the rest of the linter sees
only this. Paths and globs are relative to the repository's root, with `/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from lint.model import Place, Severity, Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """One `[services.<name>]` table. `paths` are directories, files or globs that it owns."""

    name: str
    language: str = ""
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """A finding or requirement that somebody answers for until a day.

    Exactly one of `rule` and `requirement` is set; `service` and `paths` narrow it where given
    (empty: every service, every path). It no longer counts after `until`.
    """

    owner: str
    reason: str
    until: date
    rule: str = ""
    requirement: str = ""
    service: str = ""
    paths: tuple[str, ...] = ()
    at: Place
    """The line of the configuration that opens it, for findings about the exemption itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LintConfig:
    """The `[lint]` table and what else of the same file the linter reads."""

    file: str = ""
    """The configuration file relative to the root, empty when there is none."""
    select: tuple[str, ...] = ()
    """Rules, codes (or their beginnings) and requirements to report; empty: all."""
    ignore: tuple[str, ...] = ()
    fail_on: Severity = Severity.ERROR
    exclude: tuple[str, ...] = ()
    """Globs of files that are not scanned."""
    guidance: str = ""
    """`DD-INTEGRATION-001@2.0`; empty: the one in force."""
    as_of: date | None = None
    guidance_files: tuple[str, ...] = ()
    """Guidance files of the user's own, relative to the root."""
    baseline: str = ""
    """The baseline file relative to the root; empty: none."""
    exemptions: tuple[Exemption, ...] = ()
    tiers: Mapping[str, Tier] = field(default_factory=dict)
    """Path glob → tier, in the order written; the first that matches decides."""
    services: tuple[ServiceSettings, ...] = ()
    ports: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """The registry: service → port name → host port."""
