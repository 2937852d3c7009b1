"""The rules that judge documents and comments, on projects made by hand."""

from __future__ import annotations

from datetime import date

import pytest

from lint.claims import PastClaim, check_claims
from lint.model import ServiceReport, Status, Verdict
from lint.rules import contradicted_claim, forbidden_advice, stale_citation, stale_comment
from lint.rules.rule import Rule
from tests.lint.rules.documents import (
    MARK,
    compose,
    migrated,
    on_compose,
    project,
    report,
    reported,
    start,
    suite,
)

ORCHESTRATION = "docs/decisions/DD-TEST-002-integration-test-container-orchestration.md"


def marked(text: str) -> tuple[str, list[int]]:
    lines = text.split("\n")
    found = [number for number, line in enumerate(lines, 1) if line.endswith(MARK)]
    return "\n".join(line.removesuffix(MARK) for line in lines), found


def judged(rule: Rule, path: str, text: str) -> None:
    clean, expected = marked(text)
    assert reported(rule, project({path: clean})) == [(path, line) for line in expected]


def test_a_citation_of_a_superseded_document_is_reported_at_its_line() -> None:
    judged(
        stale_citation.RULE,
        "test/infrastructure/gateway.go",
        "StartGateway does the sequential startup of DD-TEST-002. ◄\n"
        "PostgreSQL first (DD-TEST-002 §3.3). ◄\n"
        "Images are tagged as DD-INTEGRATION-001 v2.0 asks.\n"
        "Built as DD-INTEGRATION-001 v1.0 says. ◄\n"
        "Ports: DD-TEST-001 v1.6, cleanup: DD-TEST-001 v1.1.\n"
        "See DD-INTEGRATION-001.",
    )


@pytest.mark.parametrize(
    "said",
    [
        "DD-TEST-002 is superseded by DD-INTEGRATION-001; sequential startup",
        "sequential startup, instead of DD-TEST-002 scripts",
        "Historical: DD-TEST-002 container orchestration",
        "sequential startup replaces DD-TEST-002",
        "sequential: DD-TEST-0021",
        "sequential: XDD-TEST-002",
    ],
)
def test_a_sentence_that_tells_of_the_past_cites_nothing_as_an_authority(said: str) -> None:
    assert reported(stale_citation.RULE, project({"a.go": said})) == []


def test_two_documents_of_one_number_are_told_apart() -> None:
    parallel = "Phase 4 deploys in parallel on Kind (DD-TEST-002)"
    bare = "see DD-TEST-002"
    linked = f"[it](./{ORCHESTRATION}) and `{ORCHESTRATION}`"
    other = "docs/decisions/DD-TEST-002-parallel-test-execution-standard.md"
    subject = project({"e2e.go": parallel, "bare.go": bare, "linked.go": linked, "o.go": other})
    assert reported(stale_citation.RULE, subject) == [("linked.go", 1)]


def test_a_number_alone_means_the_only_document_of_it_in_the_repository() -> None:
    files = {"bare.go": "see DD-TEST-002"}
    assert reported(stale_citation.RULE, project(files, others=frozenset({ORCHESTRATION}))) == [
        ("bare.go", 1)
    ]


def test_what_a_file_says_elsewhere_settles_which_document_it_cites() -> None:
    text = "sequential container startup of DD-TEST-002\nredis last, as DD-TEST-002 §3.6"
    assert reported(stale_citation.RULE, project({"a.go": text})) == [("a.go", 1), ("a.go", 2)]


def test_a_citation_was_current_before_the_document_was_superseded() -> None:
    files = {"a.go": "sequential startup, DD-TEST-002"}
    assert reported(stale_citation.RULE, project(files, as_of=date(2025, 12, 24))) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (ORCHESTRATION, "# DD-TEST-002: Container orchestration\n\nsequential, DD-TEST-002\n"),
        ("docs/handoff/X.md", "# X\n\nSequential startup by DD-TEST-002.\n"),
        ("docs/X_DEC_23_2025.md", "# X\n\nSequential startup by DD-TEST-002.\n"),
        ("CHANGELOG.md", "# Changes\n\n- Sequential startup by DD-TEST-002.\n"),
        ("docs/deprecated/x.md", "# X\n\nSequential startup by DD-TEST-002.\n"),
        ("docs/x.md", "# X\n\n**Status**: Deprecated\n\nSequential startup by DD-TEST-002.\n"),
        ("docs/x.md", "# X\n\n> This guide is outdated.\n\nSequential startup by DD-TEST-002.\n"),
        ("docs/x.md", "# X\n\n## History\n\nSequential startup by DD-TEST-002.\n"),
        ("docs/x.md", "# X\n\n```go\n// sequential startup, DD-TEST-002\n```\n"),
        (
            "docs/decisions/DD-INTEGRATION-001-local-image-builds.md",
            "# DD-INTEGRATION-001: Local image builds\n\nSequential startup: DD-TEST-002.\n",
        ),
    ],
)
def test_documents_of_the_past_may_cite_the_past(path: str, text: str) -> None:
    assert reported(stale_citation.RULE, project({path: text})) == []


def test_a_living_document_may_not() -> None:
    judged(
        stale_citation.RULE,
        "docs/testing.md",
        "# Testing\n\nSequential container startup\nfollows DD-TEST-002 v1.1.\n".replace(
            "v1.1.", "v1.1. ◄"
        )
        + "\n| Topic | Authority |\n|---|---|\n| sequential startup | DD-TEST-002 | ◄\n",
    )


ADVICE = [
    "# Integration tests\n\nRun `podman-compose up -d` first. ◄\n",
    "# Integration tests\n\n1. Start the stack with docker-compose. ◄\n2. Run the suite.\n",
    "# X\n\n## Integration test infrastructure\n\n- Use docker compose for PostgreSQL ◄\n",
    "# Integration tests\n\n### ✅ Use `podman-compose` For: ◄\n\n- a single service\n",
    "# Integration tests\n\n| Case | Use |\n|--|--|\n| one service | ✅ **`podman-compose`** | ◄\n",
    "# Integration tests\n\n```bash\n# first\n$ podman-compose -f x.yml up -d ◄\n```\n",
    "# Integration tests\n\n```yaml\n- run: docker compose up -d ◄\n```\n",
    "# Integration tests\n\n```\nCOMPOSE=1 docker-compose build && go test ◄\n```\n",
    "# Integration tests\n\n```python\nimport subprocess\n"
    'subprocess.run(["podman-compose", "up", "-d"]) ◄\n```\n',
    '# Integration tests\n\n```go\ncmd := exec.Command("./setup-infrastructure.sh") ◄\n```\n',
    "# Integration tests\n\n```sh\n./scripts/start-containers.sh ◄\n```\n",
    "# Integration tests\n\nExecute `./setup-infrastructure.sh` before the suite. ◄\n",
    "# Integration tests\n\nInfrastructure is managed by podman-compose. ◄\n",
]


@pytest.mark.parametrize("text", ADVICE)
def test_advice_that_the_guidance_forbids_is_reported(text: str) -> None:
    judged(forbidden_advice.RULE, "docs/testing.md", text)


@pytest.mark.parametrize(
    "text",
    [
        "# Integration tests\n\nNever run `podman-compose up`.\n",
        "# Integration tests\n\n❌ Use podman-compose.\n",
        "# Integration tests\n\nRun the suite; it does not need podman-compose.\n",
        "# Integration tests\n\nContainers start one by one rather than using podman-compose.\n",
        "# Integration tests\n\nUsing podman-compose causes a race.\n",
        "# Integration tests\n\n## Deprecated\n\nRun `podman-compose up`.\n",
        "# Integration tests\n\n### ❌ Never Use `podman-compose` For:\n\n- podman-compose up\n",
        "# Integration tests\n\nDo not do this:\n\n```bash\npodman-compose up -d\n```\n",
        "# Integration tests\n\n```bash\n# ❌ WRONG\npodman-compose up -d\n```\n",
        "# Integration tests\n\n```bash\npodman-compose up -d  # forbidden\n```\n",
        "# Integration tests\n\n```bash\npodman-compose --version\n```\n",
        "# Integration tests\n\n```bash\npip install podman-compose\n```\n",
        '# Integration tests\n\n```go\nexec.LookPath("podman-compose")\n```\n',
        "# Integration tests\n\n| Before | After |\n|--|--|\n| run podman-compose | go test |\n",
        "# Integration tests\n\n| Service | Status | Tool |\n|--|--|--|\n"
        "| A | ⚠️ VIOLATION | use podman-compose |\n",
        "# Integration tests\n\nRun `./scripts/generate-mocks.sh` first.\n",
        "# Platform\n\nStart everything with `docker compose up`.\n",
        "# Integration tests\n\n## E2E\n\nStart it with podman-compose.\n",
        "# Integration tests\n\n**Status**: Superseded by X\n\nRun `podman-compose up`.\n",
        "# Integration tests\n\n**Status**: Draft\n\nRun `podman-compose up`.\n",
        "# Integration tests\n\nThe file `podman-compose.test.yml` is used by nobody.\n",
    ],
)
def test_what_rejects_compose_or_belongs_elsewhere_is_no_advice(text: str) -> None:
    judged(forbidden_advice.RULE, "docs/testing.md", text)


def test_compose_was_good_advice_before_it_was_forbidden() -> None:
    files = {"docs/t.md": "# Integration tests\n\nRun `podman-compose up -d`.\n"}
    assert reported(forbidden_advice.RULE, project(files, as_of=date(2025, 12, 17))) == []


HELPER = "test/infrastructure/gateway.go"


def test_a_comment_about_compose_is_stale_where_containers_are_started_without_it() -> None:
    files = {HELPER: "StartGateway brings PostgreSQL up via podman-compose."}
    traces = (suite("test/integration/gateway/suite_test.go", start(HELPER)),)
    assert reported(stale_comment.RULE, project(files, traces=traces)) == [(HELPER, 1)]


def test_a_comment_about_compose_is_true_where_the_same_service_runs_it() -> None:
    files = {HELPER: "StartGateway brings PostgreSQL up via podman-compose."}
    own = (suite(HELPER, start(HELPER), compose(HELPER)),)
    other = (suite(HELPER, start(HELPER)), suite("test/other.go", compose("test/other.go")))
    for traces in (own, other):
        assert reported(stale_comment.RULE, project(files, traces=traces)) == []


@pytest.mark.parametrize(
    "comment",
    [
        "podman-compose ignores health conditions, so start one after another",
        "Started without podman-compose",
        "We used podman-compose up before.",
        "Names are the same as with podman-compose",
        "No need to run podman-compose",
        "replaces the use of podman-compose",
        "runs ./scripts/generate.sh",
    ],
)
def test_a_comment_that_only_mentions_compose_is_not_stale(comment: str) -> None:
    traces = (suite(HELPER, start(HELPER)),)
    assert reported(stale_comment.RULE, project({HELPER: comment}, traces=traces)) == []


def test_a_comment_in_code_that_starts_nothing_is_not_judged() -> None:
    files = {"cmd/main.go": "Deploys with docker-compose up."}
    traces = (suite(HELPER, start(HELPER)),)
    assert reported(stale_comment.RULE, project(files, traces=traces)) == []


MIGRATION = "# Integration test migration status\n\n| Service | Status |\n|---|---|\n"


def claims_of(
    text: str, *reports: ServiceReport, path: str = "docs/status.md"
) -> list[tuple[str, bool]]:
    checked = check_claims(project({path: text}), reports)
    return [(one.service, one.contradicted) for one in checked]


def test_a_migration_table_is_compared_with_how_containers_are_started() -> None:
    rows = "| Gateway | ✅ Migrated |\n| DataStorage | ✅ Migrated |\n| AIAnalysis | ⏳ Pending |\n"
    reports = (on_compose("Gateway"), migrated("DataStorage"), migrated("AIAnalysis"))
    assert claims_of(MIGRATION + rows, *reports) == [
        ("Gateway", True),
        ("DataStorage", False),
        ("AIAnalysis", True),
    ]


def test_migrated_holds_for_a_service_that_breaks_another_requirement_only() -> None:
    tags = report("Gateway", Verdict.PARTIAL, R2=Status.PASS, R3=Status.PASS, R4=Status.FAIL)
    assert claims_of(MIGRATION + "| Gateway | ✅ Migrated |\n", tags) == [("Gateway", False)]
    compliance = "# Integration tests\n\n| Service | Compliance |\n|--|--|\n| Gateway | ✅ |\n"
    assert claims_of(compliance, tags) == [("Gateway", True)]


def test_a_matrix_is_compared_requirement_by_requirement() -> None:
    matrix = (
        "# Integration tests\n\n| Service | No compose | Unique image tags |\n|--|--|--|\n"
        "| Gateway | ✅ | ✅ |\n"
    )
    tags = report("Gateway", Verdict.PARTIAL, R2=Status.PASS, R4=Status.FAIL)
    assert claims_of(matrix, tags) == [("Gateway", False), ("Gateway", True)]


def test_not_applicable_is_contradicted_by_a_service_with_containers() -> None:
    rows = "| Gateway | N/A |\n| Notification | N/A |\n"
    nothing = report("Notification", Verdict.NOT_APPLICABLE, R2=Status.NOT_APPLICABLE)
    assert claims_of(MIGRATION + rows, on_compose("Gateway"), nothing) == [
        ("Gateway", True),
        ("Notification", False),
    ]


def test_what_the_code_leaves_unknown_contradicts_nothing() -> None:
    unknown = report("Gateway", Verdict.UNKNOWN, R2=Status.UNKNOWN)
    for said in ("✅ Migrated", "⏳ Pending", "❌ Violation", "N/A"):
        assert claims_of(f"{MIGRATION}| Gateway | {said} |\n", unknown) == [("Gateway", False)]


def test_an_exempt_service_is_never_migrated() -> None:
    exempt = report("Gateway", Verdict.PARTIAL, R1=Status.PASS, R2=Status.EXEMPT)
    assert claims_of(MIGRATION + "| Gateway | ✅ Migrated |\n", exempt) == [("Gateway", True)]


@pytest.mark.parametrize(
    ("said", "contradicted"),
    [
        ("4/5 services migrated", False),
        ("5/5 services migrated", True),
        ("3 of 5 services are migrated", True),
        ("All 5 services are migrated.", True),
        ("All services are migrated.", True),
        ("4/4 Go services migrated", True),
        ("1 of 5 services pending", False),
        ("2 of 5 services pending", True),
        ("5/8 services migrated", False),
        ("8/8 services migrated", True),
    ],
)
def test_counts_are_compared_with_the_services(said: str, contradicted: bool) -> None:
    reports = (
        *(migrated(name) for name in ("DataStorage", "Notification", "AIAnalysis")),
        *(migrated("HolmesGPT-API"), on_compose("Gateway")),
    )
    assert claims_of(f"# Migration status\n\n{said}\n", *reports) == [("", contradicted)]


def test_claims_of_other_things_and_tiers_are_left_out() -> None:
    text = (
        "# E2E phase 4 deployment\n\n| Service | Status |\n|--|--|\n| Gateway | ✅ Complete |\n\n"
        "# Team\n\n- ✅ **Gateway**: README reviewed\n- [x] Buy milk\n"
        "| Service | Database migrations |\n|--|--|\n| Gateway | ✅ |\n"
    )
    assert claims_of(text, on_compose("Gateway")) == []


def test_a_goal_is_no_claim() -> None:
    text = "# Integration tests\n\n## Success criteria\n\n- ✅ All services are migrated\n"
    assert claims_of(text, on_compose("Gateway")) == []


def test_short_names_in_brackets_are_known_afterwards() -> None:
    text = (
        "# Integration test migration\n\n- ✅ **HolmesGPT-API (HAPI)**: migrated\n"
        "- [ ] HAPI migrates from podman-compose\n"
    )
    assert claims_of(text, migrated("HolmesGPT-API")) == [
        ("HolmesGPT-API", False),
        ("HolmesGPT-API", True),
    ]


def test_a_hit_shows_both_lines() -> None:
    subject = project({"docs/status.md": MIGRATION + "| Gateway | ✅ Migrated |\n"})
    (hit,) = contradicted_claim.hits(check_claims(subject, (on_compose("Gateway"),)))
    assert str(hit.place) == "docs/status.md:5"
    assert [str(one.place) for one in hit.related] == ["test/Gateway.go:7"]
    assert hit.services == ("Gateway",)
    assert "violation (R2 fail)" in hit.message


def test_claims_of_past_documents_are_told_without_a_finding() -> None:
    path = "docs/handoff/STATUS_DEC_20_2025.md"
    subject = project({path: MIGRATION + "| Gateway | ✅ Migrated |\n"})
    (claim,) = check_claims(subject, (on_compose("Gateway"),))
    assert isinstance(claim, PastClaim)
    assert claim.contradicted
    assert list(contradicted_claim.hits([claim])) == []
