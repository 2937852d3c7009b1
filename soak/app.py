"""The application of the soak: connects to both servers at its start, and exits if it cannot.

Standing alone, because it is copied into containers. SIGUSR1 ends it with exit code 0, SIGUSR2 with
1. With LATE in its environment it connects to nothing, and never says that it is well.
"""

from __future__ import annotations

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg
import redis

QUERY = "SELECT count(*) FROM orders"


class Application(BaseHTTPRequestHandler):
    """`/health`, and `/both`, which asks both servers."""

    def do_GET(self) -> None:
        """Answer."""
        if os.environ.get("LATE"):
            self._answer(503, "not yet")
        elif self.path == "/health":
            self._answer(200, "ok")
        else:
            try:
                self._answer(200, ask_both())
            except (psycopg.Error, redis.RedisError) as error:
                self._answer(500, repr(error))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Keep no log."""

    def _answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())


def ask_both() -> str:
    """The number of orders by PostgreSQL, and Redis's PONG."""
    with psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=5) as database:
        found = database.execute(QUERY).fetchone()
    cache = redis.Redis(os.environ["REDIS_HOST"], int(os.environ["REDIS_PORT"]))
    try:
        return f"{found[0] if found else None} {cache.ping()}"
    finally:
        cache.close()


def main() -> None:
    """Connect to both, then serve."""
    signal.signal(signal.SIGUSR1, lambda *_: os._exit(0))
    signal.signal(signal.SIGUSR2, lambda *_: os._exit(1))
    if not os.environ.get("LATE"):
        try:
            print("connected:", ask_both(), flush=True)
        except (psycopg.Error, redis.RedisError) as error:
            print("cannot connect:", error, file=sys.stderr, flush=True)
            sys.exit(1)
    # In a container it is reached from outside.
    bind = os.environ.get("BIND", "127.0.0.1")
    ThreadingHTTPServer((bind, int(os.environ["PORT"])), Application).serve_forever()


if __name__ == "__main__":
    main()
