"""A component is ready when it answers an HTTP request as expected."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from orchestration.gates.accepted import check_pattern
from orchestration.gates.excerpt import excerpt
from orchestration.gates.url import write_url
from orchestration.gates.wire import Wire, WireError, dial
from orchestration.model import NotYet, Pacing, Ready, Secret, Text, Verdict, reveal
from orchestration.ports import Target

if TYPE_CHECKING:
    from http.client import HTTPResponse

BODY_LIMIT: Final = 64 * 1024
"""How much of a body is read, in bytes."""

DRAIN_SECONDS: Final = 0.25
"""How long to read on when the status alone has decided: an endless stream must not cost a look."""

_PATH: Final = re.compile(r"/[!-~]*")
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE: Final = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpGate:
    """`GET path` on `port` answers with one of `status`, and a body in which `body` is found.

    `body`: a regular expression, searched in the first 64 KiB. Redirects are not followed, and
    proxies of the environment not used. Raises ValueError for what cannot be sent or matched.
    """

    port: str
    path: str = "/"
    status: tuple[int, ...] = (200,)
    body: str | None = None
    headers: Mapping[str, Text] = field(default_factory=dict, repr=False)
    pacing: Pacing = field(default_factory=Pacing)

    def __post_init__(self) -> None:
        if not _PATH.fullmatch(self.path):
            raise ValueError(f"path {self.path!r} must start with / and be percent-encoded")
        if self.body is not None:
            check_pattern("body", self.body)
        for name, value in self.headers.items():
            if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(reveal(value)):
                raise ValueError(f"header {name!r} has characters that HTTP does not allow")

    @property
    def scheme(self) -> str:
        """`http`."""
        return "http"

    def describe(self) -> str:
        """`GET /health on http`."""
        return f"GET {self.path} on {self.port}"

    def dsn(self, host: str, port: int) -> Text:
        """`http://host:port`."""
        return write_url(self.scheme, host, port)

    def look(self, target: Target) -> Verdict:
        """Ask once. A wrong status or body is NotYet: services say 503 and 404 while they start."""
        from http.client import HTTPException, RemoteDisconnected

        host, port = target.address(self.port)
        try:
            with dial(host, port) as wire:
                return self._ask(wire, host, port)
        except WireError as error:
            return NotYet(str(error))
        except RemoteDisconnected:
            return NotYet("connection closed before any answer")
        except HTTPException as error:
            return NotYet(f'not HTTP: "{self._show(str(error) or type(error).__name__)}"')

    def _ask(self, wire: Wire, host: str, port: int) -> Verdict:
        from http.client import HTTPConnection

        connection = HTTPConnection(host, port)
        connection.sock = wire
        given = {name.lower(): reveal(value) for name, value in self.headers.items()}
        headers = {"user-agent": "stackwright", "accept": "*/*", "connection": "close", **given}
        connection.putrequest(
            "GET", self.path, skip_host="host" in given, skip_accept_encoding=True
        )
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        with connection.getresponse() as response:
            return self._judge(wire, response)

    def _judge(self, wire: Wire, response: HTTPResponse) -> Verdict:
        status = f"HTTP {response.status}"
        expected = response.status in self.status
        if self.body is None or not expected:
            wire.shorten(DRAIN_SECONDS)
        body = _read_body(response)
        if not expected:
            moved = response.getheader("location")
            where = f' to "{self._show(moved)}"' if moved else ""
            return NotYet(f'{status}{where}: "{self._show(body)}"')
        if self.body is None or re.search(self.body, body.decode(errors="replace")):
            return Ready(status)
        return NotYet(f'{status}, and /{self.body}/ is not in "{self._show(body)}"')

    def _show(self, said: str | bytes) -> str:
        return excerpt(
            said, hide=[each for each in self.headers.values() if isinstance(each, Secret)]
        )


def _read_body(response: HTTPResponse) -> bytes:
    """What came of the body, up to the limit: a body that ends early is judged by what there is."""
    from http.client import HTTPException

    body = b""
    try:
        while len(body) < BODY_LIMIT and (piece := response.read1(BODY_LIMIT - len(body))):
            body += piece
    except (HTTPException, WireError):
        return body
    return body
