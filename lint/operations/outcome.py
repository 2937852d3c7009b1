"""The end of every command: a failure becomes one message and its exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Final

from lint.errors import LintError
from lint.outputs.printable import printable

INTERNAL: Final = 2
STOPPED: Final = 130


def outcome(command: Callable[[], int]) -> int:
    """Run `command`; its exit code, or that of what went wrong, which is told on stderr."""
    try:
        return command()
    except LintError as error:
        told = "\n".join(printable(line) for line in str(error).split("\n"))
        print(f"stackwright lint: {told}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        raise
    except KeyboardInterrupt:
        print("stackwright lint: stopped by Ctrl-C", file=sys.stderr)
        return STOPPED
    except Exception:  # noqa: BLE001 - exit code 1 means findings, and must not mean a bug
        import traceback

        for line in traceback.format_exc().splitlines():
            print(printable(line), file=sys.stderr)
        print(
            "stackwright lint: this is a mistake of the linter itself, not of your repository\n"
            "  fix: report it with the lines above; `exclude` in [lint] leaves a file out",
            file=sys.stderr,
        )
        return INTERNAL
