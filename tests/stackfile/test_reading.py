"""Files that are no configuration at all, and files that only look odd."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.errors import ConfigError
from orchestration.stackfile import load

VALID = '[project]\nname = "shop"\n'


def refusal(file: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(file)
    return str(caught.value).replace(f"{file}", "FILE")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a configuration can be put."""
    return tmp_path / "stackwright.toml"


@pytest.mark.parametrize(
    "content",
    [
        VALID.encode(),
        b"\xef\xbb\xbf" + VALID.encode(),
        VALID.replace("\n", "\r\n").encode(),
        b"",
        b"# only a comment",
    ],
)
def test_marks_and_line_ends_of_other_systems_do_no_harm(content: bytes, file: Path) -> None:
    file.write_bytes(content)
    assert load(file).file == file


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (VALID.encode("utf-16"), "FILE:1: is UTF-16, not UTF-8\n  fix: save it as UTF-8"),
        (
            b"# fine\nname = '\xe9'\n",
            "FILE:2: is not UTF-8: byte 0xe9\n  fix: save it as UTF-8",
        ),
        (b"a = " + b"[" * 50_000, "FILE: is not valid TOML: it is nested too deeply\n"),
        (b"a = " + b"9" * 5_000, "FILE: is not valid TOML: Exceeds the limit"),
        (b"a = 2025-13-45\n", "FILE:1:"),
        (b"\x00", "FILE:1:1: is not valid TOML: "),
        (b"#" * (4 * 1024 * 1024 + 1), "FILE is larger than 4 MiB\n"),
        (b'"\\u0000" = 1\n', "FILE: has a key with a NUL character\n  fix: remove it"),
    ],
)
def test_a_file_that_is_no_toml_is_an_error(content: bytes, told: str, file: Path) -> None:
    file.write_bytes(content)
    assert refusal(file).startswith(told)


def test_a_directory_is_an_error(file: Path) -> None:
    file.mkdir()
    assert refusal(file) == "FILE is a directory\n  fix: name a file: --config FILE"


def test_a_file_that_may_not_be_read_is_an_error(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> object:
        raise PermissionError(13, "Permission denied")

    file.write_text(VALID)
    # Root reads everything, so the refusal is played.
    monkeypatch.setattr(Path, "open", refuse)
    assert refusal(file) == (
        "FILE cannot be read: Permission denied\n  fix: check its path and permissions"
    )


def test_the_linters_table_is_left_to_the_linter(file: Path) -> None:
    file.write_text(VALID + '[lint]\nselect = ["R2"]\n[lint.exempt.R3]\nanything = 1\n')
    assert load(file).name == "shop"


@pytest.mark.parametrize(
    ("directory", "name"),
    [("shop", "shop"), ("My Project!", "my-project"), ("--x", "x"), ("日本", "project")],
)
def test_a_project_without_a_name_is_called_after_its_directory(
    directory: str, name: str, tmp_path: Path
) -> None:
    (tmp_path / directory).mkdir()
    file = tmp_path / directory / "stackwright.toml"
    file.touch()
    assert load(file).name == name
