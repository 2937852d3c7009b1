"""A stream that may go away while it is written to."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TextIO


class Sink:
    """Writes and flushes as long as somebody reads; afterwards does nothing, quietly.

    The run whose progress is shown must not end because its reader did.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._open = True

    @property
    def encoding(self) -> str:
        """The stream's encoding."""
        return self._stream.encoding or "utf-8"

    def write(self, text: str) -> int:
        """Take `text`; what the encoding lacks is spelt out."""
        if self._open:
            try:
                try:
                    self._stream.write(text)
                except UnicodeEncodeError:
                    spelt = text.encode(self.encoding, "backslashreplace")
                    self._stream.write(spelt.decode(self.encoding))
            except BlockingIOError:
                pass  # somebody made the terminal non-blocking: this piece is lost, not the rest
            except (OSError, ValueError) as error:
                self._close(error)
        return len(text)

    def flush(self) -> None:
        """Hand on what was written."""
        if self._open:
            try:
                self._stream.flush()
            except BlockingIOError:
                pass
            except (OSError, ValueError) as error:
                self._close(error)

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        return self._open and self._stream.isatty()

    def fileno(self) -> int:
        """The stream's file descriptor; OSError when it has none."""
        return self._stream.fileno()

    def _close(self, error: OSError | ValueError) -> None:
        self._open = False
        if isinstance(error, OSError):
            # Python flushes standard streams once more at exit, and a failure there replaces the
            # exit code by 120: what is left must go somewhere.
            with suppress(OSError, ValueError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stream.fileno())
                os.close(nowhere)
