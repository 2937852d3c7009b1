"""Checks what documents claim of services against what the code shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from lint.claim_topics import Topic, topic_of
from lint.documents import Standing, standing
from lint.facts import Claim, FileFacts
from lint.model import CheckedClaim, Evidence, Judgement, ServiceReport, Status, Verdict
from lint.project import Project, ServiceOf, place
from lint.spelling import spelled

_MOST_SHOWN: Final = 3
_EVERYBODY: Final = frozenset({"allservices", "everyservice"})
_LANGUAGES: Final = ("go", "python")
_ENDINGS: Final = re.compile(
    r"\W+(?:(?:micro)?service|svc|controller|server|team|integration|tests?|suites?|infra\w*"
    r"|migration|\([^)]*\))\s*$",
    re.IGNORECASE,
)
_ABOUT: Final = re.compile(
    r"migrat|complian|convert|programmatic|compose|podman|infra|implement|adopt|integration",
    re.IGNORECASE,
)


class _State(StrEnum):
    """What the code shows of a topic."""

    HOLDS = "holds"
    FAILS = "fails"
    NONE = "not applicable"
    UNKNOWN = "unknown"


_CONTRADICTED: Final[Mapping[str, frozenset[_State]]] = {
    "done": frozenset({_State.FAILS}),
    "pending": frozenset({_State.HOLDS}),
    "planned": frozenset({_State.HOLDS}),
    "violation": frozenset({_State.HOLDS, _State.NONE}),
    "not-applicable": frozenset({_State.HOLDS, _State.FAILS}),
    "unclear": frozenset(),
}


_OF_VERDICT: Final = {
    Verdict.COMPLIANT: _State.HOLDS,
    Verdict.PARTIAL: _State.FAILS,
    Verdict.VIOLATION: _State.FAILS,
    Verdict.NOT_APPLICABLE: _State.NONE,
    Verdict.UNKNOWN: _State.UNKNOWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PastClaim(CheckedClaim):
    """A claim of a document that no longer speaks for today: told, but no finding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What the code shows of one service, in words and with evidence."""

    service: str
    state: _State
    actual: str
    evidence: tuple[Evidence, ...]


def check_claims(project: Project, reports: Sequence[ServiceReport]) -> tuple[CheckedClaim, ...]:
    """Every claim about a service of this project and what the guidance asks of it, by place.

    Claims of other things and other tiers are left out. Documents of the past are checked like
    all others, as `PastClaim`. A claim about several services (a count, `all services`) has an
    empty `service`. What the code leaves unknown contradicts nothing.
    """
    checked: dict[CheckedClaim, None] = {}
    names = _names(project)
    for path, facts in sorted(project.files.items()):
        if facts.document is None or not facts.claims:
            continue
        rows = _rows(facts)
        made = CheckedClaim if standing(project, path) is Standing.LIVING else PastClaim
        for claim in facts.claims:
            row = " ".join(rows.get(claim.at.line, ()))
            topic = topic_of(claim, facts.document.title, row, project.guidance)
            if topic is None:
                continue
            if claim.total >= 0 or spelled(claim.subject) in _EVERYBODY:
                counted = _of_many(made, project, path, claim, topic, reports)
                checked.update(dict.fromkeys(counted))
            elif service := _service(claim, names):
                report = next((one for one in reports if one.name == service), None)
                if report:
                    checked[_of_one(made, path, claim, topic, report)] = None
    return tuple(checked)


def _rows(facts: FileFacts) -> dict[int, list[str]]:
    """Line → what the document says there: the notes of a table's row."""
    rows: dict[int, list[str]] = {}
    for mention in facts.mentions:
        rows.setdefault(mention.at.line, []).append(mention.text)
    return rows


def _names(project: Project) -> dict[str, str]:
    """Spelling → service, with the short names that documents put in brackets after the long."""
    names = {name: one.name for one in project.services for name in (*one.names, spelled(one.name))}
    for facts in project.files.values():
        for claim in facts.claims:
            found = re.fullmatch(
                r"(?P<name>[^()]+)\((?P<short>[A-Z]{2,8})\)", claim.subject.strip()
            )
            if found and (service := names.get(spelled(found["name"]))):
                names.setdefault(spelled(found["short"]), service)
    return names


def _service(claim: Claim, names: Mapping[str, str]) -> str:
    """The service that a subject names, empty when it names none of them."""
    subject = claim.subject
    while subject:
        if service := names.get(spelled(subject)):
            return service
        shorter = _ENDINGS.sub("", subject)
        if shorter == subject:
            break
        subject = shorter
    words = claim.subject.split()
    for count in range(min(4, len(words) - 1), 0, -1):
        rest = " ".join(words[count:])
        if (service := names.get(spelled(" ".join(words[:count])))) and _ABOUT.search(rest):
            return service
    return ""


def _shown(report: ServiceReport, topic: Topic) -> _Shown:
    judged = {
        one: report.requirements[one] for one in topic.requirements if one in report.requirements
    }
    if not judged:
        return _by_verdict(report)
    statuses = {one.status for one in judged.values()}
    if statuses & {Status.FAIL, Status.EXEMPT}:
        state = _State.FAILS
    elif Status.UNKNOWN in statuses:
        state = _State.UNKNOWN
    else:
        state = _State.HOLDS if Status.PASS in statuses else _State.NONE
    told = _telling(judged, state)
    words = ", ".join(f"{one} {judged[one].status}" for one in told)
    return _Shown(
        service=report.name,
        state=state,
        actual=f"{report.verdict} ({words})" if not topic.single else words,
        evidence=tuple(each for one in told for each in judged[one].evidence),
    )


def _by_verdict(report: ServiceReport) -> _Shown:
    state = _OF_VERDICT[report.verdict]
    must = {key: one for key, one in report.requirements.items() if key.startswith("R")}
    told = _telling(must, state)
    failing = f" ({', '.join(told)} fail)" if state is _State.FAILS and told else ""
    return _Shown(
        service=report.name,
        state=state,
        actual=f"{report.verdict}{failing}",
        evidence=tuple(each for one in told for each in must[one].evidence),
    )


def _telling(judged: Mapping[str, Judgement], state: _State) -> list[str]:
    """The requirements that make the state what it is."""
    wanted = {
        _State.FAILS: (Status.FAIL, Status.EXEMPT),
        _State.HOLDS: (Status.PASS,),
        _State.NONE: (Status.NOT_APPLICABLE,),
        _State.UNKNOWN: (Status.UNKNOWN,),
    }[state]
    return [key for key, one in judged.items() if one.status in wanted]


def _of_one(
    made: type[CheckedClaim], path: str, claim: Claim, topic: Topic, report: ServiceReport
) -> CheckedClaim:
    shown = _shown(report, topic)
    against = _CONTRADICTED.get(claim.status, frozenset())
    if claim.status == "not-applicable" and topic.single:
        against = frozenset({_State.FAILS})
    return made(
        place=place(path, claim.at),
        service=shown.service,
        claimed=claim.text,
        actual=shown.actual,
        contradicted=shown.state in against,
        shown_by=shown.evidence[:_MOST_SHOWN],
    )


def _of_many(
    made: type[CheckedClaim],
    project: Project,
    path: str,
    claim: Claim,
    topic: Topic,
    reports: Sequence[ServiceReport],
) -> Iterator[CheckedClaim]:
    """Of a count. The services counted are all, or those of a language that the text names."""
    people = _counted(project.services, claim.text)
    shown = [_shown(report, topic) for report in reports if report.name in people]
    if not shown:
        return
    inverse = claim.status not in ("done", "unclear")
    good = _State.FAILS if inverse else _State.HOLDS
    bad = _State.HOLDS if inverse else _State.FAILS
    sure = [one for one in shown if one.state is good]
    never = [one for one in shown if one.state is bad]
    total = len(shown) if claim.total < 0 else claim.total
    done = total if claim.total < 0 else claim.done
    # Of services that the count may leave out, none is known to be among those not done.
    too_many = len(never) > max(total, len(shown)) - done
    too_few = len(shown) == total and len(sure) > done
    witnesses = never if too_many else sure if too_few else []
    yield made(
        place=place(path, claim.at),
        service="",
        claimed=claim.text,
        actual=_actual(shown),
        contradicted=too_many or too_few,
        shown_by=tuple(one.evidence[0] for one in witnesses if one.evidence)[:_MOST_SHOWN],
    )


def _counted(services: Sequence[ServiceOf], text: str) -> frozenset[str]:
    words = set(re.findall(r"[a-z]+", text.lower()))
    asked = [one for one in _LANGUAGES if one in words]
    return frozenset(
        one.name for one in services if not asked or one.language.lower() in (*asked, "")
    )


def _actual(shown: Sequence[_Shown]) -> str:
    told = []
    for state, word in (
        (_State.HOLDS, "hold"),
        (_State.FAILS, "fail"),
        (_State.NONE, "not applicable"),
        (_State.UNKNOWN, "unknown"),
    ):
        names = [one.service for one in shown if one.state is state]
        if names:
            listed = f" ({', '.join(names)})" if state is not _State.HOLDS else ""
            told.append(f"{len(names)} {word}{listed}")
    return f"of {len(shown)}: {', '.join(told)}"
