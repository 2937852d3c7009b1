"""Counts visits in Redis: GET /visits is one, GET /health is none."""

import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import create_connection

REDIS = (os.environ["REDIS_HOST"], int(os.environ["REDIS_PORT"]))
COMMANDS = {"/visits": b"INCR visits\r\n", "/health": b"PING\r\n"}


class Visits(BaseHTTPRequestHandler):
    """Each path is one command to Redis; its answer is the answer."""

    def do_GET(self) -> None:
        """200 with Redis's answer, 404 for another path, 503 without Redis."""
        command = COMMANDS.get(self.path)
        if command is None:
            return self.send_error(404)
        try:
            with create_connection(REDIS, timeout=2) as redis, redis.makefile("rb") as answers:
                redis.sendall(command)
                answer = answers.readline().strip().lstrip(b":+")
        except OSError as error:
            return self.send_error(503, f"Redis: {error}")
        self.send_response(200)
        self.end_headers()
        self.wfile.write(answer)
        return None


if __name__ == "__main__":
    place = (os.environ.get("BIND_ADDRESS", "127.0.0.1"), int(os.environ["PORT"]))
    ThreadingHTTPServer(place, Visits).serve_forever()
