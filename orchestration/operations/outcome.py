"""The end of every command: a failure becomes one message and its exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable

from orchestration.errors import StackwrightError, exit_code_of
from orchestration.report import render_failure


def outcome(
    command: Callable[[], int], *, explain: Callable[[StackwrightError], str] = render_failure
) -> int:
    """Run `command`; its exit code, or that of the error, which `explain` turns into a message."""
    try:
        return command()
    except StackwrightError as error:
        print(explain(error), file=sys.stderr)
        return exit_code_of(error)
    except KeyboardInterrupt:
        print("stopped by Ctrl-C; nothing had been started", file=sys.stderr)
        return 130
