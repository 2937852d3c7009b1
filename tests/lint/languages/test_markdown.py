"""What is read from Markdown."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lint.facts import Claim, FileFacts, Mention
from lint.languages.markdown import extract


def read(text: str) -> FileFacts:
    return extract(text.encode())


def claims(text: str) -> list[tuple[str, str, int]]:
    return [(one.subject, one.status, one.at.line) for one in read(text).claims]


def counts(text: str) -> list[tuple[str, int, int]]:
    return [(one.status, one.done, one.total) for one in read(text).claims if one.total >= 0]


def mentions(text: str, kind: str) -> list[Mention]:
    return [one for one in read(text).mentions if one.kind == kind]


TABLE = """\
# Migration

| # | Service | Language | Status | Notes |
|---|:--------|----------|--------|-------|
| 1 | **DataStorage** | Go | ✅ Migrated | done in May |
| 2 | [Gateway](x.md) | Go | ⏳ Pending | - |
| 3 | `hapi` | Python | 🔄 Planned | |
| 4 | AIAnalysis | Go | ⚠️ VIOLATION | podman-compose |
| 5 | Notification | Go | N/A | |
| 6 | SignalProcessing | Go | ❌ | |
| 7 | RemediationOrchestrator | Go | not migrated | |
| 8 | WorkflowExecution | Go | in progress, done soon | |
| 9 | Embedding | Go | - | |
| **TOTAL** | - | - | **1/8 migrated** | |
"""


def test_a_table_of_services_tells_the_status_of_each() -> None:
    assert claims(TABLE) == [
        ("DataStorage", "done", 5),
        ("Gateway", "pending", 6),
        ("hapi", "planned", 7),
        ("AIAnalysis", "violation", 8),
        ("Notification", "not-applicable", 9),
        ("SignalProcessing", "violation", 10),
        ("RemediationOrchestrator", "pending", 11),
        ("WorkflowExecution", "pending", 12),
        ("", "done", 14),
    ]
    assert counts(TABLE) == [("done", 1, 8)]


def test_a_claim_stands_at_its_cell_under_its_headings_and_column() -> None:
    claim = read(TABLE).claims[0]
    line = TABLE.split("\n")[claim.at.line - 1]
    assert line[claim.at.column - 1 :].startswith("✅ Migrated")
    assert claim.text == "✅ Migrated"
    assert claim.heading == ("Migration", "Status")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- ✅ **DataStorage**: Fixed (Dec 20)", [("DataStorage", "done", 1)]),
        ("- ⚠️ **Gateway**: Known issue, pending fix", [("Gateway", "pending", 1)]),
        ("- **Gateway** - ✅ migrated", [("Gateway", "done", 1)]),
        ("- Gateway ✅", [("Gateway", "done", 1)]),
        ("- **Gateway**: pending", [("Gateway", "pending", 1)]),
        ("* [x] Gateway\n* [ ] Redis", [("Gateway", "done", 1), ("Redis", "pending", 2)]),
        ("- ✅ A, B and C", [("A", "done", 1), ("B", "done", 1), ("C", "done", 1)]),
        ("Migrated services:\n\n- Gateway", [("Gateway", "done", 3)]),
        ("### 1. Gateway ✅ MIGRATED", [("Gateway", "done", 1)]),
        ("### ⏳ Gateway", [("Gateway", "pending", 1)]),
        ("Gateway is fully migrated.", [("Gateway", "done", 1)]),
        ("Now\nGateway is not yet migrated.", [("Gateway", "pending", 2)]),
        ("All services are compliant.", [("all services", "done", 1)]),
        ("> - ✅ **Gateway**: done", [("Gateway", "done", 1)]),
    ],
)
def test_lists_headings_and_sentences_claim_as_well(
    text: str, expected: list[tuple[str, str, int]]
) -> None:
    assert claims(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "- Gateway: listens on 8080",
        "- **Note**: the suite is slow",
        "- [x] Use `podman run` with explicit waits",
        "## 📋 Overview",
        "All services must be compliant.",
        "| File | Changes |\n|---|---|\n| a.go | ✅ Added |",
        "```\n| Service | Status |\n|---|---|\n| Gateway | Done |\n```",
        "<!-- - ✅ **Gateway**: done -->",
        "| Service | Port |\n|---|---|\n| Gateway | 18080 |",
    ],
)
def test_what_is_no_status_of_a_named_thing_is_no_claim(text: str) -> None:
    assert claims(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7/8 migrated", [("done", 7, 8)]),
        ("**Progress**: 6 of 8 services", [("done", 6, 8)]),
        ("3 out of 8 services pending", [("pending", 3, 8)]),
        ("All 6 Go services are migrated", [("done", 6, 6)]),
        ("on 12/23/2025 migrated", []),
        ("9/8 migrated", []),
        ("pages 3/4", []),
        ("Phase 3/4 completed", []),
    ],
)
def test_counts_are_claims(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert counts(text) == expected


def test_a_matrix_claims_cell_by_cell_whichever_way_it_lies() -> None:
    upright = "| Service | No compose | Tags |\n|--|--|--|\n| Gateway | ✅ | ❌ |\n"
    lying = "| Requirement | Gateway | Redis |\n|--|--|--|\n| No compose | ✅ | ❌ |\n"
    assert [(one.subject, one.status, one.heading) for one in read(upright).claims] == [
        ("Gateway", "done", ("No compose",)),
        ("Gateway", "violation", ("Tags",)),
    ]
    assert [(one.subject, one.status, one.heading) for one in read(lying).claims] == [
        ("Gateway", "done", ("No compose",)),
        ("Redis", "violation", ("No compose",)),
    ]


def test_a_fence_begins_at_its_first_line_of_code() -> None:
    text = "# A\n\nRun:\n\n```Bash title=x\n# first\npodman ps\n```\n\n    indented\n"
    fence, code = mentions(text, "fence")
    assert (fence.language, fence.at.line, fence.heading) == ("bash", 6, ("A", "Run:"))
    assert fence.text == "# first\npodman ps\n"
    assert (code.language, code.at.line, code.text) == ("", 10, "indented\n")


def test_headings_lead_ins_and_items_stand_above_what_they_open() -> None:
    text = (
        "# A\n\n## B\n\nNever:\n\n- one\n\n  ```\n  two\n  ```\n\nthree\n\n"
        "**Old way**\n\nfour\n\nfive\n\n# C\n\nsix\n"
    )
    above = {one.text.strip(): one.heading for one in read(text).mentions}
    assert above["one"] == ("A", "B", "Never:")
    assert above["two"] == ("A", "B", "Never:", "one")
    assert above["three"] == ("A", "B")
    assert above["five"] == ("A", "B", "**Old way**")
    assert above["six"] == ("C",)


def test_each_cell_is_a_mention_under_the_head_of_its_column() -> None:
    cells = mentions("| A | B |\n|---|---|\n| x | `y` |\n", "prose")
    assert [(one.text, one.at.line, one.at.column, one.heading) for one in cells] == [
        ("A", 1, 3, ()),
        ("B", 1, 7, ()),
        ("x", 3, 3, ("A",)),
        ("`y`", 3, 7, ("B",)),
    ]


def test_a_paragraph_keeps_its_lines_in_quotations_and_lists() -> None:
    (one,) = mentions("> - a\n>   b\n", "prose")
    assert (one.text, one.at.line, one.at.end_line) == ("a\nb", 1, 2)


def test_link_definitions_are_read_as_prose() -> None:
    (one,) = mentions("[auth]: ./DD-TEST-002.md\n", "prose")
    assert "DD-TEST-002" in one.text


@pytest.mark.parametrize(
    ("text", "covers"),
    [
        ("<!-- stackwright: ignore[a] why -->\n\ntext\n", 3),
        ("<!-- stackwright: ignore[a] why -->\n<!-- note -->\ntext\n", 3),
        ("| a | <!-- stackwright: ignore[a] why -->\n|---|---|\n", 1),
        ("text <!-- stackwright: ignore[a] why -->\nmore\n", 1),
        ("more\ntext <!-- stackwright: ignore[a] why -->\n", 2),
        ("<!--\nstackwright: ignore[a] why\n-->\ntext\n", 4),
        ("- <!-- stackwright: ignore[a] why --> text\n", 1),
        ("> <!-- stackwright: ignore[a] why -->\n> text\n", 2),
        ("<!-- stackwright: ignore-file[a] why -->\n", 0),
    ],
)
def test_a_hidden_comment_suppresses(text: str, covers: int) -> None:
    (one,) = read(text).suppressions
    assert (one.rules, one.reason, one.covers, one.problem) == (("a",), "why", covers, "")


@pytest.mark.parametrize(
    "text",
    ["`<!-- stackwright: ignore[a] why -->`", "```\n<!-- stackwright: ignore[a] why -->\n```"],
)
def test_a_comment_that_is_shown_as_code_suppresses_nothing(text: str) -> None:
    assert read(text).suppressions == ()


def test_a_hidden_comment_is_not_mentioned() -> None:
    assert next(one.text for one in read("a <!-- b --> c <!-- d\n\ne").mentions) == "a  c "


def test_a_document_tells_of_itself_in_its_head() -> None:
    text = (
        "# DD-TEST-002: Container *Orchestration*\n\n**Status**: ❌ **DEPRECATED**\n"
        "**Version:** 1.2\n- **Superseded By**: [DD-INTEGRATION-001 v2.0](x.md)\n\n"
        "## Body\n\n**Owner**: nobody\n"
    )
    found = read(text).document
    assert found is not None
    assert found.title == "DD-TEST-002: Container Orchestration"
    assert (found.number, found.version) == ("DD-TEST-002", "1.2")
    assert (found.status, found.superseded_by) == ("❌ DEPRECATED", "DD-INTEGRATION-001 v2.0")
    assert "owner" not in found.tells


@pytest.mark.parametrize(
    ("text", "status", "successor"),
    [
        (
            "# ADR-007: X\n\n## Status\n\nSuperseded by [ADR-9](y.md)\n",
            "Superseded by ADR-9",
            "ADR-9",
        ),
        ("---\ntitle: ADR-007\nstatus: accepted\n---\n\n# X\n", "accepted", ""),
        ("# X\n\n| Status | Accepted |\n|--|--|\n| Date | May |\n", "Accepted", ""),
        ("# X\n\n**Superseded By**: N/A\n**Status**: Draft\n", "Draft", ""),
        ("no head at all", "", ""),
    ],
)
def test_other_forms_of_a_head(text: str, status: str, successor: str) -> None:
    found = read(text).document
    assert found is not None
    assert (found.status, found.superseded_by) == (status, successor)


def test_a_banner_says_that_a_document_is_over() -> None:
    found = read("# X\n\n> ⚠️ This guide is deprecated.\n").document
    assert found is not None
    assert "deprecated" in found.tells["banner"]
    usage = read("# X\n\n> Do not use podman-compose here.\n").document
    assert usage is not None
    assert "banner" not in usage.tells


def test_front_matter_is_no_prose_and_moves_no_line() -> None:
    found = read("---\ntitle: A\n# no: heading\n---\n\ntext\n")
    assert [(one.text, one.at.line) for one in found.mentions] == [("text", 6)]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xef\xbb\xbf# A\r\n\r\n- \xe2\x9c\x85 **B**: done\r\n",
        b"# A\r\r- \xe2\x9c\x85 **B**: done\r",
        b"\xff\xfe\x00\x01",
        b"| a |\n|---|---|\n| b | c | d |\n|",
        b"---\n",
        b"---\na: b\n",
        b"<div>\n<table><tr><td>x</td></tr></table>\n",
        b"<!--",
        b"```\nopen",
    ],
)
def test_broken_files_are_read_as_far_as_they_go(data: bytes) -> None:
    assert extract(data).language == "markdown"


def test_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    plain = extract("# A\n\n- ✅ **B**: done\n".encode())
    assert extract("\ufeff# A\r\n\r\n- ✅ **B**: done\r\n".encode()) == plain
    assert extract("# A\r\r- ✅ **B**: done\r".encode()) == plain


def test_a_document_without_end_is_read_in_part_and_says_so() -> None:
    found = extract((b"a" * 99 + b"\n") * 11_000)
    assert "longer than" in found.unparsable[0].why
    assert found.unparsable[0].at.line == 10_001


@pytest.mark.parametrize(
    "evil",
    [
        "> " * 20_000,
        "- " * 20_000,
        "1. " * 20_000,
        "[" * 50_000,
        "`" * 50_000,
        "*" * 50_000,
        "<!--" * 20_000,
        "`a <!--" * 10_000,
        "A " * 30_000 + "is migrated",
        "- " + "a-" * 30_000,
        "- " + "a " * 30_000 + ": done",
        "**A" * 20_000,
        "7/8 " * 20_000 + "migrated",
        "all the services " * 10_000,
        "(" * 30_000 + "A",
        "| Service | Status |\n|--|--|\n" + "| a | done |\n" * 2_000,
        "Gateway (" * 10_000,
        "is " * 30_000,
        "# " + "A " * 20_000 + "✅",
    ],
)
def test_hostile_text_takes_no_time(evil: str) -> None:
    before = time.perf_counter()
    extract(evil.encode())
    assert time.perf_counter() - before < 5


WORDS = st.sampled_from(
    [
        *("# ", "## ", "- ", "- [x] ", "> ", "|", "|---|---|", "\n", "\n\n", "```", "    ", "\t"),
        *("Service", "Status", "Gateway", "✅", "❌", "**", "`", ":", " ", "7/8", "migrated", "is"),
        *("<!--", "-->", "stackwright: ignore[a] b", "---", "<div>", "</div>", "\r", "\0", "[a]("),
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, max_size=60))
def test_any_markdown_has_facts_inside_its_lines(words: list[str]) -> None:
    text = "".join(words)
    found = read(text)
    last = text.replace("\r\n", "\n").count("\n") + text.replace("\r\n", "\n").count("\r") + 1
    spans = [one.at for one in found.mentions]
    spans += [one.at for one in found.claims]
    spans += [one.at for one in found.suppressions]
    assert all(1 <= span.line <= last and span.column >= 1 for span in spans)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_crash_it(data: bytes) -> None:
    assert extract(data).language == "markdown"


def test_claims_are_facts_of_the_contents_alone() -> None:
    assert isinstance(read(TABLE).claims[0], Claim)
    assert read(TABLE) == read(TABLE)
