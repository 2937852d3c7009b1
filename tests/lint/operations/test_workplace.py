"""From where somebody stands to what is read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from lint.errors import LintConfigError, UsageError
from lint.operations.workplace import BASELINE, Wishes, Workplace, lines_below


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "repository"
    (root / ".git").mkdir(parents=True)
    (root / "src").mkdir()
    (root / "stackwright.toml").write_text('[lint]\nselect = ["R2"]\n')
    monkeypatch.chdir(root)
    return root


def test_at_the_root_everything_is_reported(root: Path) -> None:
    here = Workplace.here(Wishes())
    assert (here.root, here.paths, here.config.select) == (root, (), ("R2",))


def test_below_the_root_it_is_what_is_below(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root / "src")
    here = Workplace.here(Wishes())
    assert (here.root, here.paths) == (root, (root / "src",))
    assert here.whole().paths == ()


def test_paths_are_taken_from_where_one_stands(root: Path) -> None:
    here = Workplace.here(Wishes(paths=[Path("src"), Path("./src/../stackwright.toml")]))
    assert here.paths == (root / "src", root / "stackwright.toml")


def test_paths_in_another_repository_are_judged_there(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    (other / ".git").mkdir(parents=True)
    (other / "a").mkdir()
    here = Workplace.here(Wishes(paths=[Path("../other/a")]))
    assert (here.root, here.paths, here.config.file) == (other, (other / "a",), "")


@pytest.mark.parametrize("here", ["..", "."])
def test_a_repository_below_is_judged_by_itself(
    root: Path, monkeypatch: pytest.MonkeyPatch, here: str
) -> None:
    inner = root / "inner"
    (inner / ".git").mkdir(parents=True)
    (inner / "docs").mkdir()
    monkeypatch.chdir(root / here)
    found = Workplace.here(Wishes(paths=[inner / "docs"]))
    assert (found.root, found.paths) == (inner, (inner / "docs",))


def test_a_command_after_its_options_is_told_as_one(root: Path) -> None:
    with pytest.raises(UsageError, match="`status` is a command") as caught:
        Workplace.here(Wishes(paths=[Path("status")]))
    assert "stackwright lint status" in caught.value.fix


def test_paths_in_two_repositories_are_an_error(root: Path, tmp_path: Path) -> None:
    (tmp_path / "other" / ".git").mkdir(parents=True)
    for second in (tmp_path / "other", tmp_path):
        with pytest.raises(UsageError, match="different repositories"):
            Workplace.here(Wishes(paths=[Path("src"), second]))


def test_without_git_the_directory_of_the_configuration_is_the_root(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / ".git").rmdir()
    monkeypatch.chdir(root / "src")
    assert Workplace.here(Wishes()).root == root
    (root / "stackwright.toml").unlink()
    assert Workplace.here(Wishes()).root == root / "src"


def test_a_path_that_is_not_there_is_an_error(root: Path) -> None:
    with pytest.raises(UsageError, match="no file or directory `gone`"):
        Workplace.here(Wishes(paths=[Path("gone")]))


def test_a_configuration_that_is_wrong_is_an_error(root: Path) -> None:
    (root / "stackwright.toml").write_text("[lint]\nselect = 1\n")
    with pytest.raises(LintConfigError):
        Workplace.here(Wishes())


def test_the_command_line_wins_over_the_configuration(root: Path) -> None:
    (root / "stackwright.toml").write_text(
        '[lint]\nselect = ["R2"]\nguidance = "A@1"\nas-of = 2025-12-01\nbaseline = "known.txt"\n'
    )
    request = Workplace.here(Wishes()).request()
    assert (request.guidance, request.as_of) == ("", None)
    assert (request.config.guidance, request.config.as_of) == ("A@1", date(2025, 12, 1))
    assert request.baseline == root / "known.txt"
    assert request.config.select == ()
    wishes = Wishes(
        guidance="B", as_of="2025-12-23", since="main", no_cache=True, baseline=Path("other.txt")
    )
    request = Workplace.here(wishes).request()
    assert (request.guidance, request.as_of) == ("B", date(2025, 12, 23))
    assert (request.since, request.use_cache) == ("main", False)
    assert request.baseline == root / "other.txt"


def test_a_baseline_of_the_usual_name_counts_when_it_is_there(root: Path) -> None:
    here = Workplace.here(Wishes())
    assert here.baseline() is None
    (root / BASELINE).write_text("")
    assert here.baseline() == root / BASELINE
    assert Workplace.here(Wishes(no_baseline=True)).baseline() is None


def test_a_date_that_is_none_is_an_error(root: Path) -> None:
    with pytest.raises(UsageError, match="`tomorrow` is no date"):
        Workplace.here(Wishes(as_of="tomorrow")).request()


def test_lines_that_cannot_be_read_are_none(tmp_path: Path) -> None:
    lines = lines_below(tmp_path)
    assert lines("gone") == ()
    assert lines("a\0b") == ()
    assert lines(".") == ()
