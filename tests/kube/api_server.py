"""The HTTP side: sockets, latency, faults and streams."""

from __future__ import annotations

import socket
import ssl
import struct
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from tests.kube import answer
from tests.kube.answer import Answer, Stream
from tests.kube.faults import Breakage, Delays, Faults, Refuses, Warns
from tests.kube.handling import Handling
from tests.kube.request import Request, target, verb
from tests.kube.request_log import RequestLog, Seen
from tests.kube.status_error import StatusError, UnknownPathError

_REASONS = {
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
    504: "Timeout",
}


@dataclass(slots=True)
class Traffic:
    """What happens to every request. `latency_s`: before each answer; of a watch, before its
    first. `over`: the server ends."""

    handling: Handling
    faults: Faults = field(default_factory=Faults)
    requests: RequestLog = field(default_factory=RequestLog)
    latency_s: float = 0.0
    over: threading.Event = field(default_factory=threading.Event)
    failures: list[BaseException] = field(default_factory=list)
    streams: set[socket.socket] = field(default_factory=set)
    connections: set[socket.socket] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def __init__(self, traffic: Traffic, *args: object) -> None:
        self.traffic = traffic
        super().__init__(*args)  # type: ignore[arg-type]  # as socketserver hands them over

    def setup(self) -> None:
        super().setup()
        with self.traffic.lock:
            self.traffic.connections.add(self.connection)

    def finish(self) -> None:
        with self.traffic.lock:
            self.traffic.connections.discard(self.connection)
        with suppress(OSError, ValueError):
            super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name it has above
        """Silence: what came is in the request log."""

    def _handle(self) -> None:
        traffic = self.traffic
        request = self._read()
        asked, resource = self._about(request)
        traffic.requests.begin()
        seen = partial(
            Seen,
            method=request.method,
            path=request.path,
            query=request.query,
            verb=asked,
            resource=resource,
            agent=request.headers.get("user-agent", ""),
        )
        try:
            if traffic.latency_s:
                traffic.over.wait(traffic.latency_s)
            effect = traffic.faults.strike(request, asked)
            if isinstance(effect, Delays):
                traffic.over.wait(effect.seconds)
            if isinstance(effect, Breakage):
                traffic.requests.add(seen(code=0))
                self._break(effect)
                return
            given = (
                _refusal(effect)
                if isinstance(effect, Refuses)
                else traffic.handling.answer(request)
            )
            if isinstance(given, Answer):
                traffic.requests.add(seen(code=given.code))
                self._send(given, warnings=effect.headers if isinstance(effect, Warns) else ())
        finally:
            traffic.requests.end()
        if isinstance(given, Stream):
            traffic.requests.add(seen(code=200))
            self._stream(given)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _handle  # noqa: N815 - names http.server looks for

    def _read(self) -> Request:
        url = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        return Request(
            method=self.command,
            path=url.path,
            query=dict(parse_qsl(url.query, keep_blank_values=True)),
            headers={name.lower(): each for name, each in self.headers.items()},
            body=self.rfile.read(length) if length else b"",
        )

    def _about(self, request: Request) -> tuple[str, str]:
        try:
            about = target(request.path, self.traffic.handling.registry.catalogue)
        except UnknownPathError:
            return "", ""
        if about is None:
            return "", ""
        below = f"/{about.subresource}" if about.subresource else ""
        return verb(request, about), about.resource.qualified + below

    def _send(self, given: Answer, *, cut: bool = False, warnings: tuple[str, ...] = ()) -> None:
        self.send_response(given.code)
        self.send_header("Content-Type", given.content_type)
        self.send_header("Content-Length", str(len(given.body)))
        for name, each in given.headers.items():
            self.send_header(name, each)
        for each in warnings:
            self.send_header("Warning", each)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(given.body[: len(given.body) // 2] if cut else given.body)
        self.wfile.flush()

    def _break(self, effect: Breakage) -> None:
        self.close_connection = True
        match effect:
            case Breakage.HANG:
                self.traffic.over.wait()
            case Breakage.RESET:
                _reset(self.connection)
            case Breakage.CUT:
                self._send(answer.of_doc({"kind": "List", "apiVersion": "v1"}), cut=True)

    def _stream(self, given: Stream) -> None:
        self.close_connection = True
        with self.traffic.lock:
            self.traffic.streams.add(self.connection)
        try:
            self.send_response(200)
            self.send_header("Content-Type", given.content_type)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.flush()
            for piece in given.pieces:
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")
            self.wfile.flush()
        finally:
            with self.traffic.lock:
                self.traffic.streams.discard(self.connection)


def _refusal(effect: Refuses) -> Answer:
    if effect.plain:
        return answer.of_text(effect.message, effect.code)
    reason = _REASONS.get(effect.code, "Unknown")
    error = StatusError(effect.code, reason, effect.message, retry_after=effect.retry_after)
    return answer.of_error(error)


def _reset(connection: socket.socket) -> None:
    """Close so that the other side sees a reset, no orderly end."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()


class ApiServer(ThreadingHTTPServer):
    """Serves `traffic` on a free port of 127.0.0.1, over TLS when given a certificate and key."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, traffic: Traffic, certificate: tuple[Path, Path] | None = None) -> None:
        self.traffic = traffic
        super().__init__(("127.0.0.1", 0), partial(_Handler, traffic))
        self.scheme = "http"
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.socket = context.wrap_socket(
                self.socket, server_side=True, do_handshake_on_connect=False
            )
            self.scheme = "https"
        self._thread = threading.Thread(
            target=self.serve_forever, args=(0.02,), name="api-server", daemon=True
        )

    @property
    def url(self) -> str:
        """Where it is: `http://127.0.0.1:41234`."""
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End every stream and connection, and the server."""
        self.traffic.over.set()
        changed = self.traffic.handling.registry.store.changed
        with changed:
            changed.notify_all()
        self.shutdown()
        self._thread.join()
        self.drop(self.traffic.connections)
        self.server_close()

    def drop(self, connections: set[socket.socket]) -> None:
        """Reset these connections."""
        with self.traffic.lock:
            for each in list(connections):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that go away are no failure; all else is kept for the test to see."""
        problem = sys.exc_info()[1]
        if problem is not None and not isinstance(problem, OSError):
            self.traffic.failures.append(problem)
