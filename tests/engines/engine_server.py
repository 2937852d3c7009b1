"""A tiny real HTTP server in the place of an engine, for what real engines do too rarely."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, ThreadingTCPServer, UnixStreamServer
from typing import Any

PODMAN: Mapping[str, str] = {
    "Api-Version": "1.41",
    "Libpod-Api-Version": "4.3.1",
    "Server": "Libpod/4.3.1 (linux)",
}
DOCKER: Mapping[str, str] = {"Api-Version": "1.41", "Server": "Docker/20.10.24 (linux)"}
PLAIN: Mapping[str, str] = {"Server": "something else"}


@dataclass(slots=True)
class Says:
    """One answer. `delay`: seconds before it. `endless`: nothing follows it, not even its end."""

    body: object = ""
    status: int = 200
    delay: float = 0.0
    endless: bool = False

    @property
    def data(self) -> bytes:
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return text.encode()


@dataclass(slots=True)
class Script:
    """What a server says: the answers of a `METHOD /path` in turn, the last for ever.

    `asked`: what it was asked, in order. A path is known without its version and query.
    `silent_at`: from the first time that this is asked, nothing at all is answered (`silent` tells)
    until the server ends.
    """

    headers: Mapping[str, str] = field(default_factory=lambda: dict(PODMAN))
    answers: dict[str, list[Says]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    silent_at: str = ""
    silent: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    def answer(self, request: str) -> Says:
        self.asked.append(request)
        if request == self.silent_at:
            self.silent.set()
        if self.silent.is_set():
            self.ended.wait()
        if request == "GET /_ping":
            return Says("OK")
        said = self.answers.get(request)
        if not said:
            return Says({"message": f"no such thing: {request}"}, 404)
        return said.pop(0) if len(said) > 1 else said[0]


class _UnixServer(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True
    request_queue_size = 32


def _handler(script: Script) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            self.rfile.read(length)
            path = self.path.partition("?")[0]
            if path.startswith("/v1.41/"):
                path = path.removeprefix("/v1.41")
            said = script.answer(f"{self.command} {path}")
            time.sleep(said.delay)
            with suppress(OSError):
                self.send_response_only(said.status)
                for name, value in script.headers.items():
                    self.send_header(name, value)
                if not said.endless:
                    self.send_header("Content-Length", str(len(said.data)))
                self.end_headers()
                self.wfile.write(said.data)
                if said.endless:
                    script.silent.set()
                    script.ended.wait()

        do_GET = do_POST = do_DELETE = handle_any  # noqa: N815 - the library's names

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def serving(script: Script, path: Path) -> Iterator[Script]:
    """Serve on a unix socket at `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _UnixServer(str(path), _handler(script)) as server, _running(server):
        try:
            yield script
        finally:
            script.ended.set()
    path.unlink()


@contextmanager
def serving_tcp(script: Script, certificates: Path | None = None) -> Iterator[int]:
    """Serve on a port of 127.0.0.1, with TLS that wants a client's certificate when given one."""

    class Server(ThreadingTCPServer):
        daemon_threads = True
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), _handler(script)) as server:
        if certificates is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates / "cert.pem", certificates / "key.pem")
            context.load_verify_locations(certificates / "ca.pem")
            context.verify_mode = ssl.CERT_REQUIRED
            server.socket = context.wrap_socket(server.socket, server_side=True)
        with _running(server):
            yield int(server.server_address[1])


@contextmanager
def _running(server: Any) -> Iterator[None]:  # noqa: ANN401 - the servers share no useful base
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


@contextmanager
def listening(path: Path, speak: Callable[[socket.socket], None]) -> Iterator[None]:
    """A socket whose connections are each given to `speak`, which may say anything or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        server.settimeout(0.02)
        done = threading.Event()
        kept: list[socket.socket] = []

        def accept() -> None:
            while not done.is_set():
                with suppress(TimeoutError):
                    connection = server.accept()[0]
                    kept.append(connection)
                    with suppress(OSError):
                        speak(connection)

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
            for connection in kept:
                connection.close()
    path.unlink()
