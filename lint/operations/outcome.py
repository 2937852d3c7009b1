"""The end of every command: a failure becomes one message and its exit code."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from typing import Final

from lint.errors import LintError
from lint.outputs.printable import printable

INTERNAL: Final = 2
STOPPED: Final = 130
_OUTPUT: Final = frozenset({errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF})


def outcome(command: Callable[[], int]) -> int:
    """Run `command`; its exit code, or that of what went wrong, which is told on stderr."""
    try:
        return command()
    except LintError as error:
        told = "\n".join(printable(line) for line in str(error).split("\n"))
        print(f"stackwright lint: {told}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        if error.errno in _OUTPUT and error.filename is None:
            raise  # The command line knows what becomes of its output.
        return _mistaken()
    except KeyboardInterrupt:
        print("stackwright lint: stopped by Ctrl-C", file=sys.stderr)
        return STOPPED
    except Exception:  # noqa: BLE001 - exit code 1 means findings, and must not mean a bug
        return _mistaken()


def _mistaken() -> int:
    import traceback

    for line in traceback.format_exc().splitlines():
        print(printable(line), file=sys.stderr)
    print(
        "stackwright lint: this is a mistake of the linter itself, not of your repository\n"
        "  fix: report it with the lines above; `exclude` in [lint] leaves a file out",
        file=sys.stderr,
    )
    return INTERNAL
