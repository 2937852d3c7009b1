"""An audit that was not made: operations are tested on what they do with one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pytest

from lint.guidance.guidance import Guidance
from lint.model import Report
from lint.operations.workplace import Workplace
from tests.lint.outputs.sample import REPORT, REQUIREMENTS, RULES

GUIDANCE = Guidance(
    id="DD-INTEGRATION-001",
    version="2.0",
    title="the sample's",
    in_force=date(2025, 12, 26),
    requirements=REQUIREMENTS,
)


@dataclass
class FakeAudit:
    """Stands for `lint.audit.Audit`, and remembers for which workplaces it was asked for."""

    report: Report = REPORT
    guidance: Guidance = GUIDANCE
    paths: frozenset[str] = frozenset(one.place.path for one in REPORT.findings)
    asked: list[tuple[Workplace, bool]] = field(default_factory=list)


def audited(monkeypatch: pytest.MonkeyPatch, report: Report = REPORT) -> FakeAudit:
    """From now on every audit finds `report`."""
    fake = FakeAudit(report=report)

    def audit(workplace: Workplace, *, baseline: bool = True) -> FakeAudit:
        fake.asked.append((workplace, baseline))
        return fake

    monkeypatch.setattr(Workplace, "audit", audit)
    monkeypatch.setattr("lint.operations.workplace.rules", lambda: RULES)
    monkeypatch.setattr("lint.operations.rule.rules", lambda: RULES)
    return fake
