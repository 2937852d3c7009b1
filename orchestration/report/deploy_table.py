"""A deployment for a terminal: every object on one line, what failed below, then the figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from orchestration.cluster.api import ApiError
from orchestration.cluster.cluster_failure import told
from orchestration.cluster.deploy_report import DeployReport
from orchestration.cluster.manifest_mistakes import shown_place
from orchestration.columns import columns
from orchestration.progress.marks import Marks, marks_for
from orchestration.redact import Redactor
from orchestration.report.deploy_outcome import DeployOutcome, Fate, outcomes
from orchestration.report.deploy_subject import DeploySubject
from orchestration.report.log_end import LOG_LINES, log_end
from orchestration.report.prose import cut, prose

_WORDS: Final = {
    Fate.READY: ("is ready", "are ready"),
    Fate.REFUSED: ("was refused", "were refused"),
    Fate.FAILED: ("failed", "failed"),
    Fate.BLOCKED: ("is blocked", "are blocked"),
    Fate.WAITING: ("still waits", "still wait"),
}
"""Of one object, of several."""

_TOLD: Final = {
    Fate.REFUSED: "was refused",
    Fate.FAILED: "failed",
    Fate.WAITING: "was not ready",
}


def render_deploy(
    report: DeployReport,
    subject: DeploySubject,
    *,
    redact: Redactor,
    encoding: str = "utf-8",
    log_lines: int = LOG_LINES,
) -> str:
    """The table, what the server warned of, the failures, what still waits, and the figures; ends
    with a newline.

    Without secrets and control characters. `encoding`: the terminal's, for the marks.
    """
    marks = marks_for(encoding)
    found = outcomes(report, subject, redact)
    lines = [*prose("", _headline(found, report, subject), redact), ""]
    lines += _table(found, subject, marks, redact)
    lines += _warnings(found, subject, redact)
    if report.fault is not None:
        lines += ["", *_fault(report.fault, subject, redact)]
    if report.timed_out:
        lines += ["", *_timed_out(found, subject, redact)]
    for each in found:
        refused = each.fate is Fate.REFUSED
        if refused or (each.fate in _TOLD and each.result.begun_s is not None):
            lines += ["", *_details(each, subject, redact, log_lines)]
    lines += ["", *_figures(report, subject)]
    return "".join(f"{line}\n" for line in lines)


def deploy_headline(report: DeployReport, subject: DeploySubject) -> str:
    """One sentence: `platform gateway is not up: of 4 objects 3 are ready, 1 failed, in …`."""
    return _headline(outcomes(report, subject, Redactor()), report, subject)


def _headline(found: Sequence[DeployOutcome], report: DeployReport, subject: DeploySubject) -> str:
    place = f"in namespace {subject.namespace} of context {subject.cluster.name}"
    if report.ok:
        many = "1 object is" if len(found) == 1 else f"{len(found)} objects are"
        return f"platform {subject.platform}: {many} ready after {report.ready_s:.2f} s, {place}"
    counted = Counter(each.fate for each in found)
    parts = [
        f"{counted[fate]} {words[counted[fate] > 1]}"
        for fate, words in _WORDS.items()
        if counted[fate]
    ]
    late = f" after its deadline of {subject.deadline:g} s" if report.timed_out else ""
    return (
        f"platform {subject.platform} is not up{late}: of {len(found)} objects "
        f"{', '.join(parts)}, {place}"
    )


def _table(
    found: Sequence[DeployOutcome], subject: DeploySubject, marks: Marks, hide: Redactor
) -> list[str]:
    signs = {
        Fate.READY: marks.done,
        Fate.REFUSED: marks.failed,
        Fate.FAILED: marks.failed,
        Fate.BLOCKED: marks.stopped,
        Fate.WAITING: marks.note,
    }
    rows = [("", "object", "wave", "applied", "ready", "")]
    rows += [
        (
            signs[each.fate],
            hide.line(each.name(subject.namespace)),
            str(each.result.wave) if each.result.wave else "deferred",
            _seconds(each.result.applied_s),
            _seconds(each.result.ready_s),
            "" if each.fate is Fate.READY else hide.line(each.short),
        )
        for each in found
    ]
    return [cut(line) for line in columns(rows)]


def _warnings(
    found: Sequence[DeployOutcome], subject: DeploySubject, hide: Redactor
) -> Iterator[str]:
    warned = [each for each in found if each.result.warnings]
    if warned:
        yield ""
    for each in warned:
        name = f"{each.name(subject.namespace)} ({shown_place(each.result.manifest.place)})"
        for warning in each.result.warnings:
            yield from prose("note: ", f"{name}: {warning}", hide)


def _fault(error: ApiError, subject: DeploySubject, hide: Redactor) -> Iterator[str]:
    fault = told(error, context=subject.cluster, redact=hide)
    yield "the objects could not be watched to the end"
    yield from prose("  reason: ", fault.what, hide)
    if fault.why:
        yield from prose("  why: ", fault.why, hide)
    if fault.fix:
        yield from prose("  fix: ", fault.fix, hide)


def _timed_out(
    found: Sequence[DeployOutcome], subject: DeploySubject, hide: Redactor
) -> Iterator[str]:
    waiting = [each for each in found if each.fate is Fate.WAITING]
    yield f"still waiting when the deadline of {subject.deadline:g} s had passed"
    rows = [(hide.line(each.name(subject.namespace)), hide.line(each.reason)) for each in waiting]
    yield from (cut(line) for line in columns(rows, indent="  "))


def _details(
    outcome: DeployOutcome, subject: DeploySubject, hide: Redactor, log_lines: int
) -> Iterator[str]:
    result = outcome.result
    name = hide.line(outcome.name(subject.namespace))
    place = hide.line(shown_place(result.manifest.place))
    # When it failed or was refused, nobody noted.
    after = f" after {outcome.own_s:.2f} s" if outcome.fate is Fate.WAITING else ""
    yield cut(f"{name} ({place}) {_TOLD[outcome.fate]}{after}")
    yield from prose("  reason: ", outcome.reason, hide)
    if outcome.why:
        yield from prose("  why: ", outcome.why, hide)
    if outcome.fix:
        yield from prose("  fix: ", outcome.fix, hide)
    for event in result.events:
        yield cut(f"  event: {hide.line(event)}")
    for where, text in result.logs:
        yield from (f"  {line}" for line in log_end(hide.line(where), text, hide, log_lines))


def _figures(report: DeployReport, subject: DeploySubject) -> list[str]:
    rows = [(name, _seconds(took), "") for name, took in subject.phases]
    last = "until the last was ready" if report.ok else "until the wait ended"
    rows += [
        ("deploy_s", _seconds(report.deploy_s), "until the last object was applied"),
        ("ready_s", _seconds(report.ready_s), last),
        (
            "critical_path_s",
            _seconds(report.critical_path_s),
            "the longest chain of objects of which one waited for the other",
        ),
        (
            "sum_of_parts_s",
            _seconds(report.sum_of_parts_s),
            "what the same takes one after the other",
        ),
        ("requests", str(report.requests), ""),
    ]
    return columns(rows)


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"
