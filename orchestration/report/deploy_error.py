"""A deployment that did not end well, as one error."""

from __future__ import annotations

from typing import Final

from orchestration.cluster.cluster_failure import told
from orchestration.cluster.deploy_report import DeployReport
from orchestration.cluster.manifest_mistakes import shown_place
from orchestration.errors import ClusterError, DeployError, StackwrightError
from orchestration.redact import Redactor
from orchestration.report.deploy_outcome import Fate, outcomes
from orchestration.report.deploy_subject import DeploySubject
from orchestration.report.deploy_table import deploy_headline

_UNAUTHORIZED: Final = "Unauthorized"
_CAUSES: Final = (Fate.REFUSED, Fate.FAILED, Fate.WAITING)


def deploy_error(
    report: DeployReport, subject: DeploySubject, *, redact: Redactor
) -> DeployError | ClusterError:
    """The headline, then each object that was refused, failed or was not ready, and what to do.

    For where nobody reads the table: an exception in a test. Blocked objects are left out: what
    blocks them is told. ClusterError for who may not even make the run's Namespace, and for whose
    credentials are not taken any more: that is no matter of the platform.
    """
    unknown = _unknown(report, subject, redact) or _no_right(report, subject, redact)
    if unknown is not None:
        return unknown
    whys, fixes = [], []
    if report.fault is not None:
        fault = told(report.fault, context=subject.cluster, redact=redact)
        whys.append(redact.line(f"{fault.what}: {fault.why}" if fault.why else fault.what))
        fixes.append(redact.line(fault.fix))
    for each in outcomes(report, subject, redact):
        if each.fate in _CAUSES:
            name = redact.line(each.name(subject.namespace))
            place = redact.line(shown_place(each.result.manifest.place))
            whys.append(f"{name} ({place}): {redact.line(each.short)}")
            fixes.append(f"{name}: {redact.line(each.fix)}" if each.fix else "")
    return DeployError(
        redact.line(deploy_headline(report, subject)),
        why="\n".join(whys),
        fix="\n".join(filter(None, fixes)),
    )


def _no_right(
    report: DeployReport, subject: DeploySubject, redact: Redactor
) -> ClusterError | None:
    """Who lacks the right to make the Namespace of the run, and which."""
    for each in report.results:
        refusal, ref = each.failure, each.ref
        if (ref.api_version, ref.kind, ref.name) != ("v1", "Namespace", subject.namespace):
            continue
        if refusal is not None and refusal.code == 403:
            error = told(refusal, ref=ref, context=subject.cluster, redact=redact)
            # What a quota or an admission rule says is about the Namespace.
            if isinstance(error, ClusterError):
                return _clean(error, redact)
    return None


def _unknown(report: DeployReport, subject: DeploySubject, redact: Redactor) -> ClusterError | None:
    """Whose credentials the cluster does not take, or who has none any more."""
    for each in (report.fault, *(result.failure for result in report.results)):
        if each is not None and (each.code == 401 or each.reason == _UNAUTHORIZED):
            return _clean(told(each, context=subject.cluster, redact=redact), redact)
    return None


def _clean(error: StackwrightError, redact: Redactor) -> ClusterError:
    return ClusterError(
        redact.line(error.what), why=redact.line(error.why), fix=redact.line(error.fix)
    )
