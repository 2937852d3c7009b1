"""A SOCKS proxy that leads to one place."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final
from urllib.parse import urlsplit

NO_PASSWORD: Final = b"\x05\x00"
_CONNECTED: Final = b"\x05\x00\x00\x01" + bytes(6)


@contextmanager
def socks_proxy(url: str, *, greeting: bytes = NO_PASSWORD) -> Iterator[str]:
    """`HOST:PORT` of a proxy that leads to `url` whatever is asked for. `greeting`: what it answers
    first; anything but NO_PASSWORD ends it there."""
    to = urlsplit(url)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(512)
            self.request.sendall(greeting)
            if greeting != NO_PASSWORD:
                return
            self.request.recv(512)
            with socket.create_connection((to.hostname, to.port or 80)) as there:
                self.request.sendall(_CONNECTED)
                back = threading.Thread(target=_pass_on, args=(there, self.request), daemon=True)
                back.start()
                _pass_on(self.request, there)
                back.join()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
