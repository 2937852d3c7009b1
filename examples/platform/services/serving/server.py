"""A threaded HTTP/1.1 server over a table of routes."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Condition
from time import perf_counter
from urllib.parse import parse_qsl, unquote, urlsplit

from serving.environment import RefusalError
from serving.exchange import HttpError, Reply, Request, Route, answer

LOG = logging.getLogger("serving")
BODY_LIMIT = 64 * 1024

Observe = Callable[[str, str, int, float], None]
"""Told of every exchange: method, route path, status, seconds."""


def _ignore(method: str, route: str, status: int, seconds: float) -> None:
    LOG.debug("%s %s %d %.1f ms", method, route, status, seconds * 1000)


class Server(ThreadingHTTPServer):
    """Listens at once, answers when `serve_forever` runs. Bodies are bounded by `BODY_LIMIT`.

    Raises RefusalError when the address cannot be had.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, host: str, port: int, routes: Iterable[Route], observe: Observe = _ignore
    ) -> None:
        self.routes = tuple(routes)
        self.observe = observe
        self._busy = 0
        self._changed = Condition()
        try:
            super().__init__((host, port), _Exchange)
        except OSError as error:
            raise RefusalError(f"cannot listen on {host}:{port}: {error.strerror}") from None

    def server_bind(self) -> None:
        """Bind without the base class's reverse look-up of the own name, which may wait on DNS."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.socket.getsockname()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no defect; everything else is logged with its traceback."""
        if isinstance(sys.exception(), ConnectionError | TimeoutError):
            LOG.debug("%s went away", client_address)
        else:
            LOG.exception("connection from %s failed", client_address)

    def respond(self, method: str, target: str, read: Callable[[], bytes]) -> Reply:
        """Answer one request; `read` gives its body and may raise HttpError."""
        began = perf_counter()
        label = "unmatched"
        try:
            path = urlsplit(target)
            route, parts = self._find(method, path.path)
            label = route.path
            query = dict(parse_qsl(path.query, keep_blank_values=True))
            reply = route.handle(Request(parts=parts, query=query, body=read()))
        except HttpError as error:
            reply = answer({"error": error.reason}, status=error.status, headers=error.headers)
        except ConnectionError:
            raise
        except Exception:
            LOG.exception("%s %s failed", method, label)
            reply = answer({"error": "internal error, see the service's log"}, status=500)
        self.observe(method, label, reply.status, perf_counter() - began)
        return reply

    @contextmanager
    def busy(self) -> Iterator[None]:
        """For as long as an answer is under way, until its last byte is written."""
        with self._changed:
            self._busy += 1
        try:
            yield
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def drain(self, seconds: float) -> None:
        """Wait so long for the answers under way."""
        with self._changed:
            self._changed.wait_for(lambda: self._busy == 0, seconds)

    def _find(self, method: str, path: str) -> tuple[Route, dict[str, str]]:
        segments = [unquote(each) for each in path.split("/")]
        allowed: list[str] = []
        for route in self.routes:
            parts = route.match(segments)
            if parts is not None and route.method == method:
                return route, parts
            if parts is not None:
                allowed.append(route.method)
        if allowed:
            reason = f"{method} is not possible here, only {', '.join(allowed)}"
            raise HttpError(405, reason, {"Allow": ", ".join(allowed)})
        raise HttpError(404, "no such path")


class _Exchange(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "platform"
    sys_version = ""
    timeout = 30
    wbufsize = -1
    disable_nagle_algorithm = True

    def answer(self) -> None:
        with self.server.busy():
            self._unread = True
            reply = self.server.respond(self.command, self.path, self._read)
            if self._unread and self._announces_body():
                self.close_connection = True
            self._write(reply)
            self.wfile.flush()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer  # noqa: N815 - the base class's names

    def _announces_body(self) -> bool:
        length = self.headers.get("Content-Length", "0")
        return length != "0" or "Transfer-Encoding" in self.headers

    def _read(self) -> bytes:
        length = self.headers.get("Content-Length")
        if "Transfer-Encoding" in self.headers or (length is None and self.command == "POST"):
            raise HttpError(411, "send the body with a Content-Length")
        if length is None:
            return b""
        if not (length.isascii() and length.isdecimal()):
            raise HttpError(400, "Content-Length is not a number")
        if len(length) > 9 or int(length) > BODY_LIMIT:
            raise HttpError(413, f"the body is larger than {BODY_LIMIT} bytes")
        body = self.rfile.read(int(length))
        self._unread = False
        if len(body) < int(length):
            raise ConnectionError("the body ended early")
        return body

    def _write(self, reply: Reply) -> None:
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """The answer to what is not even HTTP, in JSON as all others."""
        self.close_connection = True
        self._write(answer({"error": message or "bad request"}, status=code))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """The base class's lines, for whoever asks for them."""
        LOG.debug(format, *args)
