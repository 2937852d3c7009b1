"""`lint baseline`: create, prune, diff."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lint.baseline import read
from lint.cli import main
from lint.model import Report
from lint.operations.workplace import BASELINE
from tests.lint.operations.audited import FakeAudit, audited
from tests.lint.outputs.sample import CITATION, COMPOSE, IMAGE, LET_PASS, REPORT

KNOWN = tuple(
    replace(each, fingerprint=f"{number:016x}")
    for number, each in enumerate((COMPOSE, IMAGE, CITATION, LET_PASS))
)


def of(*numbers: int) -> Report:
    return replace(REPORT, findings=tuple(KNOWN[number] for number in numbers))


@pytest.fixture(autouse=True)
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeAudit:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    return audited(monkeypatch, of(0, 1, 3))


def test_a_baseline_holds_what_counts_now(
    tmp_path: Path, fake: FakeAudit, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["baseline", "create"]) == 0
    entries = read(tmp_path / BASELINE).entries
    assert {entry.rule for entry in entries} == {"compose-invocation", "mutable-image-tag"}
    assert "2 findings are known now" in capsys.readouterr().err
    assert [baseline for _, baseline in fake.asked] == [False]


def test_a_baseline_is_of_the_whole_repository(
    tmp_path: Path, fake: FakeAudit, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path / "src")
    assert main(["baseline", "create"]) == 0
    assert fake.asked[0][0].paths == ()
    assert (tmp_path / BASELINE).is_file()


def test_a_baseline_that_is_there_is_not_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / BASELINE).write_text("mine")
    assert main(["baseline", "create"]) == 2
    assert "there is a baseline already" in capsys.readouterr().err
    assert (tmp_path / BASELINE).read_text() == "mine"
    assert main(["baseline", "create", "--force"]) == 0
    assert len(read(tmp_path / BASELINE).entries) == 2


def test_what_is_new_and_what_is_mended_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["baseline", "create"])
    assert main(["baseline", "diff"]) == 0
    capsys.readouterr()
    audited(monkeypatch, of(0, 2))
    assert main(["baseline", "diff"]) == 1
    told = capsys.readouterr()
    signs = [line[0] for line in told.out.splitlines()]
    assert signs == ["+", "-"]
    assert "\x1b" not in told.out
    assert "1 new, 1 mended" in told.err


def test_pruning_takes_out_and_never_adds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    main(["baseline", "create"])
    audited(monkeypatch, of(0, 2))
    assert main(["baseline", "prune"]) == 0
    assert [entry.rule for entry in read(tmp_path / BASELINE).entries] == ["compose-invocation"]


@pytest.mark.parametrize("command", ["prune", "diff"])
def test_without_a_baseline_there_is_nothing_to_compare(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["baseline", command]) == 2
    assert "there is no baseline" in capsys.readouterr().err


def test_another_file_can_be_named(tmp_path: Path) -> None:
    assert main(["baseline", "create", "--baseline", "other.txt"]) == 0
    assert (tmp_path / "other.txt").is_file()
    assert not (tmp_path / BASELINE).exists()
