"""What each format says, to the letter; and what none of them says."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator, Draft202012Validator

from lint.model import Finding, Place, Report, Severity
from lint.outputs import OUTPUTS
from tests.lint.outputs.golden_files import DIRECTORY, GOLDEN, file_of
from tests.lint.outputs.sample import COMPOSE, EMPTY, LET_PASS, REPORT, SOURCES

HERE: Final = Path(__file__).parent
SARIF: Final = Draft4Validator(json.loads((HERE / "sarif-2.1.0.schema.json").read_text()))
JSON: Final = Draft202012Validator(
    json.loads((HERE.parents[2] / "lint/outputs/report.schema.json").read_text())
)
TERMINAL: Final = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


@pytest.mark.parametrize("name", GOLDEN)
def test_it_is_what_the_golden_file_says(name: str) -> None:
    said = file_of(name).read_text(encoding="utf-8")
    assert GOLDEN[name]() == said, "mend it: python -m tests.lint.outputs.golden_files"


def test_no_golden_file_is_left_over() -> None:
    assert {path.stem for path in DIRECTORY.iterdir()} == set(GOLDEN)


@pytest.mark.parametrize("name", OUTPUTS)
def test_nothing_of_a_scanned_file_controls_a_terminal(name: str) -> None:
    said = OUTPUTS[name].render(REPORT, replace(SOURCES, show_suppressed=True))
    assert not TERMINAL.search(said)


@pytest.mark.parametrize("name", OUTPUTS)
def test_an_empty_report_is_said_too(name: str) -> None:
    said = OUTPUTS[name].render(EMPTY, SOURCES)
    assert said == "" or said.endswith("\n")


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=40), name=st.sampled_from(sorted(OUTPUTS)))
def test_whatever_a_file_holds_no_format_fails_or_lets_it_through(text: str, name: str) -> None:
    finding = replace(COMPOSE, message=text, remedy=text, services=(text,), fingerprint=text)
    finding = replace(finding, place=Place(text or "x", 1, 3))
    sources = replace(SOURCES, lines=lambda _path: [text])
    said = OUTPUTS[name].render(replace(REPORT, findings=(finding,)), sources)
    assert not TERMINAL.search(said)
    said.encode("utf-8")
    if name == "junit":
        ET.fromstring(said)  # noqa: S314 - our own output
    if name in ("json", "sarif", "gitlab"):
        json.loads(said)


@pytest.mark.parametrize("report", [REPORT, EMPTY], ids=["full", "empty"])
def test_sarif_is_valid(report: Report) -> None:
    log = json.loads(OUTPUTS["sarif"].render(report, SOURCES))
    assert [error.message for error in SARIF.iter_errors(log)] == []


def test_the_copy_of_the_sarif_schema_refuses_what_is_not_sarif() -> None:
    log = json.loads(OUTPUTS["sarif"].render(REPORT, SOURCES))
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    log["runs"][0]["tool"]["driver"]["nmae"] = "x"
    del log["version"]
    assert len(list(SARIF.iter_errors(log))) == 3


@pytest.mark.parametrize("report", [REPORT, EMPTY], ids=["full", "empty"])
def test_json_keeps_its_contract(report: Report) -> None:
    document = json.loads(OUTPUTS["json"].render(report, SOURCES))
    assert [error.message for error in JSON.iter_errors(document)] == []


def test_every_result_of_sarif_points_to_its_rule_and_its_requirement() -> None:
    run = json.loads(OUTPUTS["sarif"].render(REPORT, SOURCES))["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    taxa = {taxon["id"] for taxon in run["taxonomies"][0]["taxa"]}
    for result, finding in zip(run["results"], REPORT.findings, strict=True):
        rule = rules[result["ruleIndex"]]
        assert (rule["id"], rule["name"]) == (finding.code, finding.rule)
        assert result["taxa"][0]["id"] in taxa
        assert rule["relationships"][0]["target"]["id"] == finding.requirement
        assert rule["help"]["text"]


def test_sarif_says_what_is_suppressed_and_why() -> None:
    run = json.loads(OUTPUTS["sarif"].render(REPORT, SOURCES))["runs"][0]
    suppressions = [result["suppressions"] for result in run["results"]]
    assert suppressions[:3] == [[], [], []]
    assert suppressions[3][0]["kind"] == "external"
    assert suppressions[3][0]["justification"] == (
        "moves with v2; owner team-hapi; until 2026-06-30"
    )


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a b/c.go", "a%20b/c.go"),
        ("c:/x.go", "c%3A/x.go"),
        ("100%/#?.go", "100%25/%23%3F.go"),
        ("é.go", "%C3%A9.go"),
        ("\udcff.go", "%FF.go"),
    ],
)
def test_a_path_is_a_uri_in_sarif(path: str, uri: str) -> None:
    report = replace(REPORT, findings=(replace(COMPOSE, place=Place(path, 1)),))
    run = json.loads(OUTPUTS["sarif"].render(report, SOURCES))["runs"][0]
    location = run["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == uri


def test_a_rule_that_nobody_described_is_in_sarif_all_the_same() -> None:
    unknown = replace(COMPOSE, rule="new-rule", code="SW999")
    log = json.loads(
        OUTPUTS["sarif"].render(replace(REPORT, findings=(unknown,)), replace(SOURCES, rules={}))
    )
    assert [error.message for error in SARIF.iter_errors(log)] == []
    assert log["runs"][0]["tool"]["driver"]["rules"] == [{"id": "SW999", "name": "new-rule"}]


def test_gitlab_gets_a_fingerprint_of_its_own_for_each_issue() -> None:
    twice = replace(REPORT, findings=(COMPOSE, COMPOSE))
    issues = json.loads(OUTPUTS["gitlab"].render(twice, SOURCES))
    assert len({issue["fingerprint"] for issue in issues}) == 2


def test_junit_counts_what_it_holds() -> None:
    said = OUTPUTS["junit"].render(REPORT, SOURCES)
    root = ET.fromstring(said)  # noqa: S314 - our own output
    for suite in root.iter("testsuite"):
        assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
        assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
        assert int(suite.attrib["skipped"]) == len(suite.findall("testcase/skipped"))
    assert int(root.attrib["tests"]) == len(list(root.iter("testcase")))


@pytest.mark.parametrize("name", ["full", "concise", "github", "gitlab", "markdown"])
def test_a_suppressed_finding_is_not_shown_to_people(name: str) -> None:
    only = replace(EMPTY, findings=(LET_PASS,))
    assert LET_PASS.rule not in OUTPUTS[name].render(only, SOURCES)


@pytest.mark.parametrize("name", ["full", "concise", "markdown"])
def test_a_suppressed_finding_is_shown_where_it_is_asked_for(name: str) -> None:
    only = replace(EMPTY, findings=(LET_PASS,))
    said = OUTPUTS[name].render(only, replace(SOURCES, show_suppressed=True))
    assert LET_PASS.rule in said
    assert "exemption" in said


def test_no_line_begins_with_a_command_of_a_ci_runner() -> None:
    path = "::add-mask::x.md"
    finding = replace(COMPOSE, place=Place(path, 1, 1), message="::error::x", related=())
    report = replace(EMPTY, findings=(finding,))
    sources = replace(SOURCES, lines=lambda _path: ["::stop-commands::x", "##[error]"])
    for name in ("full", "concise", "markdown"):
        for line in OUTPUTS[name].render(report, sources).splitlines():
            assert not line.strip().startswith(("::", "##[")), line


def test_a_github_command_is_one_line_whatever_the_message() -> None:
    finding = replace(COMPOSE, message="a\r\n::error::b", place=Place("a:b,c", 2, 4, 2, 4))
    said = OUTPUTS["github"].render(replace(EMPTY, findings=(finding,)), SOURCES)
    assert said.count("\n") == 1
    assert "file=a%3Ab%2Cc,line=2,endLine=2,col=4,title=" in said


def test_the_severities_have_words_in_every_format() -> None:
    for severity in Severity:
        finding: Finding = replace(COMPOSE, severity=severity)
        for output in OUTPUTS.values():
            assert output.render(replace(EMPTY, findings=(finding,)), SOURCES)
