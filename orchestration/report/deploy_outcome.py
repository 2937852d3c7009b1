"""What became of one object, in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from orchestration.cluster.cluster_failure import told
from orchestration.cluster.deploy_report import DeployReport, ObjectResult
from orchestration.cluster.manifest import Ref
from orchestration.cluster.manifest_mistakes import shown_place
from orchestration.model import Failed, NotYet, Ready
from orchestration.redact import Redactor
from orchestration.report.deploy_advice import advice
from orchestration.report.deploy_subject import DeploySubject


class Fate(StrEnum):
    """The end of an object. `REFUSED`: it was not applied. `FAILED`: it never becomes ready.
    `BLOCKED`: what it waited for did not become ready. `WAITING`: it was not ready in time.
    """

    READY = "ready"
    REFUSED = "refused"
    FAILED = "failed"
    BLOCKED = "blocked"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployOutcome:
    """One object. `reason`, `why`, `fix`: as in errors, but for the object's name and place, and
    with whatever the cluster wrote: they are not redacted yet. `own_s`: its own time in seconds,
    from its first request until it was ready, or until the end of the wait when it never was; 0 for
    what was never applied.
    """

    result: ObjectResult
    fate: Fate
    reason: str = ""
    why: str = ""
    fix: str = ""
    own_s: float = 0.0

    @property
    def short(self) -> str:
        """The reason in one sentence, with what the API server said of a refusal."""
        if self.fate is Fate.REFUSED and self.why:
            return f"{self.reason}: {self.why}"
        return self.reason

    def name(self, namespace: str) -> str:
        """`Deployment api`; with its namespace where that is not `namespace`."""
        ref = self.result.ref
        return ref.short if ref.namespace == namespace else str(ref)


def outcomes(
    report: DeployReport, subject: DeploySubject, redact: Redactor
) -> tuple[DeployOutcome, ...]:
    """All objects: by wave, deferred ones last, otherwise in the order of the manifests."""
    ordered = sorted(report.results, key=lambda each: (each.wave == 0, each.wave))
    return tuple(_outcome(each, report, subject, redact) for each in ordered)


def _outcome(
    result: ObjectResult, report: DeployReport, subject: DeploySubject, redact: Redactor
) -> DeployOutcome:
    own_s = 0.0
    if result.begun_s is not None and result.applied_s is not None:
        end = report.ready_s if result.ready_s is None else result.ready_s
        own_s = max(0.0, end - result.begun_s)
    if result.ready_s is not None:
        answer = result.verdict.answer if isinstance(result.verdict, Ready) else ""
        return DeployOutcome(result=result, fate=Fate.READY, reason=answer, own_s=own_s)
    if result.failure is not None:
        place = result.manifest.place
        error = told(
            result.failure, ref=result.ref, place=place, context=subject.cluster, redact=redact
        )
        return DeployOutcome(
            result=result,
            fate=Fate.REFUSED,
            reason=error.what.removeprefix(f"{shown_place(place)}: {result.ref}").lstrip(": "),
            why=error.why,
            fix=error.fix,
            own_s=own_s,
        )
    if result.blocked:
        return DeployOutcome(
            result=result,
            fate=Fate.BLOCKED,
            reason=f"waits for {_listed(result.blocked)}, not ready",
            own_s=own_s,
        )
    match result.verdict:
        case Failed(reason):
            fate = Fate.FAILED
        case NotYet(reason):
            fate = Fate.WAITING
        case _:
            fate, reason = Fate.WAITING, _unseen(result)
    fix = advice(result, reason) if result.applied_s is not None else ""
    return DeployOutcome(result=result, fate=fate, reason=reason, fix=fix, own_s=own_s)


def _unseen(result: ObjectResult) -> str:
    if result.applied_s is not None:
        return "is applied, and was not seen yet"
    if result.needs and result.begun_s is None:
        return f"was not applied yet: waits for {_listed(result.needs)}"
    return "was not applied yet"


def _listed(refs: tuple[Ref, ...]) -> str:
    return ", ".join(each.short for each in refs)
