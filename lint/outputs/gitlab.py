"""GitLab's code quality report: a JSON list of issues."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Final

from lint.model import Finding, Report, Severity
from lint.outputs.output import Sources
from lint.outputs.printable import spoken

_SEVERITY: Final = {
    Severity.ERROR: "major",
    Severity.WARNING: "minor",
    Severity.NOTE: "info",
}


def render(report: Report, _sources: Sources) -> str:
    """The findings that count. GitLab keeps one issue a fingerprint, so each gets its own."""
    seen: dict[str, int] = {}
    issues = []
    for finding in report.findings:
        if finding.suppressed is not None:
            continue
        times = seen[finding.fingerprint] = seen.get(finding.fingerprint, 0) + 1
        issues.append(_issue(finding, times))
    return json.dumps(issues, indent=2) + "\n"


def _issue(finding: Finding, times: int) -> dict[str, object]:
    place = finding.place
    key = finding.fingerprint if times == 1 else f"{finding.fingerprint}:{times}"
    return {
        "description": f"{finding.code} {finding.rule}: {spoken(finding.message)}",
        "check_name": finding.rule,
        "fingerprint": sha256(key.encode("utf-8", "surrogateescape")).hexdigest(),
        "severity": _SEVERITY[finding.severity],
        "location": {
            "path": place.path,
            "lines": {"begin": place.line, "end": max(place.end_line, place.line)},
        },
    }
