"""Whether connections to a free port arrive at whoever will listen on it.

A firewall may forward them: Podman leaves such rules for ever when its service is killed while it
starts a container, and the node ports of Kubernetes have no listener either. Whoever is published
there would be ready inside, and never be reached.
"""

from __future__ import annotations

import errno
import selectors
import socket
import struct
import time
from typing import Final

from orchestration.errors import PortError
from orchestration.model import PortBinding

_WAIT_S: Final = 1.0
"""On one machine a connection is there as soon as it is asked for; forwarded ones hang or fail."""
_ELSEWHERE: Final = frozenset(
    {errno.ECONNREFUSED, errno.ECONNRESET, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT}
)
_EVERY: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - looked up, not bound
_BACKLOG: Final = 4096
"""As many as Linux queues: with a full queue our own connection would wait for its second try."""
_NO_GOODBYE: Final = struct.pack("ii", 1, 0)
"""SO_LINGER: closed by a reset, so that nothing of the connection keeps the port busy."""


def family_of(address: str) -> socket.AddressFamily:
    """Of which sort a socket must be that is bound to `address`."""
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def leads_elsewhere(bind: str, port: int) -> bool:
    """Whether connections to the free port `port` of `bind` are taken by somebody else.

    False where the port is in use, or it cannot be tried.
    """
    family = family_of(bind)
    try:
        with socket.socket(family) as listening:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((bind, port))
            listening.listen(_BACKLOG)
            listening.setblocking(False)
            with socket.socket(family) as client:
                client.setblocking(False)
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_GOODBYE)
                asked = client.connect_ex((_EVERY.get(bind, bind), port))
                if asked not in (0, errno.EINPROGRESS):
                    return asked in _ELSEWHERE
                return not _arrives(client, listening)
    except OSError:
        return False


def _arrives(client: socket.socket, listening: socket.socket) -> bool:
    """Whether `listening` gets the connection of `client`; somebody else may try it as well."""
    until = time.monotonic() + _WAIT_S
    with selectors.DefaultSelector() as waiting:
        waiting.register(listening, selectors.EVENT_READ)
        waiting.register(client, selectors.EVENT_WRITE)
        while (left := until - time.monotonic()) > 0:
            ready = {key.fileobj for key, _ in waiting.select(left)}
            if listening in ready:
                accepted, caller = listening.accept()
                accepted.close()
                if caller[:2] == client.getsockname()[:2]:
                    return True
            elif client in ready:
                if client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                    return False
                # The client may learn of the connection before the listener does.
                waiting.unregister(client)
    return False


def misdirected(component: str, binding: PortBinding) -> PortError:
    """The error for a pinned port of `component` that leads elsewhere."""
    return PortError(
        f"host port {binding.host} ({component}, port {binding.name}) is free, but connections "
        f"to {binding.bind}:{binding.host} do not arrive there",
        why="a firewall rule sends them elsewhere: Podman leaves one when its service is "
        "killed while it starts a container, and Kubernetes makes one for each node port",
        fix=f"look for the rule as root (`iptables -t nat -S | grep {binding.host}`) and delete "
        "it, or give the port another number; without root, a reboot removes what Podman left",
    )
