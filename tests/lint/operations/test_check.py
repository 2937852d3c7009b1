"""`lint check`: what goes where, and the exit code."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lint.cli import main
from lint.model import Severity
from lint.operations.check import exit_code
from tests.lint.operations.audited import FakeAudit, audited
from tests.lint.outputs.sample import CITATION, COMPOSE, EMPTY, IMAGE, LET_PASS


@pytest.fixture(autouse=True)
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeAudit:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    return audited(monkeypatch)


def test_findings_go_to_stdout_and_all_else_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--output-format", "concise"]) == 1
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == 3
    assert "3 findings" in told.err
    assert "120 files scanned" in told.err
    assert "finding" not in told.out


def test_a_file_gets_its_format_and_stdout_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--output-format", "json:report.json", "--output-format", "concise"]
    assert main(words) == 1
    assert json.loads((tmp_path / "report.json").read_text())["schema_version"] == 1
    told = capsys.readouterr()
    assert told.out.startswith("test/infrastructure/gateway.go:4:9: SW201")
    assert "wrote json to report.json" in told.err


def test_with_only_files_stdout_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--output-format", "sarif:x.sarif", "--quiet"])
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "")


@pytest.mark.parametrize(
    ("findings", "limit", "code"),
    [
        ((), Severity.NOTE, 0),
        ((IMAGE,), Severity.NOTE, 1),
        ((IMAGE,), Severity.WARNING, 0),
        ((CITATION,), Severity.WARNING, 1),
        ((CITATION,), Severity.ERROR, 0),
        ((COMPOSE,), Severity.ERROR, 1),
        ((LET_PASS,), Severity.NOTE, 0),
    ],
)
def test_the_exit_code_is_one_for_what_counts(
    findings: tuple[object, ...], limit: Severity, code: int
) -> None:
    report = replace(EMPTY, findings=findings)  # type: ignore[arg-type]  # of the table above
    assert exit_code(report, limit) == code


def test_exit_zero_is_for_findings_only(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--exit-zero"]) == 0
    assert main(["--exit-zero", "--select", "nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err


def test_fail_on_of_the_command_line_wins(tmp_path: Path) -> None:
    (tmp_path / "stackwright.toml").write_text('[lint]\nfail-on = "note"\nselect = ["SW401"]\n')
    assert main([]) == 1
    assert main(["--fail-on", "warning"]) == 0


def test_what_is_suppressed_is_shown_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--output-format", "concise", "--show-suppressed", "--select", "SW201"])
    told = capsys.readouterr()
    assert "(suppressed: exemption)" in told.out
    assert "1 suppressed by exemption" in told.err


def test_statistics_replace_the_findings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--statistics", "-q"]) == 1
    assert capsys.readouterr().out == (
        "1  SW201  compose-invocation\n1  SW401  mutable-image-tag\n1  SW501  stale-citation\n"
    )
    assert main(["--statistics", "--output-format", "json"]) == 2


def test_verbose_names_what_was_skipped(capsys: pytest.CaptureFixture[str]) -> None:
    main(["-v"])
    assert "  skipped build/app: binary\n" in capsys.readouterr().err


def test_the_source_of_a_finding_is_read_from_the_repository(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "test/infrastructure/gateway.go"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"\xef\xbb\xbfa\r\nb\r\nc\r\n\tcmd := \xff\r\n")
    main(["--select", "SW201"])
    assert "4 |     cmd := \ufffd\n" in capsys.readouterr().out


def test_colours_are_for_terminals(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    main([])
    assert "\x1b" not in capsys.readouterr().out
    monkeypatch.setenv("FORCE_COLOR", "1")
    main(["--output-format", "full", "--output-format", "concise:plain.txt"])
    assert "\x1b[" in capsys.readouterr().out
    assert "\x1b" not in Path("plain.txt").read_text()


def test_a_wrong_word_is_told_before_the_repository_is_read(fake: FakeAudit) -> None:
    assert main(["--output-format", "jsn"]) == 2
    assert main(["--as-of", "yesterday", "gone"]) == 2
    assert fake.asked == []
