"""A report with everything in it, and with what scanned files might try on whoever prints it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from lint.guidance.guidance import Requirement
from lint.model import (
    CheckedClaim,
    Coverage,
    Evidence,
    Finding,
    Judgement,
    Place,
    Related,
    Report,
    ServiceReport,
    Severity,
    SkippedFile,
    Status,
    Suppressed,
    Tier,
    Verdict,
)
from lint.outputs import Sources
from lint.project import Project
from lint.rules.rule import Example, Hit, Rule

GO: Final = "test/infrastructure/gateway.go"
SUITE: Final = "test/integration/gateway/suite_test.go"
HOSTILE: Final = "docs/\x1b]0;owned\x07 name, 100%: [x].md"

FILES: Final = {
    GO: [
        "package infrastructure",
        "",
        "func StartGateway() error {",
        '\tcmd := exec.Command("podman-compose", "-f", file, "up", "-d")',
        "\treturn cmd.Run()",
        "}",
    ],
    SUITE: ["package gateway", "", "var _ = BeforeSuite(func() {", "\tStartGateway()", "})"],
    "scripts/start.sh": ['echo "\x1b[31m数据\x1b[0m"; podman run -d postgres:latest  # \u202egnp'],
    HOSTILE: ["::add-mask::everything", "| gateway | \x9b2J done |"],
}


def lines(path: str) -> Sequence[str]:
    return FILES.get(path, ())


def _nothing(_project: Project) -> Iterator[Hit]:
    return iter(())


def rule(name: str, code: str, requirement: str, severity: Severity) -> Rule:
    return Rule(
        name=name,
        code=code,
        requirement=requirement,
        severity=severity,
        summary=f"Reports {name}.",
        why=f"Because of {name}.",
        remedy=f"Do something else than {name}.",
        check=_nothing,
        examples=(
            Example(title="at work", files={"Makefile": "up:\n\tpodman-compose up ◄\n"}),
            Example(title="a comment", files={"a.py": "# podman-compose up\n"}),
        ),
    )


def requirement(id_: str, name: str, level: str, *rules: str) -> Requirement:
    return Requirement(id=id_, name=name, level=level, text=f"About {name}.", rules=rules)


RULES: Final = {
    each.name: each
    for each in (
        rule("compose-invocation", "SW201", "R2", Severity.ERROR),
        rule("mutable-image-tag", "SW401", "R4", Severity.NOTE),
        rule("stale-citation", "SW501", "S5", Severity.WARNING),
    )
}
REQUIREMENTS: Final = {
    each.id: each
    for each in (
        requirement("R1", "programmatic-setup", "MUST"),
        requirement("R2", "no-compose", "MUST NOT", "compose-invocation"),
        requirement("R4", "unique-image-tags", "MUST", "mutable-image-tag"),
        requirement("R10", "cleanup", "MUST"),
        requirement("S5", "current-citations", "SHOULD", "stale-citation"),
    )
}
SOURCES: Final = Sources(
    lines=lines, rules=RULES, requirements=REQUIREMENTS, version=lambda: "1.2.3"
)

COMPOSE: Final = Finding(
    rule="compose-invocation",
    code="SW201",
    requirement="R2",
    severity=Severity.ERROR,
    place=Place(GO, 4, 9, 4, 63),
    message="`podman-compose up` is run",
    remedy="Start the containers from the suite, one by one.",
    services=("gateway",),
    tier=Tier.INTEGRATION,
    reachable=True,
    related=(Related(place=Place(SUITE, 4, 2), why="called in the before-hook"),),
    fingerprint="0a1b2c",
)
IMAGE: Final = Finding(
    rule="mutable-image-tag",
    code="SW401",
    requirement="R4",
    severity=Severity.NOTE,
    place=Place("scripts/start.sh", 1, 23, 1, 53),
    message="`postgres:latest` names another image tomorrow, <img src=x> | {0} [a](1)",
    remedy="",
    fingerprint="0a1b2d",
)
CITATION: Final = Finding(
    rule="stale-citation",
    code="SW501",
    requirement="S5",
    severity=Severity.WARNING,
    place=Place(HOSTILE, 1, 1, 2, 9),
    message="cites DD-TEST-002\n::error::, \x1b[2Jsuperseded & @everybody",
    remedy="Cite DD-INTEGRATION-001 2.0.",
    services=("gateway", "holmesgpt-api"),
    fingerprint="0a1b2e",
)
LET_PASS: Final = Finding(
    rule="compose-invocation",
    code="SW201",
    requirement="R2",
    severity=Severity.ERROR,
    place=Place("Makefile", 12),
    message="`docker compose up` is run",
    remedy="Start the containers from the suite, one by one.",
    services=("holmesgpt-api",),
    tier=Tier.E2E,
    fingerprint="0a1b2f",
    suppressed=Suppressed(
        by="exemption", reason="moves with v2", owner="team-hapi", until="2026-06-30"
    ),
)

REPORT: Final = Report(
    guidance_id="DD-INTEGRATION-001",
    guidance_version="2.0",
    coverage=Coverage(
        scanned=120,
        matched=14,
        skipped=(
            SkippedFile(path="build/app", why="binary"),
            SkippedFile(path="old\x1b[1m.go", why="larger than 2 MiB"),
        ),
    ),
    findings=(COMPOSE, IMAGE, CITATION, LET_PASS),
    services=(
        ServiceReport(
            name="gateway",
            verdict=Verdict.VIOLATION,
            requirements={
                "R1": Judgement(
                    status=Status.PASS,
                    evidence=(Evidence(place=Place(SUITE, 4), why="the suite starts containers"),),
                ),
                "R2": Judgement(
                    status=Status.FAIL,
                    evidence=(
                        Evidence(
                            place=Place(GO, 4),
                            why="runs podman-compose",
                            chain=(
                                Related(place=Place(SUITE, 3), why="suite gateway, before-hook"),
                                Related(place=Place(SUITE, 4), why="calls StartGateway"),
                            ),
                        ),
                    ),
                ),
                "R4": Judgement(status=Status.UNKNOWN, reason="the tag comes from `os.Getenv`"),
                "R10": Judgement(status=Status.NOT_APPLICABLE),
                "S5": Judgement(
                    status=Status.FAIL,
                    evidence=(Evidence(place=Place(HOSTILE, 1), why="a stale citation"),),
                ),
            },
        ),
        ServiceReport(
            name="holmesgpt-api",
            verdict=Verdict.PARTIAL,
            requirements={
                "R1": Judgement(status=Status.PASS),
                "R2": Judgement(status=Status.EXEMPT, reason="moves with v2"),
                "S5": Judgement(status=Status.PASS),
            },
        ),
    ),
    claims=(
        CheckedClaim(
            place=Place(HOSTILE, 2),
            service="gateway",
            claimed="done ✅",
            actual="violation of R2",
            contradicted=True,
        ),
        CheckedClaim(
            place=Place("README.md", 3),
            service="holmesgpt-api",
            claimed="pending",
            actual="partial",
            contradicted=False,
        ),
    ),
    notes=("no git repository: all files were read",),
)
EMPTY: Final = Report(
    guidance_id="DD-INTEGRATION-001",
    guidance_version="2.0",
    coverage=Coverage(scanned=0, matched=0),
)
