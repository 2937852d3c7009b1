"""The command line: every command leads to its operation, and says what is wrong with its words."""

from __future__ import annotations

import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import stackwright
from lint import cli
from lint.outputs import OUTPUTS
from tests.docs.cli_page import commands

ROOT = Path(__file__).parents[2]
COMMANDS = [" ".join(words[1:]) for words, _ in commands(cli.parser(), ("lint",))]
WORDS = {"explain": "explain gateway"}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_operation_that_takes_its_options(command: str) -> None:
    arguments = vars(cli.parser().parse_args(WORDS.get(command, command).split()))
    module, name = arguments.pop("run")
    operation = getattr(import_module(f"lint.operations.{module}"), name)
    assert set(arguments) == set(inspect.signature(operation).parameters)


def test_the_formats_in_the_help_are_those_that_there_are() -> None:
    status = import_module("lint.operations.status")
    assert tuple(OUTPUTS) == cli.FORMATS
    assert tuple(status.FORMATS) == cli.TABLES


def test_the_commands_that_are_known_are_those_that_there_are() -> None:
    assert {command.split()[0] for command in COMMANDS} == set(cli.COMMANDS)


@pytest.mark.parametrize(
    ("words", "paths"),
    [
        ([], []),
        (["src/"], ["src"]),
        (["check", "src"], ["src"]),
        (["--select", "R2", "a", "b"], ["a", "b"]),
        (["./status"], ["status"]),
        (["check", "status"], ["status"]),
    ],
)
def test_without_a_command_word_it_is_check(
    words: list[str], paths: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, object] = {}

    def check(**arguments: object) -> int:
        asked.update(arguments)
        return 0

    monkeypatch.setattr("lint.operations.check.check", check)
    assert stackwright.main(["lint", *words]) == 0
    assert asked["paths"] == [Path(path) for path in paths]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["check", "--fail-on", "eror"],
            "check: there is no `eror` for --fail-on\n  fix: did you mean `error`?",
        ),
        (["--slect", "x"], "check: there is no option `--slect`\n  fix: did you mean `--select`?"),
        (["--slect=x"], "there is no option `--slect`\n  fix: did you mean `--select`?"),
        (["--select"], "check: `--select` needs a value\n  fix: write --select RULE"),
        (["--quiet=yes"], "check: `--quiet` takes no value, and has 'yes'\n  fix: write --quiet"),
        (["--no"], "ambiguous option: --no could match --no-cache, --no-baseline"),
        (["status", "src"], "status: `src` is not expected here\n  fix: leave it out"),
        (["baseline"], "baseline: COMMAND is missing\n  fix: there is `create`, `prune`, `diff`"),
        (
            ["baseline", "creat"],
            "baseline: there is no command `creat`\n  fix: did you mean `create`?",
        ),
        (["explain"], "explain: SERVICE is missing"),
    ],
)
def test_a_mistake_in_the_words_is_a_usage_error(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(words)
    assert caught.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith("usage: stackwright lint ")
    assert said in told


def test_a_misspelt_command_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["staus"]) == 2
    assert "did you mean `status`?" in capsys.readouterr().err


def test_the_whole_command_line_lists_both_halves(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        stackwright.main(["--help"])
    assert caught.value.code == 0
    told = capsys.readouterr().out
    assert "    stack " in told
    assert "    lint " in told


def test_a_word_that_is_no_command_names_those_of_both_halves(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as caught:
        stackwright.main(["lnit"])
    assert caught.value.code == 2
    assert "lint" in capsys.readouterr().err


def test_the_other_half_runs_as_before(capsys: pytest.CaptureFixture[str]) -> None:
    assert stackwright.main(["ports", "check", "--config", "gone.toml"]) == 2
    assert "gone.toml" in capsys.readouterr().err


def test_the_module_runs_as_the_command() -> None:
    for words in (["-m", "lint"], ["stackwright.py", "lint"]):
        shown = subprocess.run(
            [sys.executable, *words, "--help"], cwd=ROOT, check=True, capture_output=True, text=True
        )
        assert shown.stdout.startswith("usage: stackwright lint")
