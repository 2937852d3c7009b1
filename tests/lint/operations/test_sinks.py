"""Where formats go."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint.errors import LintError, UsageError
from lint.operations.sinks import sinks
from lint.outputs import OUTPUTS


def test_without_a_wish_the_default_goes_to_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (only,) = sinks([], OUTPUTS, "full")
    only.write("said\n")
    assert only.output.name == "full"
    assert capsys.readouterr().out == "said\n"


def test_several_formats_go_to_several_places(tmp_path: Path) -> None:
    file = tmp_path / "a:b.sarif"
    first, second = sinks(["concise", f"sarif:{file}"], OUTPUTS, "full")
    second.write("é\n")
    assert (first.file, second.file) == (None, file)
    assert file.read_bytes() == "é\n".encode()


def test_a_dash_is_standard_output() -> None:
    assert sinks(["json:-"], OUTPUTS, "full")[0].file is None


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (["jsn"], "did you mean `json`?"),
        (["json:"], "`json:` names no file"),
        (["json", "sarif"], "cannot both go to standard output"),
    ],
)
def test_a_wish_that_cannot_be_met_is_an_error(written: list[str], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        sinks(written, OUTPUTS, "full")
    assert said in str(caught.value)


@pytest.mark.parametrize("file", ["gone/x.json", ".", f"{'long' * 80}/x.json"])
def test_a_file_that_cannot_be_is_told_before_anything_is_read(tmp_path: Path, file: str) -> None:
    with pytest.raises(LintError, match="cannot be written"):
        sinks([f"json:{tmp_path / file}"], OUTPUTS, "full")


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (only,) = sinks([f"json:{tmp_path}/x.json"], OUTPUTS, "full")
    (tmp_path / "x.json").mkdir()
    with pytest.raises(LintError, match="cannot be written"):
        only.write("")


def test_two_formats_do_not_write_over_each_other(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two formats cannot both go to"):
        sinks([f"json:{tmp_path}/x", f"sarif:{tmp_path}/x"], OUTPUTS, "full")
