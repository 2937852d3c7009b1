"""Secrets and variables: where they come from, and that they are never shown."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from orchestration.model import Secret, Text
from orchestration.references import expand
from tests.stackfile.configured import NOTHING, web


def variables(root: Path, more: str, environ: Mapping[str, str] = NOTHING) -> dict[str, Text]:
    """The environment of a component, filled in."""
    env = web(root, more, environ).env
    return {name: expand(text, "web", {}) for name, text in env.items()}


def test_secrets_come_from_variables_and_files_and_are_never_shown(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("hunter2\n")
    made = web(
        tmp_path,
        'env = { A = { env = "TOKEN" }, B = { file = "key" }, DB_PASSWORD = "hunter3", C = "c" }\n',
        {"TOKEN": "hunter1"},
    )
    assert made.env == {
        "A": Secret("hunter1"),
        "B": Secret("hunter2"),
        "DB_PASSWORD": Secret("hunter3"),
        "C": "c",
    }
    assert "hunter" not in f"{made} {dict(made.env)}"


@pytest.mark.parametrize(
    ("content", "secret"),
    [
        (b"s", "s"),
        (b"s\n", "s"),
        (b"s\r\n", "s"),
        (b"s\n\n", "s\n"),
        (b" s \r", " s \r"),
        (b"", ""),
        (b"\xef\xbb\xbfs", "s"),
    ],
)
def test_a_secret_file_loses_one_line_break_and_nothing_else(
    content: bytes, secret: str, tmp_path: Path
) -> None:
    (tmp_path / "key").write_bytes(content)
    assert web(tmp_path, 'env = { A = { file = "key" } }\n').env == {"A": Secret(secret)}


def test_what_comes_from_elsewhere_is_not_taken_for_references(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("${web.host}")
    (tmp_path / "a.env").write_text("C=${HOME}\nD='$${x}'\n")
    more = 'env_files = ["a.env"]\nenv = { A = { env = "T" }, B = { file = "key" } }\n'
    assert variables(tmp_path, more, {"T": "$${"}) == {
        "A": Secret("$${"),
        "B": Secret("${web.host}"),
        "C": Secret("${HOME}"),
        "D": Secret("$${x}"),
    }


def test_a_literal_with_a_secret_name_may_still_refer_to_others(tmp_path: Path) -> None:
    made = web(tmp_path, 'env = { API_TOKEN_URL = "${self.host}/token" }\n')
    assert made.env == {"API_TOKEN_URL": Secret("${self.host}/token")}


def test_later_env_files_win_over_earlier_and_env_over_all(tmp_path: Path) -> None:
    (tmp_path / "a.env").write_text("# comment\nexport A=1\nB='2 # two'\nC=3 # three\n\nD=\n")
    (tmp_path / "b.env").write_text('B="two\\nlines"\n')
    more = 'env_files = ["a.env", "b.env"]\nenv = { A = "9" }\n'
    assert variables(tmp_path, more) == {
        "A": "9",
        "B": Secret("two\nlines"),
        "C": Secret("3"),
        "D": Secret(""),
    }
