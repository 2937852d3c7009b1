"""A deployment as JUnit XML: a suite is a platform, a case one of its objects.

Valid for the schema of Ant's JUnit task (windyroad/JUnit-Schema) and for that of Jenkins' xUnit
plugin: only what both know, which is why details stand in `failure`. A blocked object is skipped:
what blocks it is the failure.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from html import escape
from typing import Final

from orchestration.cluster.cluster_failure import told
from orchestration.cluster.deploy_report import DeployReport
from orchestration.cluster.manifest_mistakes import shown_place
from orchestration.redact import Redactor
from orchestration.report.deploy_outcome import DeployOutcome, Fate, outcomes
from orchestration.report.deploy_subject import DeploySubject

PACKAGE: Final = "stackwright.e2e"

# Of the characters that `printable` leaves, XML allows none of these.
_NOT_XML: Final = re.compile("[\ufffe\uffff]")


def deploy_junit(report: DeployReport, subject: DeploySubject, *, redact: Redactor) -> str:
    """One document with one suite, without secrets; ends with a newline. Times are seconds."""
    found = outcomes(report, subject, redact)
    fates = Counter(each.fate for each in found)
    failures = fates[Fate.REFUSED] + fates[Fate.FAILED] + fates[Fate.WAITING]
    started = datetime.fromtimestamp(subject.started, UTC)
    head = " ".join(
        (
            f'id="0" package="{PACKAGE}" name={_attribute(subject.platform, redact)}',
            f'timestamp="{started:%Y-%m-%dT%H:%M:%S}"',
            f"hostname={_attribute(subject.host or 'localhost', redact)}",
            f'tests="{len(found)}" failures="{failures}" errors="0"',
            f'skipped="{fates[Fate.BLOCKED]}" time="{report.ready_s:.3f}"',
        )
    )
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", f"  <testsuite {head}>"]
    lines += ["    <properties>"]
    lines += [
        f'      <property name="{name}" value={_attribute(value, redact)}/>'
        for name, value in _properties(subject)
    ]
    lines += ["    </properties>"]
    lines += [_case(each, subject, redact) for each in found]
    lines += [
        f"    <system-out>{_text(_figures(report, subject), redact)}</system-out>",
        f"    <system-err>{_text(_fault(report, subject, redact), redact)}</system-err>",
        "  </testsuite>",
        "</testsuites>\n",
    ]
    return "\n".join(lines)


def _properties(subject: DeploySubject) -> tuple[tuple[str, str], ...]:
    return (
        ("service", subject.service),
        ("run", subject.run),
        ("context", subject.cluster.name),
        ("namespace", subject.namespace),
    )


def _case(outcome: DeployOutcome, subject: DeploySubject, redact: Redactor) -> str:
    head = (
        f"    <testcase classname={_attribute(subject.platform, redact)} "
        f"name={_attribute(outcome.name(subject.namespace), redact)} "
        f'time="{outcome.own_s:.3f}"'
    )
    if outcome.fate is Fate.READY:
        return f"{head}/>"
    message = _attribute(outcome.short, redact)
    if outcome.fate is Fate.BLOCKED:
        inside = f"<skipped message={message}/>"
    else:
        details = _text(_details(outcome), redact)
        inside = f'<failure type="{outcome.fate}" message={message}>{details}</failure>'
    return f"{head}>\n      {inside}\n    </testcase>"


def _details(outcome: DeployOutcome) -> str:
    result = outcome.result
    parts = [f"{shown_place(result.manifest.place)}: {outcome.short}"]
    parts += [f"fix: {outcome.fix}"] if outcome.fix else []
    parts += [f"event: {each}" for each in result.events]
    parts += [f"\nlog of {where}:\n{text.rstrip()}" for where, text in result.logs]
    return "\n".join(parts)


def _figures(report: DeployReport, subject: DeploySubject) -> str:
    figures = (
        *subject.phases,
        ("deploy_s", report.deploy_s),
        ("ready_s", report.ready_s),
        ("critical_path_s", report.critical_path_s),
        ("sum_of_parts_s", report.sum_of_parts_s),
    )
    return "\n".join(
        (*(f"{name} {took:.3f}" for name, took in figures), f"requests {report.requests}")
    )


def _fault(report: DeployReport, subject: DeploySubject, redact: Redactor) -> str:
    if report.fault is None:
        return ""
    fault = told(report.fault, context=subject.cluster, redact=redact)
    head = f"the objects could not be watched to the end: {fault.what}"
    return "\n".join(filter(None, (head, fault.why, fault.fix)))


def _attribute(text: str, redact: Redactor) -> str:
    return f'"{escape(_NOT_XML.sub("?", redact.line(text)))}"'


def _text(text: str, redact: Redactor) -> str:
    return escape(_NOT_XML.sub("?", redact.clean(text)), quote=False)
