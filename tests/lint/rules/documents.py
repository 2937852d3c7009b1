"""Projects made by hand of Markdown and comments, for the rules that judge documents."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from lint.effects import AnyEffect, Compose, Context, Entry, Start, Trace
from lint.facts import FileFacts, Mention
from lint.guidance.catalogue import load
from lint.languages.markdown import extract
from lint.model import (
    Evidence,
    Judgement,
    Place,
    ServiceReport,
    Status,
    Tier,
    Verdict,
)
from lint.program import Module, Span
from lint.project import Project, ServiceOf
from lint.rules.rule import Rule
from lint.spelling import spelled, spellings

TODAY = date(2026, 1, 15)
MARK = " ◄"
SERVICES = (
    *(("DataStorage", "go"), ("Gateway", "go"), ("Notification", "go"), ("AIAnalysis", "go")),
    ("HolmesGPT-API", "python"),
)


def project(
    files: Mapping[str, str | FileFacts],
    *,
    traces: tuple[Trace, ...] = (),
    as_of: date = TODAY,
    others: frozenset[str] = frozenset(),
) -> Project:
    """Texts are Markdown where the path ends in `.md`, else one comment a line."""
    facts = {
        path: one if isinstance(one, FileFacts) else _facts(path, one)
        for path, one in files.items()
    }
    return Project(
        files=facts,
        paths=frozenset(facts) | others,
        traces=traces,
        services=tuple(
            ServiceOf(name=name, language=language, names=spellings(name))
            for name, language in SERVICES
        ),
        attribution={},
        guidance=load().current(as_of),
        today=as_of,
    )


def _facts(path: str, text: str) -> FileFacts:
    if path.endswith(".md"):
        return extract(text.encode())
    mentions = [
        Mention("comment", line, Span(number, 1, number, len(line) + 1))
        for number, line in enumerate(text.split("\n"), 1)
        if line
    ]
    return FileFacts(language="go", program=Module(()), mentions=tuple(mentions))


def reported(rule: Rule, subject: Project) -> list[tuple[str, int]]:
    return [(hit.place.path, hit.place.line) for hit in rule.check(subject)]


def suite(path: str, *effects: AnyEffect, service: str = "Gateway") -> Trace:
    entry = Entry(
        kind="suite",
        name="suite",
        place=Place(path, 1),
        language="go",
        tier=Tier.INTEGRATION,
        services=(spelled(service),),
    )
    return Trace(entry=entry, effects=effects)


def start(path: str) -> Start:
    return Start(at=Place(path, 5), decided=Place(path, 5), context=Context(phase="setup"))


def compose(path: str) -> Compose:
    return Compose(at=Place(path, 6), decided=Place(path, 6), tool="podman-compose", verb="up")


def report(name: str, verdict: Verdict, **statuses: Status) -> ServiceReport:
    return ServiceReport(
        name=name,
        verdict=verdict,
        requirements={
            key: Judgement(
                status=status,
                evidence=(Evidence(place=Place(f"test/{name}.go", 7), why=f"{key} here"),),
            )
            for key, status in statuses.items()
        },
    )


def migrated(name: str) -> ServiceReport:
    return report(name, Verdict.COMPLIANT, R1=Status.PASS, R2=Status.PASS, R3=Status.PASS)


def on_compose(name: str) -> ServiceReport:
    return report(name, Verdict.VIOLATION, R1=Status.PASS, R2=Status.FAIL, R3=Status.PASS)
