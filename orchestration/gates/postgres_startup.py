"""PostgreSQL's start-up exchange, protocol 3.0: https://www.postgresql.org/docs/16/protocol-flow.html"""

from __future__ import annotations

import struct
from hashlib import md5
from io import BufferedReader
from typing import Final

from orchestration.gates.excerpt import excerpt
from orchestration.gates.scram import MECHANISM, Scram, ScramError
from orchestration.gates.wire import Wire
from orchestration.model import Failed, NotYet, Ready, Text, Verdict, reveal

PROTOCOL: Final = 3 << 16
FRAME_LIMIT: Final = 64 * 1024
TERMINATE: Final = b"X\x00\x00\x00\x04"

_KINDS: Final = b"EKNRSZv"
_FOREIGN: Final = {2: "Kerberos", 7: "GSSAPI", 8: "GSSAPI", 9: "SSPI"}


class PostgresStartUp:
    """One exchange on one connection, from the start-up message to ReadyForQuery."""

    def __init__(
        self, wire: Wire, reader: BufferedReader, user: str, password: Text | None, database: str
    ) -> None:
        self._wire = wire
        self._reader = reader
        self._user = user
        self._password = password
        self._database = database
        self._scram: Scram | None = None
        self._version = ""

    def run(self) -> Verdict:
        """The whole exchange. Raises WireError when the connection breaks off."""
        self._wire.sendall(_startup(self._user, self._database))
        while True:
            header = self._take(5)
            kind, length = header[:1], int.from_bytes(header[1:], "big")
            if kind not in _KINDS or not 4 <= length <= FRAME_LIMIT:
                # A postmaster that cannot fork says `E` and plain text, as protocol 2 did.
                return NotYet(f'not a PostgreSQL answer: "{excerpt(header)}"')
            body = self._take(length - 4)
            match kind:
                case b"R":
                    verdict = self._authenticate(body)
                    if verdict is not None:
                        return verdict
                case b"E":
                    return self._judge(body)
                case b"S" if body.startswith(b"server_version\0"):
                    self._version = excerpt(body[15:].rstrip(b"\0"))
                case b"Z":
                    self._wire.sendall(TERMINATE)
                    return Ready(f"PostgreSQL {self._version}".rstrip())

    def _authenticate(self, body: bytes) -> Verdict | None:
        """Answer one authentication request; a verdict when that is impossible."""
        method, data = int.from_bytes(body[:4], "big"), body[4:]
        if method == 0:
            return None
        if method not in (3, 5, 10, 11, 12):
            name = _FOREIGN.get(method, f"authentication method {method}")
            return Failed(f"the server demands {name}, which this gate does not speak")
        if self._password is None:
            return Failed(
                f'the server demands a password of user "{self._user}"; none is configured'
            )
        password = reveal(self._password)
        try:
            match method:
                case 3:
                    self._answer(password.encode() + b"\0")
                case 5:
                    self._answer(_digest(self._user, password, data[:4]) + b"\0")
                case 10 if MECHANISM.encode() not in data.split(b"\0"):
                    return Failed(
                        f"the server demands {excerpt(data)}, which this gate does not speak"
                    )
                case 10:
                    self._scram = Scram(password)
                    first = self._scram.first()
                    name_and_length = MECHANISM.encode() + b"\0" + struct.pack("!i", len(first))
                    self._answer(name_and_length + first)
                case 11 if self._scram:
                    self._answer(self._scram.final(data))
                case 12 if self._scram:
                    self._scram.verify(data)
                case _:
                    return NotYet("not a PostgreSQL answer: SCRAM continued before it began")
        except ScramError as error:
            return Failed(f'user "{self._user}" cannot log in: {self._show(str(error))}')
        return None

    def _judge(self, body: bytes) -> Verdict:
        fields = {part[:1]: part[1:] for part in body.split(b"\0") if part}
        code, text = excerpt(fields.get(b"C", b"")), self._show(fields.get(b"M", b""))
        if not code or not text:
            return NotYet(f'not a PostgreSQL answer: "{self._show(body)}"')
        said = f"{text} (SQLSTATE {code})"
        match code:
            case "28P01":
                # In our words, because the server's are in its own language.
                return Failed(f'password authentication failed for user "{self._user}"')
            case "28000":
                return Failed(f'user "{self._user}" was refused: {said}')
            case _:
                return NotYet(said)

    def _take(self, count: int) -> bytes:
        data = self._reader.read(count)
        if len(data) < count:
            raise self._wire.closed()
        return data

    def _answer(self, body: bytes) -> None:
        self._wire.sendall(b"p" + struct.pack("!i", len(body) + 4) + body)

    def _show(self, said: str | bytes) -> str:
        return excerpt(said, hide=[] if self._password is None else [self._password])


def _startup(user: str, database: str) -> bytes:
    settings = {"user": user, "database": database, "application_name": "stackwright"}
    words = "".join(f"{name}\0{value}\0" for name, value in settings.items()).encode() + b"\0"
    return struct.pack("!ii", len(words) + 8, PROTOCOL) + words


def _digest(user: str, password: str, salt: bytes) -> bytes:
    """The answer to an MD5 request: md5(md5(password + user) + salt), in hexadecimal."""
    inner = md5((password + user).encode(), usedforsecurity=False).hexdigest()
    return b"md5" + md5(inner.encode() + salt, usedforsecurity=False).hexdigest().encode()
