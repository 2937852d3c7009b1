"""A Redis-compatible server is ready when it answers PING with PONG."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from orchestration.gates.accepted import check_text
from orchestration.gates.excerpt import excerpt
from orchestration.gates.url import write_url
from orchestration.gates.wire import WireError, dial
from orchestration.model import Failed, NotYet, Pacing, Ready, Text, Verdict, reveal
from orchestration.ports import Target

LINE_LIMIT: Final = 4096
"""How many bytes of one reply are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisGate:
    """(AUTH and) PING over TCP. `username` is for servers with access lists, Redis 6 and later.

    Raises ValueError for credentials the protocol cannot carry.
    """

    port: str
    password: Text | None = field(default=None, repr=False)
    username: str = ""
    pacing: Pacing = field(default_factory=Pacing)

    def __post_init__(self) -> None:
        check_text("username", self.username)
        if self.password is not None:
            check_text("password", self.password)

    @property
    def scheme(self) -> str:
        """`redis`."""
        return "redis"

    def describe(self) -> str:
        """`PING on redis`."""
        return f"PING on {self.port}"

    def dsn(self, host: str, port: int) -> Text:
        """`redis://username:password@host:port`."""
        return write_url(self.scheme, host, port, user=self.username, password=self.password)

    def look(self, target: Target) -> Verdict:
        """Ask once. Refused credentials are Failed; a server that loads or is busy is NotYet."""
        commands = [b"PING\r\n"]
        if self.password is not None:
            names = [self.username] if self.username else []
            commands.insert(0, _encode("AUTH", *names, reveal(self.password)))
        try:
            with dial(*target.address(self.port)) as wire, wire.makefile("rb") as reader:
                wire.sendall(b"".join(commands))
                reply = b"+OK\r\n"
                for _ in commands:
                    if not reply.startswith(b"+"):
                        break
                    reply = reader.readline(LINE_LIMIT)
                    if not reply.endswith(b"\n") and len(reply) < LINE_LIMIT:
                        raise wire.closed()
        except WireError as error:
            return NotYet(str(error))
        return self._judge(reply)

    def _judge(self, reply: bytes) -> Verdict:
        text = excerpt(reply, hide=[] if self.password is None else [self.password])
        user = f'user "{self.username or "default"}"'
        match text.split(" ", 1)[0]:
            case "+PONG":
                return Ready("PONG")
            case "-NOAUTH" if self.password is None:
                return Failed("the server demands a password, and none is configured")
            case "-NOAUTH" | "-WRONGPASS":
                return Failed(f"the server refused the password of {user}: {text[1:]}")
            case "-NOPERM" | "-DENIED":
                return Failed(f"the server refused {user}: {text[1:]}")
            case "-ERR" if "AUTH" in text or "invalid password" in text:
                return Failed(f"the server refused AUTH: {text[1:]}")
            case word if word.startswith("-") and word != "-":
                return NotYet(text[1:])
            case _:
                return NotYet(f'not Redis: "{text}"')


def _encode(*words: str) -> bytes:
    """A command as an array of strings, which unlike the inline form carries any byte."""
    parts = [f"*{len(words)}\r\n".encode()]
    for word in words:
        data = word.encode()
        parts.append(b"$%d\r\n%b\r\n" % (len(data), data))
    return b"".join(parts)
