"""From findings and positive evidence to a verdict for every service. Pure arithmetic."""

from __future__ import annotations

from collections.abc import Sequence

from lint.guidance.guidance import Requirement
from lint.model import Evidence, Finding, Judgement, ServiceReport, Severity, Status, Verdict
from lint.positive import MOST, POSITIVE
from lint.project import Project
from lint.rules.images import Built
from lint.standing import Standing


def judge(project: Project, findings: Sequence[Finding]) -> tuple[ServiceReport, ...]:
    """Every service's standing under the project's guidance.

    `findings` include suppressed ones: exemptions show as `exempt`, what the baseline knows still
    fails.
    """
    built = Built(project)
    return tuple(
        _report(
            Standing(project=project, service=service, built=built),
            [one for one in findings if service.name in one.services],
        )
        for service in project.services
    )


def _report(standing: Standing, findings: Sequence[Finding]) -> ServiceReport:
    requirements = standing.project.guidance.requirements
    if not standing.infrastructure and not _live(findings):
        reason = "no container infrastructure in its integration tier"
        if not standing.unresolved:
            nothing = Judgement(status=Status.NOT_APPLICABLE, reason=reason)
            return ServiceReport(
                name=standing.service.name,
                verdict=Verdict.NOT_APPLICABLE,
                requirements=dict.fromkeys(requirements, nothing),
            )
    judged = {
        name: _judgement(requirement, standing, findings)
        for name, requirement in requirements.items()
    }
    musts = {name: judged[name] for name, one in requirements.items() if one.must}
    return ServiceReport(
        name=standing.service.name,
        verdict=verdict(musts, programmatic=bool(standing.starts)),
        requirements=judged,
    )


def _live(findings: Sequence[Finding]) -> bool:
    """Whether any finding is one of infrastructure that the tier uses."""
    return any(one.severity is Severity.ERROR and one.reachable for one in findings)


def _judgement(
    requirement: Requirement, standing: Standing, findings: Sequence[Finding]
) -> Judgement:
    if requirement.applies == "several-services" and not standing.several:
        reason = "it is asked of stacks of several containers only"
        return Judgement(status=Status.NOT_APPLICABLE, reason=reason)
    against = [
        one
        for one in findings
        if one.requirement == requirement.id
        and (one.reachable or not requirement.must)
        and (one.severity is Severity.ERROR or not requirement.must)
    ]
    counted = [one for one in against if one.suppressed is None or one.suppressed.by == "baseline"]
    if counted:
        return Judgement(
            status=Status.FAIL,
            evidence=tuple(Evidence(place=one.place, why=one.message) for one in counted[:MOST]),
            reason=f"{len(counted)} finding{'s' if len(counted) > 1 else ''}",
        )
    if against:
        told = next(one.suppressed for one in against if one.suppressed is not None)
        owner = f" ({told.owner}, until {told.until})" if told.owner else ""
        return Judgement(
            status=Status.EXEMPT,
            evidence=tuple(Evidence(place=one.place, why=one.message) for one in against[:MOST]),
            reason=f"{told.reason}{owner}",
        )
    positive = POSITIVE.get(requirement.name)
    if positive is None:
        rules = ", ".join(requirement.rules)
        return Judgement(status=Status.PASS, reason=f"no finding of {rules}" if rules else "")
    return positive(standing)


def verdict(musts: dict[str, Judgement], *, programmatic: bool) -> Verdict:
    """The arithmetic: `programmatic` tells that the suite itself starts containers.

    All hold: compliant. Something fails or is exempt: partial where the suite starts containers
    in code, else violation. Nothing fails but something could not be told: unknown.
    """
    statuses = {one.status for one in musts.values()}
    if Status.FAIL in statuses:
        return Verdict.PARTIAL if programmatic else Verdict.VIOLATION
    if Status.UNKNOWN in statuses:
        return Verdict.UNKNOWN
    if Status.EXEMPT in statuses:
        return Verdict.PARTIAL if programmatic else Verdict.VIOLATION
    return Verdict.COMPLIANT if Status.PASS in statuses else Verdict.NOT_APPLICABLE
