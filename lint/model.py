"""The linter's nouns: places, findings, services, verdicts and the report that holds them.

Standard library only; no I/O, no clock, no environment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

SCHEMA_VERSION: Final = 1
"""Of the JSON report. It changes when a consumer of the old form would break."""


class Severity(StrEnum):
    """How bad a finding is: a broken MUST, a broken SHOULD, or advice."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for a note, 2 for an error: larger is worse."""
        return {"note": 0, "warning": 1, "error": 2}[self.value]


class Tier(StrEnum):
    """Which tier of tests an entry point serves. NONE: neither tests nor reached by them."""

    INTEGRATION = "integration"
    E2E = "e2e"
    OTHER = "other"
    NONE = "none"


class Status(StrEnum):
    """Of one requirement for one service."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    NOT_APPLICABLE = "not-applicable"
    UNKNOWN = "unknown"
    EXEMPT = "exempt"


class Verdict(StrEnum):
    """Of one service over all MUST requirements (guidance.md says how they add up)."""

    COMPLIANT = "compliant"
    PARTIAL = "partial"
    VIOLATION = "violation"
    NOT_APPLICABLE = "not-applicable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A span of a file: path from the repository's root with `/`, lines and columns 1-based."""

    path: str
    line: int
    column: int = 1
    end_line: int = 0
    end_column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another place that explains a finding, and why it does."""

    place: Place
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """Why a finding does not count: an inline comment, an exemption, or the baseline."""

    by: str
    """`inline`, `exemption` or `baseline`."""
    reason: str = ""
    owner: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One violation at one place."""

    rule: str
    code: str
    requirement: str
    severity: Severity
    place: Place
    message: str
    remedy: str
    services: tuple[str, ...] = ()
    tier: Tier = Tier.NONE
    reachable: bool = False
    related: tuple[Related, ...] = ()
    fingerprint: str = ""
    mark: str = ""
    """Of the code that it stands on, wherever that lies: tells a finding that only moved."""
    suppressed: Suppressed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What shows that a requirement holds or does not, and where."""

    place: Place
    why: str
    chain: tuple[Related, ...] = ()
    """From the entry point, call by call, to the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The status of one requirement for one service."""

    status: Status
    evidence: tuple[Evidence, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceReport:
    """Where one service stands."""

    name: str
    verdict: Verdict
    requirements: dict[str, Judgement]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedClaim:
    """What a document says of a service, and whether the code agrees."""

    place: Place
    service: str
    claimed: str
    actual: str
    contradicted: bool
    shown_by: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedFile:
    """A file that was not judged, and why (`binary`, `too large`, `backup`, `unreadable`…)."""

    path: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much of the repository was looked at."""

    scanned: int
    """Files read and sieved."""
    matched: int
    """Files that passed the sieve and were parsed."""
    skipped: tuple[SkippedFile, ...] = ()
    cut: tuple[Place, ...] = ()
    """Tests that were too long to be followed to their end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that one run found."""

    guidance_id: str
    guidance_version: str
    coverage: Coverage
    findings: tuple[Finding, ...] = ()
    services: tuple[ServiceReport, ...] = ()
    claims: tuple[CheckedClaim, ...] = ()
    notes: tuple[str, ...] = field(default=())
    """What the user should know of the run itself (no git, stale cache…)."""
