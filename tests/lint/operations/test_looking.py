"""`lint status`, `lint explain`, `lint rule`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lint.cli import main
from tests.lint.operations.audited import FakeAudit, audited
from tests.lint.outputs.sample import EMPTY, RULES


@pytest.fixture(autouse=True)
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeAudit:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    return audited(monkeypatch)


def test_status_prints_one_line_a_service_into_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 0
    told = capsys.readouterr()
    assert [line.split()[:2] for line in told.out.splitlines()] == [
        ["service", "verdict"],
        ["gateway", "violation"],
        ["holmesgpt-api", "partial"],
    ]
    assert "gateway  R4 unique-image-tags: unknown: the tag comes from `os.Getenv`" in told.err
    assert "R2 no-compose: fail" not in told.err


def test_status_tells_on_request_why_a_requirement_does_not_hold(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["status", "-v"])
    assert (
        "gateway  R2 no-compose: fail: runs podman-compose (test/infrastructure/gateway.go:4)"
        in capsys.readouterr().err
    )


def test_status_has_other_formats(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--output-format", "json", "--service", "gateway", "-q"]) == 0
    services = json.loads(capsys.readouterr().out)["services"]
    assert [service["name"] for service in services] == ["gateway"]
    assert main(["status", "--output-format", "markdown", "--requirement", "R2", "-q"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "| service | verdict | R2 |"


def test_status_says_when_there_is_no_service(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    audited(monkeypatch, EMPTY)
    assert main(["status"]) == 0
    assert "no service was found" in capsys.readouterr().err


def test_explain_shows_the_chain_from_the_entry_to_the_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["explain", "Gateway", "no-compose"]) == 0
    told = capsys.readouterr()
    places = [line.split("  ")[-2].split()[-1] for line in told.out.splitlines() if "go:" in line]
    assert places == [
        "test/integration/gateway/suite_test.go:3",
        "test/integration/gateway/suite_test.go:4",
        "test/infrastructure/gateway.go:4",
    ]
    assert "R1" not in told.out
    assert "judged by DD-INTEGRATION-001 2.0" in told.err


def test_explain_without_a_requirement_tells_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "gateway"]) == 0
    told = capsys.readouterr().out
    for requirement in ("R1", "R2", "R4", "R10", "S5"):
        assert f"\n{requirement} " in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["explain", "gatway"], "did you mean `gateway`?"),
        (["explain", "gateway", "R22"], "there is no requirement `R22`"),
        (["rule", "compose-invokation"], "did you mean `compose-invocation`?"),
        (["rule"], "no rule was named"),
        (["rule", "SW201", "--all"], "two different wishes"),
    ],
)
def test_a_name_that_nothing_bears_is_told(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""


@pytest.mark.parametrize("name", ["compose-invocation", "SW201", "sw201", "Compose-Invocation"])
def test_a_rule_is_shown_by_name_or_code(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rule", name]) == 0
    assert capsys.readouterr().out.startswith("# compose-invocation (SW201)\n")


def test_all_rules_are_shown_with_their_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rule", "--all"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("# Rules\n")
    for rule in RULES.values():
        assert f"\n# {rule.name} ({rule.code})\n" in told
