"""The end of every command: a failure becomes one message and its exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable

from orchestration.errors import StackwrightError, exit_code_of
from orchestration.operations.standard_streams import on_standard_streams
from orchestration.progress.sink import Sink
from orchestration.report import render_failure


def outcome(
    command: Callable[[], int], *, explain: Callable[[StackwrightError], str] = render_failure
) -> int:
    """Run `command`; its exit code, or that of the error, which `explain` turns into a message."""
    try:
        return on_standard_streams(command)
    except StackwrightError as error:
        _say(explain(error))
        return exit_code_of(error)
    except KeyboardInterrupt:
        _say("stopped by Ctrl-C")
        return 130


def raise_last(problems: Iterable[StackwrightError]) -> None:
    """Raise the last of them, if there is one, once the others have been told."""
    told = list({str(each): each for each in problems}.values())
    for each in told[:-1]:
        _say(render_failure(each))
    if told:
        raise told[-1]


def _say(text: str) -> None:
    """To the terminal, which may have been closed: that is no reason for another exit code."""
    sink = Sink(sys.stderr)
    sink.write(f"{text}\n")
    sink.flush()
