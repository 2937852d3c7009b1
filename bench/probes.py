"""Is it ready? One look each from the host, nothing explained: the floor under every gate."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable
from typing import Final

from bench.stack_under_test import DATABASE, LOOPBACK, USER

POLL_S: Final = 0.005
LOOK_S: Final = 1.0


def await_ready(look: Callable[[], bool], what: str, *, limit_s: float = 60.0) -> None:
    """Poll every 5 ms until `look` says yes. Raises TimeoutError."""
    end = time.monotonic() + limit_s
    while not look():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} was not ready after {limit_s:.0f} s")
        time.sleep(POLL_S)


def postgres_answers(port: int) -> bool:
    """The server asks for authentication: its start-up is over."""
    words = f"user\0{USER}\0database\0{DATABASE}\0\0".encode()
    packet = struct.pack("!ii", len(words) + 8, 196608) + words
    return _ask(port, packet).startswith(b"R")


def redis_answers(port: int) -> bool:
    """PONG."""
    return _ask(port, b"PING\r\n").startswith(b"+PONG")


def http_answers(port: int) -> bool:
    """`GET /health` gives 200."""
    request = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    return _ask(port, request).startswith(b"HTTP/1.1 200")


def _ask(port: int, question: bytes) -> bytes:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=LOOK_S) as wire:
            wire.sendall(question)
            return wire.recv(64)
    except OSError:
        return b""
