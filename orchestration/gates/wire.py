"""A TCP connection that cannot outstay one look: bounded in time, and in what is read."""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import Iterator
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

LOOK_SECONDS: Final = 2.0
"""What a whole look may take: connecting, asking and hearing the answer to its end."""

READ_LIMIT: Final = 256 * 1024
"""What a look may read, in bytes: four times the largest answer that a gate is interested in."""


class WireError(Exception):
    """The conversation broke off; the text is the answer to show: `connection refused`."""


class HangUpError(WireError):
    """The peer ended the conversation."""


class SilenceError(WireError):
    """The peer is connected and did not say enough in time."""


class Wire(socket.socket):
    """A connection whose operations *together* end by its deadline.

    Socket timeouts alone start anew with each byte, so that a peer which drips would hold a look
    for ever. It stays a `socket`, because `http.client` and `makefile` want one. Connecting,
    `sendall` and `recv_into` (which `makefile` reads by) raise only `WireError`.
    """

    deadline: float
    received: int

    def open(self, address: tuple[object, ...], deadline: float) -> None:
        """Connect to a socket address by `deadline` on the monotonic clock."""
        self.deadline = deadline
        self.received = 0
        with self._in_words():
            self.connect(address)
            met_itself = self.getsockname() == self.getpeername()
        if met_itself:
            # On loopback, a client whose own port happens to be the one it calls meets itself.
            raise WireError("connection refused")

    def shorten(self, seconds: float) -> None:
        """Bring the deadline forward to `seconds` from now."""
        self.deadline = min(self.deadline, monotonic() + seconds)

    def sendall(self, data: ReadableBuffer, flags: int = 0, /) -> None:
        """Send everything by the deadline."""
        with self._in_words():
            super().sendall(data, flags)

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> int:
        """Receive by the deadline; WireError past READ_LIMIT."""
        with self._in_words():
            count = super().recv_into(buffer, nbytes, flags)
        self.received += count
        if self.received > READ_LIMIT:
            raise WireError(f"more than {READ_LIMIT // 1024} KiB of answer")
        return count

    def closed(self) -> HangUpError:
        """What to raise when the peer ended the conversation."""
        when = "in the middle of an answer" if self.received else "before any answer"
        return HangUpError(f"connection closed {when}")

    def _left(self) -> float:
        left = self.deadline - monotonic()
        if left <= 0:
            # Also when bytes are waiting: a peer that never pauses must not be heard for ever.
            raise TimeoutError
        return left

    @contextlib.contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            self.settimeout(self._left())
            yield
        except TimeoutError:
            what = "no complete answer" if self.received else "no answer"
            raise SilenceError(f"{what} within {LOOK_SECONDS:g} s") from None
        except ConnectionRefusedError:
            raise WireError("connection refused") from None
        except (ConnectionResetError, BrokenPipeError):
            # Which of reset and end a forwarder's hang-up becomes is a matter of microseconds.
            raise self.closed() from None
        except OSError as error:
            if error.errno == errno.ENOTCONN:
                # Connected, and reset before anything could be asked of the connection.
                raise self.closed() from None
            raise WireError(error.strerror or str(error)) from error


def dial(host: str, port: int) -> Wire:
    """Connect to the first address of `host` that accepts. Raises WireError."""
    deadline = monotonic() + LOOK_SECONDS
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise WireError(f"host {host} not found: {error.strerror}") from error
    failure = WireError(f"host {host} has no address")
    for family, kind, protocol, _, address in found:
        wire = Wire(family, kind, protocol)
        try:
            wire.open(address, deadline)
        except WireError as error:
            wire.close()
            failure = error
        else:
            return wire
    raise failure
