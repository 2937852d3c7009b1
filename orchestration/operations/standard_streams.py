"""Standard streams as a command finds them: closed, full, left by their reader, or in ASCII."""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final

UNWRITTEN: Final = 15
"""The exit code when the output cannot be written."""

UNREAD: Final = 141
"""The one when whoever read it has gone: what shells give for SIGPIPE."""

_OUTPUT: Final = frozenset(
    {errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}
)


def on_standard_streams(run: Callable[[], int]) -> int:
    """Do `run`, all of whose output is written when it returns; its exit code.

    UNREAD or, with a message, UNWRITTEN where the output could not be written.
    """
    _open()
    try:
        try:
            code = run()
        except SystemExit:
            # Help and the version are output as well.
            sys.stdout.flush()
            raise
        sys.stdout.flush()
    except OSError as error:
        if error.filename is not None or error.errno not in _OUTPUT:
            raise
        if error.errno == errno.EPIPE:
            return UNREAD
        with suppress(OSError):
            print(
                f"error: the output cannot be written: {error.strerror}\n"
                "  fix: make room, or write elsewhere",
                file=sys.stderr,
            )
        return UNWRITTEN
    finally:
        _silence_broken()
    return code


def _open() -> None:
    """Streams that take whatever is written; what the caller has closed (`>&-`) leads nowhere.

    In this order, so that each gets its own number, and no other file gets it later.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream: object = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115, PTH123 - for good
        elif mode == "w" and isinstance(stream, io.TextIOWrapper):
            # A letter that the terminal's encoding lacks is no reason to fail.
            stream.reconfigure(errors="backslashreplace")


def _silence_broken() -> None:
    """What is left in the buffer of a broken stream goes nowhere.

    Python writes it once more at exit, and a failure there replaces the exit code by 120.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, stream.fileno())
                os.close(nowhere)
