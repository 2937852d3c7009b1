"""A deployment for other programs. `deploy.schema.json` beside this file says what it holds.

A versioned copy made by hand, so that no new field is published by accident. ASCII only, so that no
character of a cluster's message reaches a terminal as it is.
"""

from __future__ import annotations

import json
from typing import Final

from orchestration.cluster.api import ApiError
from orchestration.cluster.cluster_failure import told
from orchestration.cluster.deploy_report import DeployReport
from orchestration.cluster.manifest import Ref
from orchestration.event_record import Json, Record, seconds, timestamp
from orchestration.redact import Redactor
from orchestration.report.deploy_outcome import DeployOutcome, outcomes
from orchestration.report.deploy_subject import DeploySubject
from orchestration.shown_path import shown_path

SCHEMA_VERSION: Final = 1


def deploy_json(report: DeployReport, subject: DeploySubject, *, redact: Redactor) -> str:
    """The whole report as one document, without secrets; ends with a newline."""
    return json.dumps(deploy_record(report, subject, redact=redact), indent=2) + "\n"


def deploy_record(report: DeployReport, subject: DeploySubject, *, redact: Redactor) -> Record:
    """The same as an object. Times of objects are seconds since the deployment began."""
    return {
        "schema_version": SCHEMA_VERSION,
        "platform": subject.platform,
        "service": subject.service,
        "run": subject.run,
        "context": redact.clean(subject.cluster.name),
        "server": redact.clean(subject.cluster.server),
        "namespace": subject.namespace,
        "started": timestamp(subject.started),
        "ok": report.ok,
        "timed_out": report.timed_out,
        "deadline_s": seconds(subject.deadline),
        "deploy_s": seconds(report.deploy_s),
        "ready_s": seconds(report.ready_s),
        "critical_path_s": seconds(report.critical_path_s),
        "sum_of_parts_s": seconds(report.sum_of_parts_s),
        "requests": report.requests,
        "phases": [{"name": name, "seconds": seconds(took)} for name, took in subject.phases],
        "fault": None if report.fault is None else _fault(report.fault, subject, redact),
        "objects": [_object(each, redact) for each in outcomes(report, subject, redact)],
    }


def _fault(error: ApiError, subject: DeploySubject, redact: Redactor) -> Record:
    fault = told(error, context=subject.cluster, redact=redact)
    return {
        "reason": redact.clean(fault.what),
        "why": redact.clean(fault.why),
        "fix": redact.clean(fault.fix),
        "status": error.code,
    }


def _object(outcome: DeployOutcome, redact: Redactor) -> Record:
    result, clean = outcome.result, redact.clean
    place = result.manifest.place
    logs: list[Json] = [
        {"container": clean(where), "text": clean(text)} for where, text in result.logs
    ]
    return {
        **_ref(result.ref, redact),
        "file": clean(shown_path(place.path)),
        "line": place.line,
        "state": outcome.fate.value,
        "wave": result.wave or None,
        "begun_s": _maybe(result.begun_s),
        "applied_s": _maybe(result.applied_s),
        "ready_s": _maybe(result.ready_s),
        "own_s": seconds(outcome.own_s),
        "attempts": result.attempts,
        "needs": [_ref(each, redact) for each in result.needs],
        "blocked_by": [_ref(each, redact) for each in result.blocked],
        "reason": clean(outcome.reason),
        "why": clean(outcome.why),
        "fix": clean(outcome.fix),
        "status": result.failure.code if result.failure is not None else None,
        "warnings": [clean(each) for each in result.warnings],
        "events": [clean(each) for each in result.events],
        "logs": logs,
    }


def _ref(ref: Ref, redact: Redactor) -> Record:
    return {
        "api_version": redact.clean(ref.api_version),
        "kind": redact.clean(ref.kind),
        "namespace": None if ref.namespace is None else redact.clean(ref.namespace),
        "name": redact.clean(ref.name),
    }


def _maybe(value: float | None) -> float | None:
    return None if value is None else seconds(value)
