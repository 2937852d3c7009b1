"""What a report decides, without the words that it says of it."""

from __future__ import annotations

from lint.model import Report, Status, Verdict


def verdicts(report: Report) -> dict[str, tuple[Verdict, dict[str, Status]]]:
    """Service → verdict, and requirement → status. Reasons may count files that were parsed."""
    return {
        one.name: (
            one.verdict,
            {name: judgement.status for name, judgement in one.requirements.items()},
        )
        for one in report.services
    }
