"""How a command ends."""

from __future__ import annotations

import errno

import pytest

from lint.errors import GitError, LintConfigError, LintError, NothingToScanError, UsageError
from lint.operations.outcome import outcome


def fails(error: BaseException) -> int:
    def command() -> int:
        raise error

    return outcome(command)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (LintError("x"), 2),
        (LintConfigError("x"), 2),
        (UsageError("x"), 2),
        (GitError("x"), 2),
        (NothingToScanError("x"), 3),
        (RecursionError("x"), 2),
        (KeyboardInterrupt(), 130),
    ],
)
def test_each_failure_has_its_exit_code(error: BaseException, code: int) -> None:
    assert fails(error) == code


def test_a_failure_is_one_message_that_controls_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    fails(LintError("a\x1b[2J", why="b", fix="c"))
    assert capsys.readouterr().err == "stackwright lint: a\\x1b[2J\n  why: b\n  fix: c\n"


def test_a_bug_is_told_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    fails(ZeroDivisionError("oh"))
    told = capsys.readouterr().err
    assert "ZeroDivisionError: oh" in told
    assert "a mistake of the linter itself" in told


def test_a_reader_that_has_gone_is_left_to_the_command_line() -> None:
    with pytest.raises(BrokenPipeError):
        fails(BrokenPipeError(errno.EPIPE, "Broken pipe"))


def test_a_full_disk_under_the_output_is_left_to_the_command_line() -> None:
    with pytest.raises(OSError, match="No space"):
        fails(OSError(errno.ENOSPC, "No space left on device"))


def test_any_other_failure_of_the_system_is_told_as_a_bug(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert fails(OSError(errno.EINVAL, "Invalid argument")) == 2
    assert "a mistake of the linter itself" in capsys.readouterr().err
