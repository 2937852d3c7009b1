"""Host ports for cases that pin one."""

from __future__ import annotations

import os
import socket


def free_port() -> int:
    """A port of this host that nobody has, below those that outgoing connections are given."""
    for port in range(23000 + os.getpid() % 1000, 32000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port")
