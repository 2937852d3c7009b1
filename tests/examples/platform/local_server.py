"""A real server of the examples' own kind, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

from serving.exchange import Route
from serving.server import Server


@contextmanager
def local_server(*routes: Route) -> Iterator[Server]:
    """A server of `routes` on a free port of 127.0.0.1."""
    with Server("127.0.0.1", 0, routes) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def url_of(server: Server) -> str:
    """Where a server listens."""
    return f"http://127.0.0.1:{server.server_port}"
