"""Free ports of this machine, each given out once."""

from __future__ import annotations

import errno
import os
import secrets
import socket
from pathlib import Path
from threading import Lock
from typing import Final

from orchestration.engines.port_reach import family_of, leads_elsewhere, misdirected
from orchestration.errors import EngineError, PortError
from orchestration.model import PortBinding, PortRequest

_LOWEST: Final = 20_000
_ATTEMPTS: Final = 200


class PortChoice:
    """Chooses host ports, and keeps each bound from its choice to its use.

    Below the range from which the system takes ports for outgoing connections: a port of that range
    can be gone before its server listens, and a probe that connects to it may even meet itself.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._given: set[int] = set()
        # File descriptors, not sockets: one that is still held at exit is no leak to warn of.
        self._held: dict[int, int] = {}

    def plan(self, request: PortRequest) -> PortBinding:
        """The pinned port, or a free one. Raises EngineError when none is found."""
        port = request.host if request.host is not None else self._choose(request.bind)
        return PortBinding(name=request.name, inside=port, host=port, bind=request.bind)

    def hand_over(self, component: str, binding: PortBinding) -> None:
        """Let go of a port right before the server of `component` starts.

        Raises PortError when it is in use, or connections to it go elsewhere.
        """
        with self._lock:
            held = self._held.pop(binding.host, None)
        if held is not None:
            os.close(held)
        try:
            with socket.socket(family_of(binding.bind)) as probe:
                # As servers do; else connections that ended just now keep a pinned port "in use".
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((binding.bind, binding.host))
        except OSError as error:
            raise _refused(binding, error) from error
        if leads_elsewhere(binding.bind, binding.host):
            raise misdirected(component, binding)

    def close(self) -> None:
        """Let go of all ports."""
        with self._lock:
            held = tuple(self._held.values())
            self._held.clear()
        for descriptor in held:
            os.close(descriptor)

    def _choose(self, bind: str) -> int:
        highest = _first_outgoing() - 1
        with self._lock:
            for _ in range(_ATTEMPTS):
                wanted = 0
                if highest - _LOWEST >= _ATTEMPTS:
                    wanted = _LOWEST + secrets.randbelow(highest - _LOWEST)
                if wanted in self._given or (wanted and leads_elsewhere(bind, wanted)):
                    continue
                try:
                    candidate = _bound(bind, wanted)
                except OSError as error:
                    if error.errno == errno.EADDRINUSE:
                        continue
                    raise EngineError(
                        f"cannot listen on {bind}: {error.strerror}",
                        fix="`bind` must be an address of this machine",
                    ) from error
                port = int(candidate.getsockname()[1])
                self._held[port] = candidate.detach()
                self._given.add(port)
                return port
        raise EngineError(f"no free port was found on {bind} in {_ATTEMPTS} attempts")


def _bound(address: str, port: int) -> socket.socket:
    made = socket.socket(family_of(address))
    try:
        made.bind((address, port))
    except OSError:
        made.close()
        raise
    return made


def _refused(binding: PortBinding, error: OSError) -> PortError:
    where = f"port {binding.host} ({binding.name}) on {binding.bind}"
    match error.errno:
        case errno.EADDRINUSE:
            from orchestration.engines.port_holder import port_holder

            holder = port_holder(binding.host)
            return PortError(
                f"{where} is in use{f' by {holder}' if holder else ''}",
                why="" if holder else "the system does not say by whom",
                fix="end that process, pin another port, or leave the choice to the engine",
            )
        case errno.EACCES:
            return PortError(
                f"{where} needs privileges", fix="pin a port above 1023, or none at all"
            )
        case _:
            return PortError(
                f"{where} cannot be listened on: {error.strerror}",
                fix="`bind` must be an address of this machine",
            )


def _first_outgoing() -> int:
    try:
        limits = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text()
    except OSError:
        return 0
    return int(limits.split()[0])
