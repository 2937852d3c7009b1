"""Requests over a connection, and what comes back: bytes, tables, lines, or ApiError."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from asyncio.trsock import TransportSocket
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from orchestration.cluster.api import ApiError, Body
from orchestration.cluster.http_failure import on_the_way, refused
from orchestration.cluster.new_namespaces import NewNamespaces
from orchestration.cluster.server_clock import ServerClock
from orchestration.cluster.server_warnings import server_warnings

if TYPE_CHECKING:
    import httpx2

OPENING_S: Final = 30.0
"""How long the first byte of a stream may take."""
CLOSING_S: Final = 1.0
"""How long closing the connections may take; the system closes them with the process else."""

APPLY: Final = "application/apply-patch+yaml"
"""The content type of server-side apply, which the server reads as YAML."""

_BEYOND: Final = re.compile(r"[^\x00-\x7e]")
_METHODS: Final = {"delete": "DELETE", "patch": "PATCH"}
_KEEP_ALIVE: Final = tuple(
    (level, getattr(socket, name), value)
    for level, name, value in (
        (socket.SOL_SOCKET, "SO_KEEPALIVE", 1),
        (socket.IPPROTO_TCP, "TCP_KEEPIDLE", 15),
        (socket.IPPROTO_TCP, "TCP_KEEPINTVL", 5),
        (socket.IPPROTO_TCP, "TCP_KEEPCNT", 3),
    )
    if hasattr(socket, name)
)


class Channel:
    """Sends requests, at most `limit` of them under way at once; streams count until they begin.

    `new`: namespaces in which a lack of rights may end by itself. `server_name`: whom the
    certificate must name, "" for the host. `requests`: sent so far. Every method raises ApiError;
    `verb` is what the request is in RBAC.
    """

    def __init__(
        self, http: httpx2.AsyncClient, *, limit: int, clock: ServerClock, server_name: str = ""
    ) -> None:
        self.new = NewNamespaces()
        self.requests = 0
        self._http = http
        self._clock = clock
        self._extensions = {"sni_hostname": server_name} if server_name else {}
        self._turn = asyncio.Semaphore(limit)

    async def table(
        self,
        verb: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Body | None = None,
        content_type: str = "",
        warned: Callable[[str], object] | None = None,
    ) -> Body:
        """The JSON object that is answered."""
        return as_table(verb, path, await self.send(verb, path, query, body, content_type, warned))

    async def send(
        self,
        verb: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Body | None = None,
        content_type: str = "",
        warned: Callable[[str], object] | None = None,
    ) -> bytes:
        """What is answered. `warned` is told what the server warns of, whatever it answers."""
        request = self._http.build_request(
            _METHODS.get(verb, "GET"),
            path,
            params=query,
            content=None if body is None else _written(body, content_type),
            headers={"Content-Type": content_type} if content_type else {},
            extensions=dict(self._extensions),
        )
        async with self._turn:
            with _failing(verb, path):
                response = await self._sent(request, stream=False)
        if warned is not None:
            for each in server_warnings(response.headers.get_list("warning")):
                warned(each)
        if not response.is_success:
            raise self._refused(verb, path, response)
        return response.content

    async def lines(
        self, verb: str, path: str, query: Mapping[str, str], silence_s: float | None
    ) -> AsyncGenerator[bytes, None]:
        """What is answered, line by line as it comes, for `silence_s` seconds without one at most.

        Ends where the server ends it. Closing it, or cancelling who reads it, hangs up.
        """
        request = self._http.build_request(
            "GET", path, params=query, extensions=dict(self._extensions)
        )
        request.extensions["timeout"] = {**request.extensions["timeout"], "read": silence_s}
        async with self._turn:
            with _failing(verb, path):
                async with asyncio.timeout(OPENING_S):
                    response = await self._sent(request, stream=True)
        try:
            with _failing(verb, path):
                if not response.is_success:
                    await response.aread()
                    raise self._refused(verb, path, response)
                _keep_alive(response)
                rest = b""
                # Not httpx2's lines: it also breaks them at characters that JSON may hold.
                async for piece in response.aiter_bytes():
                    *whole, rest = (rest + piece).split(b"\n")
                    for line in whole:
                        yield line
                if rest:
                    yield rest
        finally:
            await response.aclose()

    async def _sent(self, request: httpx2.Request, *, stream: bool) -> httpx2.Response:
        self.requests += 1
        sent = self._clock.monotonic()
        response = await self._http.send(request, stream=stream)
        self._clock.saw(response.headers.get("date", ""), sent, self._clock.monotonic())
        return response

    def _refused(self, verb: str, path: str, response: httpx2.Response) -> ApiError:
        error = refused(verb, path, response.status_code, response.content, response.headers)
        error.retryable = error.retryable or self.new.excuses(error, self._clock.now())
        return error

    async def close(self) -> None:
        """Close every connection; what cannot be closed in time is left to the system."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSING_S):
                await self._http.aclose()


def _written(body: Body, content_type: str) -> bytes:
    if content_type != APPLY:
        return json.dumps(body, separators=(",", ":")).encode()
    # JSON is YAML but for its escapes beyond U+FFFF: YAML knows no pairs of surrogates, and takes
    # neither DEL nor control characters as they are.
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return _BEYOND.sub(_escaped, text).encode()


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


@contextmanager
def _failing(verb: str, path: str) -> Iterator[None]:
    from orchestration.cluster.connection import FAILURES

    try:
        yield
    except FAILURES as error:
        raise on_the_way(verb, path, error) from error


def _keep_alive(response: httpx2.Response) -> None:
    """Have the system notice within half a minute that the other side of a stream is gone."""
    stream = response.extensions.get("network_stream")
    found = stream.get_extra_info("socket") if stream is not None else None
    if isinstance(found, TransportSocket):
        for level, option, value in _KEEP_ALIVE:
            found.setsockopt(level, option, value)


def as_table(verb: str, path: str, content: bytes) -> Body:
    """The JSON object in `content`. Raises ApiError."""
    try:
        found = json.loads(content)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise garbled(verb, path, content)
    return found


def garbled(verb: str, path: str, content: bytes) -> ApiError:
    """For an answer that no API server gives: that of a login page, say."""
    return ApiError(
        verb=verb,
        path=path,
        code=0,
        reason="Broken",
        message=f"the answer is none of an API server: {content[:80].decode(errors='replace')!r}",
    )
