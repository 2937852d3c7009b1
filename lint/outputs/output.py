"""What an output format is, and what it may look up besides the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lint.guidance.guidance import Requirement
from lint.model import Finding, Report
from lint.rules.rule import Rule


def _no_lines(_path: str) -> Sequence[str]:
    return ()


def _no_version() -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where a format finds what the report only refers to. Without any, less is shown."""

    lines: Callable[[str], Sequence[str]] = _no_lines
    """The lines of a file of the repository; none when it cannot be read. Never raises."""
    rules: Mapping[str, Rule] = field(default_factory=dict)
    """By name."""
    requirements: Mapping[str, Requirement] = field(default_factory=dict)
    """Of the guidance that was applied, by id and in its order."""
    version: Callable[[], str] = _no_version
    """Of stackwright; looked up only by formats that tell it."""
    colour: bool = False
    width: int = 0
    """Characters on a line of the terminal; 0: nobody looks, lines may be of any length."""
    show_suppressed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One format. `render` ends its text with a line break, unless there is nothing to say."""

    name: str
    summary: str
    """One line: for whom it is."""
    render: Callable[[Report, Sources], str]


def shown(report: Report, sources: Sources) -> tuple[Finding, ...]:
    """The findings that a person is to see: suppressed ones only where they are asked for."""
    return tuple(
        finding
        for finding in report.findings
        if finding.suppressed is None or sources.show_suppressed
    )
