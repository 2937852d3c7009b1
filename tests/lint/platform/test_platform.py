"""Three whole repositories, judged line by line: in the midst of the migration, after it, and one
that has nothing to do with it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from random import Random
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from lint.audit import AuditRequest, audit
from lint.claims import PastClaim
from lint.config import load_config
from lint.config_file import find_config, read_config
from lint.model import Finding, Report
from lint.outputs import OUTPUTS
from lint.settings import LintConfig
from tests.lint.outputs.sample import SOURCES
from tests.lint.platform.bundles import Bundle, read
from tests.lint.platform.reformat import REWRITES, rewritten
from tests.lint.repositories import checkout
from tests.lint.verdicts import verdicts

NAMES: Final = ("before", "after", "clean")
SCHEMA: Final = Path(__file__).parents[3] / "lint/outputs/report.schema.json"
_REPORTS: Final[dict[str, Report]] = {}


def _report(root: Path, files: dict[str, str], *, everything: bool = False) -> Report:
    made = checkout(root, files)
    file = find_config(made.root, made.root)
    config = load_config(read_config(file), made.root) if file else LintConfig()
    request = AuditRequest(
        root=made.root,
        config=config,
        use_cache=False,
        everything=everything,
        today=date(2026, 1, 15),
    )
    return audit(request).report


@pytest.fixture(params=NAMES)
def judged(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Bundle, Report]:
    """A bundle and what the linter says of it, which is asked once."""
    name = str(request.param)
    bundle = read(name)
    if name not in _REPORTS:
        _REPORTS[name] = _report(tmp_path / name, bundle.files)
    return name, bundle, _REPORTS[name]


def _told(finding: Finding) -> str:
    severity = "suppressed" if finding.suppressed else finding.severity
    return f"{finding.place} {finding.rule} {severity}"


def _difference(told: list[str], wanted: list[str]) -> str:
    got, want = Counter(told), Counter(wanted)
    return "\n".join(
        [f"+ {one}" for one in sorted((got - want).elements())]
        + [f"- {one}" for one in sorted((want - got).elements())]
    )


def test_every_marked_line_is_reported_and_no_other(judged: tuple[str, Bundle, Report]) -> None:
    name, bundle, report = judged
    assert bool(bundle.findings) == (name == "before")
    assert _difference([_told(one) for one in report.findings], bundle.findings) == ""


def test_each_service_stands_where_the_table_says(judged: tuple[str, Bundle, Report]) -> None:
    _, bundle, report = judged
    assert bundle.verdicts
    told = [
        f"{name}: {word}"
        for name, (verdict, statuses) in verdicts(report).items()
        for word in (verdict, *(f"{key} {status}" for key, status in statuses.items()))
    ]
    wanted = [f"{name}: {word}" for name, words in bundle.verdicts.items() for word in words]
    assert _difference(told, wanted) == ""


def test_every_status_but_a_pass_for_want_of_findings_shows_where_or_why(
    judged: tuple[str, Bundle, Report],
) -> None:
    _, _, report = judged
    bare = [
        f"{service.name} {name}"
        for service in report.services
        for name, one in service.requirements.items()
        if not one.evidence and not one.reason
    ]
    assert bare == []


def test_a_contradicted_claim_shows_the_code(judged: tuple[str, Bundle, Report]) -> None:
    _, bundle, report = judged
    wanted = [line.split() for line in bundle.sections["contradicted"].splitlines() if line]
    found = {str(one.place): one for one in report.findings if one.rule == "contradicted-claim"}
    assert sorted(found) == sorted(place for place, _, _ in wanted)
    for place, service, shown in wanted:
        assert " ".join(found[place].services) == service.strip("-")
        assert shown in {str(one.place) for one in found[place].related}
    living = [one for one in report.claims if not isinstance(one, PastClaim)]
    assert {str(one.place) for one in living if one.contradicted} == found.keys()


def test_the_sieve_changes_nothing(judged: tuple[str, Bundle, Report], tmp_path: Path) -> None:
    name, bundle, report = judged
    whole = _report(tmp_path / "whole" / name, bundle.files, everything=True)
    assert whole.findings == report.findings
    assert whole.claims == report.claims
    assert verdicts(whole) == verdicts(report)


def test_the_json_report_keeps_its_contract(judged: tuple[str, Bundle, Report]) -> None:
    _, bundle, report = judged
    said = json.loads(OUTPUTS["json"].render(report, SOURCES))
    Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(said)
    assert len(said["findings"]) == len(report.findings)
    assert {one["name"] for one in said["services"]} == bundle.verdicts.keys()
    for one in said["findings"]:
        lines = bundle.files[one["path"]].splitlines()
        assert 1 <= one["line"] <= one["end_line"] <= len(lines)
        assert 1 <= one["column"] <= len(lines[one["line"] - 1]) + 1


def test_fingerprints_are_unique(judged: tuple[str, Bundle, Report]) -> None:
    _, _, report = judged
    seen = Counter(one.fingerprint for one in report.findings)
    assert [one for one, count in seen.items() if count > 1] == []


def _same(report: Report) -> list[str]:
    return [f"{one.rule} {one.place.path}: {one.message}" for one in report.findings]


@pytest.mark.parametrize("name", NAMES)
@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    rewrites=st.frozensets(st.sampled_from(sorted(REWRITES)), min_size=1),
    seed=st.integers(0, 1 << 16),
)
def test_writing_the_files_differently_changes_no_finding(
    name: str,
    rewrites: frozenset[str],
    seed: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    bundle = read(name)
    root = tmp_path_factory.mktemp(name)
    if name not in _REPORTS:
        _REPORTS[name] = _report(root / "plain" / name, bundle.files)
    chance = Random(seed)  # noqa: S311 - which blank lines, not a secret
    files = rewritten(bundle.files, rewrites, chance)
    assert files != bundle.files
    report = _report(root / "rewritten" / name, files)
    assert _difference(_same(report), _same(_REPORTS[name])) == ""
    assert verdicts(report) == verdicts(_REPORTS[name])
