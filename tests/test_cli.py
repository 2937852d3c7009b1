"""The command line: every command leads to its operation, and says what is wrong with its words."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest

from orchestration.cli import main, parser
from tests.docs.cli_page import commands

COMMANDS = [" ".join(words[1:]) for words, _ in commands(parser(), ("stackwright",))]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_an_operation_that_takes_its_options(command: str) -> None:
    arguments = vars(parser().parse_args(command.split()))
    module, name = arguments.pop("run")
    operation = getattr(import_module(f"orchestration.operations.{module}"), name)
    assert set(arguments) == set(inspect.signature(operation).parameters)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "COMMAND"),
        (["stack"], "COMMAND"),
        (["stack", "upp"], "invalid choice: 'upp'"),
        (["stack", "up", "--engine", "dokcer"], "'dokcer'"),
        (["stack", "logs", "--tail", "many"], "'many'"),
        (["stack", "up", "--sevrice", "x"], "--sevrice"),
    ],
)
def test_a_mistake_in_the_words_is_a_usage_error(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith("stackwright ")
