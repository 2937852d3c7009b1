"""Which file is the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.errors import ConfigError
from orchestration.stackfile import find_config, load
from orchestration.stackfile.loading import load as load_again

POINTER = '[tool.stackwright]\nconfig = "conf/stack.toml"\n'


def refusal(start: Path, explicit: Path | None = None) -> str:
    with pytest.raises(ConfigError) as caught:
        find_config(start, explicit)
    return str(caught.value).replace(str(start), "HERE")


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    """A directory three levels below tmp_path."""
    directory = tmp_path / "a" / "b" / "c"
    directory.mkdir(parents=True)
    return directory


def test_the_nearest_file_upward_is_taken(tmp_path: Path, deep: Path) -> None:
    (tmp_path / "stackwright.toml").touch()
    assert find_config(deep) == tmp_path / "stackwright.toml"
    (tmp_path / "a" / "stackwright.toml").touch()
    assert find_config(deep) == tmp_path / "a" / "stackwright.toml"


def test_a_pyproject_with_the_table_is_taken_and_one_without_is_passed(
    tmp_path: Path, deep: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.stackwright.project]\n")
    (tmp_path / "a" / "pyproject.toml").write_text('[project]\nname = "stackwright-user"\n')
    assert find_config(deep) == tmp_path / "pyproject.toml"


def test_a_pyproject_of_somebody_else_may_be_broken(tmp_path: Path, deep: Path) -> None:
    (tmp_path / "stackwright.toml").touch()
    (tmp_path / "a" / "pyproject.toml").write_text("= not toml")
    assert find_config(deep) == tmp_path / "stackwright.toml"


def test_a_pyproject_may_point_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "stack.toml").touch()
    (tmp_path / "pyproject.toml").write_text(POINTER)
    assert find_config(tmp_path) == tmp_path / "conf" / "stack.toml"
    assert find_config(tmp_path, Path("pyproject.toml")) == tmp_path / "conf" / "stack.toml"


def test_an_explicit_file_wins_whatever_its_name(tmp_path: Path) -> None:
    (tmp_path / "stackwright.toml").touch()
    (tmp_path / "other.conf").touch()
    assert find_config(tmp_path, Path("other.conf")) == tmp_path / "other.conf"
    assert find_config(Path("/"), tmp_path / "other.conf") == tmp_path / "other.conf"


def test_nothing_found_says_where_it_looked_and_what_to_do(tmp_path: Path) -> None:
    assert refusal(tmp_path) == (
        "there is no configuration in HERE or a directory above\n"
        "  why: looked for stackwright.toml, and for pyproject.toml with [tool.stackwright], in "
        "each\n"
        "  fix: write a stackwright.toml at the root of the project (docs/configuration.md begins "
        "with one), or name a file: --config FILE"
    )


def test_two_configurations_in_one_directory_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "stackwright.toml").touch()
    (tmp_path / "pyproject.toml").write_text("[tool.stackwright.project]\n")
    assert refusal(tmp_path) == (
        "HERE has two configurations: stackwright.toml, and [tool.stackwright] in pyproject.toml\n"
        "  fix: move what is in pyproject.toml to stackwright.toml, or remove stackwright.toml"
    )


def test_a_pyproject_that_points_to_the_file_beside_it_is_no_second_one(tmp_path: Path) -> None:
    (tmp_path / "stackwright.toml").touch()
    (tmp_path / "pyproject.toml").write_text('[tool.stackwright]\nconfig = "stackwright.toml"\n')
    assert find_config(tmp_path) == tmp_path / "stackwright.toml"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (POINTER, "2:1: tool.stackwright.config: there is no file `conf/stack.toml`"),
        (
            '[tool.stackwright]\nconfig = "pyproject.toml"\n',
            "2:1: tool.stackwright.config: points to its own file\n  fix: remove it",
        ),
        (
            "[tool.stackwright]\nconfig = 3\n",
            "2:1: tool.stackwright.config: must be the path of a file",
        ),
        (
            '[tool.stackwright]\nconfig = "/etc/hostname"\n[tool.stackwright.project]\n',
            "3:2: tool.stackwright.project: is not read, because `config` points to /etc/hostname",
        ),
        ("[tool]\nstackwright = 3\n", "2:1: tool.stackwright: must be a table"),
        ("tool = 'stackwright'\n", "1:1: tool: must be a table"),
        ("[tool.stackwright\n", "1:18: is not valid TOML: "),
    ],
)
def test_a_pyproject_that_is_meant_and_wrong_is_an_error(
    text: str, told: str, tmp_path: Path
) -> None:
    (tmp_path / "pyproject.toml").write_text(text)
    assert refusal(tmp_path).startswith(f"HERE/pyproject.toml:{told}")


def test_a_pyproject_that_points_away_is_not_loaded_itself(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(POINTER)
    with pytest.raises(ConfigError, match=r"fix: use that file itself: --config conf/stack\.toml"):
        load(tmp_path / "pyproject.toml")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("absent.toml", "there is no file HERE/absent.toml\n  fix: name a file: --config FILE"),
        ("empty", "HERE/empty is a directory\n  fix: name a file: --config FILE"),
        ("full", "HERE/full is a directory\n  fix: did you mean `HERE/full/stackwright.toml`?"),
        ("pipe", "HERE/pipe is not a plain file\n  fix: name a file: --config FILE"),
        ("x" * 300, f"HERE/{'x' * 300} cannot be read: File name too long"),
    ],
)
def test_an_explicit_path_that_is_no_file_is_an_error(name: str, told: str, tmp_path: Path) -> None:
    import os

    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "stackwright.toml").touch()
    os.mkfifo(tmp_path / "pipe")
    assert refusal(tmp_path, Path(name)).startswith(told)


def test_the_file_shown_is_relative_where_the_user_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"^there is no file absent\.toml"):
        find_config(tmp_path, Path("absent.toml"))
    assert load_again is load
