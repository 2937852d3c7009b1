"""A component is ready when something behind its port answers, or holds a connection."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from orchestration.gates.accepted import check_pattern
from orchestration.gates.excerpt import excerpt
from orchestration.gates.url import write_url
from orchestration.gates.wire import HangUpError, SilenceError, Wire, WireError, dial
from orchestration.model import NotYet, Pacing, Ready, Text, Verdict
from orchestration.ports import Target

HOLD_SECONDS: Final = 0.05
"""How long a silent connection must stay open to count."""

ANSWER_LIMIT: Final = 64 * 1024
"""How many bytes of an answer are searched."""

_CLOSED_AT_ONCE: Final = NotYet("accepted and closed at once: nothing listens behind the port")


@dataclass(frozen=True, slots=True, kw_only=True)
class TcpGate:
    """Connects to `port`, sends `send`, and looks for `expect`.

    - `expect` (a regular expression over bytes): what the peer says must contain it.
    - only `send`: the peer must answer with at least one byte.
    - neither: the peer speaks first, or keeps the connection open for 50 ms.

    An accepted connection alone proves nothing: the forwarder of a published port (docker-proxy,
    rootlessport) accepts before the component listens, and hangs up as soon as it cannot pass the
    connection on, which takes it about a millisecond. A forwarder that dawdles longer than 50 ms
    deceives the third form; the first two cannot be deceived. Raises ValueError for a bad pattern.
    """

    port: str
    send: bytes = b""
    expect: bytes | None = None
    pacing: Pacing = field(default_factory=Pacing)

    def __post_init__(self) -> None:
        if self.expect is not None:
            check_pattern("expect", self.expect)

    @property
    def scheme(self) -> str:
        """`tcp`."""
        return "tcp"

    def describe(self) -> str:
        """`TCP connection on grpc`."""
        what = "connection" if self.expect is None and not self.send else "exchange"
        return f"TCP {what} on {self.port}"

    def dsn(self, host: str, port: int) -> Text:
        """`tcp://host:port`."""
        return write_url(self.scheme, host, port)

    def look(self, target: Target) -> Verdict:
        """Connect once."""
        try:
            with dial(*target.address(self.port)) as wire:
                if self.send:
                    wire.sendall(self.send)
                elif self.expect is None:
                    return _stays_open(wire)
                return self._listen(wire)
        except HangUpError as error:
            asks = self.send or self.expect is not None
            return NotYet(str(error)) if asks else _CLOSED_AT_ONCE
        except WireError as error:
            return NotYet(str(error))

    def _listen(self, wire: Wire) -> Verdict:
        heard = b""
        with wire.makefile("rb") as reader:
            try:
                while len(heard) < ANSWER_LIMIT and (piece := reader.read1(ANSWER_LIMIT)):
                    heard += piece
                    if self.expect is None or re.search(self.expect, heard):
                        return Ready(f'answered "{excerpt(heard)}"')
            except WireError:
                if not heard:
                    raise
        if not heard:
            raise wire.closed()
        return NotYet(f'answered "{excerpt(heard)}", without the expected bytes')


def _stays_open(wire: Wire) -> Verdict:
    wire.shorten(HOLD_SECONDS)
    with wire.makefile("rb") as reader:
        try:
            said = reader.read1(ANSWER_LIMIT)
        except SilenceError:
            return Ready("connection stays open")
        except WireError:
            said = b""
    if said:
        return Ready(f'answered "{excerpt(said)}"')
    return _CLOSED_AT_ONCE
