"""Which configuration file is meant, and what is told of one that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint.config_file import find_config, read_config
from lint.errors import LintConfigError


def found(start: Path, stop: Path | None = None, explicit: Path | None = None) -> Path | None:
    return find_config(start, stop, explicit)


def test_the_nearest_file_above_is_found_but_none_above_the_repository(tmp_path: Path) -> None:
    (tmp_path / "stackwright.toml").write_text("")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert found(below) == tmp_path / "stackwright.toml"
    assert found(below, stop=tmp_path / "a") is None
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.stackwright.lint]\n")
    assert found(below, stop=tmp_path) == tmp_path / "a" / "pyproject.toml"


def test_a_pyproject_of_other_tools_is_not_meant(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("this is = not [TOML\n")
    assert found(tmp_path, stop=tmp_path) is None


def test_a_pyproject_may_point_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "s.toml").write_text("")
    (tmp_path / "pyproject.toml").write_text('[tool.stackwright]\nconfig = "conf/s.toml"\n')
    assert found(tmp_path) == tmp_path / "conf" / "s.toml"
    assert found(tmp_path, explicit=Path("pyproject.toml")) == tmp_path / "conf" / "s.toml"


@pytest.mark.parametrize(
    ("files", "explicit", "expected"),
    [
        (
            {"stackwright.toml": "", "pyproject.toml": "[tool.stackwright.lint]\n"},
            None,
            "has two configurations",
        ),
        (
            {"pyproject.toml": '[tool.stackwright]\nconfig = "gone.toml"\n'},
            None,
            "pyproject.toml:2:1: tool.stackwright.config: there is no other file `gone.toml`",
        ),
        (
            {"pyproject.toml": '[tool.stackwright]\nconfig = ""\n'},
            None,
            "pyproject.toml:2:1: tool.stackwright.config: must be the path of a file",
        ),
        (
            {
                "s.toml": "",
                "pyproject.toml": '[tool.stackwright]\nconfig = "s.toml"\nlint = {}\n',
            },
            None,
            "pyproject.toml:3:1: tool.stackwright.lint: is not read",
        ),
        ({"pyproject.toml": "[tool]\nstackwright = 1\n"}, None, "tool.stackwright: must be"),
        ({"a/b.toml": ""}, "a", "a is a directory without a configuration"),
    ],
)
def test_the_message_when_no_file_can_be_told(
    files: dict[str, str],
    explicit: str | None,
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.raises(LintConfigError) as caught:
        found(tmp_path, explicit=Path(explicit) if explicit else None)
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"a = '\xff'\n", ":1: is not UTF-8"), (b"a = 1\nb = " + b"[" * 5000, "is not valid TOML")],
)
def test_a_file_that_is_no_toml_is_told(content: bytes, expected: str, tmp_path: Path) -> None:
    file = tmp_path / "stackwright.toml"
    file.write_bytes(content)
    with pytest.raises(LintConfigError) as caught:
        read_config(file)
    assert expected in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(LintConfigError, match="there is no file"):
        read_config(tmp_path / "gone.toml")
