"""JUnit XML: a suite is a service, a case one of its requirements.

A MUST that does not hold is a failure. What needs no work now (not applicable, exempt, not known,
a SHOULD) is a skipped case that says so, so that a CI job fails exactly for the MUSTs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from typing import Final

from lint.model import Finding, Judgement, Report, Severity, Status
from lint.outputs.matrix import natural
from lint.outputs.output import Sources
from lint.outputs.printable import path_text, spoken

REPOSITORY: Final = "(no service)"
"""The suite of findings that belong to no service."""
# Of the characters that `printable` leaves, XML allows none of these.
_NOT_XML: Final = re.compile("[\ufffe\uffff]")


def render(report: Report, sources: Sources) -> str:
    """One document for the whole repository."""
    suites = [
        _suite(
            service.name,
            [
                _case(service.name, requirement, judgement, report, sources)
                for requirement, judgement in service.requirements.items()
            ],
        )
        for service in report.services
    ]
    unowned = [each for each in report.findings if not each.services and each.suppressed is None]
    if unowned:
        suites.append(_suite(REPOSITORY, list(_unowned(unowned, sources))))
    tests = sum(each[1] for each in suites)
    failures, skipped = sum(each[2] for each in suites), sum(each[3] for each in suites)
    counts = f'tests="{tests}" failures="{failures}" errors="0" skipped="{skipped}"'
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f'<testsuites name="stackwright lint" {counts}>',
            *(each[0] for each in suites),
            "</testsuites>\n",
        ]
    )


_Case = tuple[str, bool, bool]
"""Its XML, whether it failed, whether it was skipped."""


def _suite(name: str, cases: list[_Case]) -> tuple[str, int, int, int]:
    failures, skipped = sum(case[1] for case in cases), sum(case[2] for case in cases)
    head = (
        f'  <testsuite name={_attribute(name)} tests="{len(cases)}" failures="{failures}" '
        f'errors="0" skipped="{skipped}">'
    )
    text = "\n".join([head, *(case[0] for case in cases), "  </testsuite>"])
    return text, len(cases), failures, skipped


def _case(
    service: str, requirement: str, judgement: Judgement, report: Report, sources: Sources
) -> _Case:
    known = sources.requirements.get(requirement)
    name = f"{requirement} {known.name}" if known else requirement
    must = known.must if known else not requirement.startswith("S")
    found = [
        each
        for each in report.findings
        if each.suppressed is None and service in each.services and each.requirement == requirement
    ]
    evidence = [
        *(f"{_at(each.place.path, each.place.line)}: {each.why}" for each in judgement.evidence),
        *(f"{_at(each.place.path, each.place.line)}: {each.message}" for each in found),
    ]
    told = judgement.reason or next(iter(evidence), judgement.status.value)
    level = known.level if known else ("MUST" if must else "SHOULD")
    match judgement.status:
        case Status.PASS:
            return _element(service, name, "", evidence), False, False
        case Status.FAIL if must:
            return _element(service, name, _failure(told, level, evidence), []), True, False
        case Status.FAIL:
            told = f"{level}: {told}"
        case other:
            told = f"{other}: {told}" if told != other.value else told
    return _element(service, name, _skipped(told), evidence), False, True


def _unowned(findings: list[Finding], sources: Sources) -> Iterator[_Case]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.requirement or finding.rule, []).append(finding)
    for key in sorted(groups, key=natural):
        known = sources.requirements.get(key)
        name = f"{key} {known.name}" if known else key
        evidence = [
            f"{_at(each.place.path, each.place.line)}: {each.message}" for each in groups[key]
        ]
        if any(each.severity is Severity.ERROR for each in groups[key]):
            failure = _failure(groups[key][0].message, "error", evidence)
            yield _element(REPOSITORY, name, failure, []), True, False
        else:
            told = f"advice: {groups[key][0].message}"
            yield _element(REPOSITORY, name, _skipped(told), evidence), False, True


def _element(service: str, name: str, outcome: str, evidence: Iterable[str]) -> str:
    head = f"    <testcase classname={_attribute(service)} name={_attribute(name)}"
    lines = list(evidence)
    out = f"      <system-out>{_text(lines)}</system-out>" if lines else ""
    inside = [each for each in (outcome, out) if each]
    return "\n".join([f"{head}>", *inside, "    </testcase>"]) if inside else f"{head}/>"


def _failure(message: str, kind: str, evidence: Iterable[str]) -> str:
    return (
        f"      <failure type={_attribute(kind)} message={_attribute(message)}>"
        f"{_text(evidence)}</failure>"
    )


def _skipped(message: str) -> str:
    return f"      <skipped message={_attribute(message)}/>"


def _at(path: str, line: int) -> str:
    return f"{path_text(path)}:{line}"


def _attribute(text: str) -> str:
    return f'"{escape(_NOT_XML.sub("?", spoken(text)))}"'


def _text(lines: Iterable[str]) -> str:
    return escape("\n".join(_NOT_XML.sub("?", spoken(line)) for line in lines), quote=False)
