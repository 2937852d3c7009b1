"""Ports of this machine that lead to the ready pods of Services of type NodePort."""

from __future__ import annotations

import random
import select
import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Lock, Thread
from typing import Final

Goal = Callable[[], tuple[str, int] | None]
"""The address and port of a ready pod, now; None when there is none."""

_FIRST, _LAST = 30000, 32767
_CHUNK: Final = 65536
_TURN_S: Final = 0.2
_PATIENCE_S: Final = 5.0


@dataclass(slots=True)
class NodePorts:
    """Listens on 127.0.0.1. A port is reserved when it is given, so that two clusters on one
    machine never give the same."""

    _sockets: dict[int, socket.socket] = field(default_factory=dict)
    _goals: dict[int, Goal] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _closed: Event = field(default_factory=Event)
    _threads: list[Thread] = field(default_factory=list)

    def reserve(self, wish: int) -> int:
        """A free port; `wish` is ignored, because every cluster would wish for the same."""
        del wish
        for port in random.sample(range(_FIRST, _LAST + 1), 100):
            with suppress(OSError):
                self._bind(port)
                return port
        raise OSError(f"no port from {_FIRST} to {_LAST} is free on 127.0.0.1")

    def _bind(self, port: int) -> None:
        with self._lock, ExitStack() as undo:
            if port in self._sockets:
                raise OSError(f"port {port} is given already")
            listener = undo.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
            undo.pop_all()
            self._sockets[port] = listener

    def serve(self, goals: dict[int, Goal]) -> None:
        """Lead these ports to these goals, and no others. Raises OSError for one that is taken."""
        for port in [each for each in self._goals if each not in goals]:
            del self._goals[port]
            with self._lock:
                self._sockets.pop(port).close()
        for port, goal in goals.items():
            if port in self._goals:
                continue
            if port not in self._sockets:
                self._bind(port)
            self._goals[port] = goal
            listener = self._sockets[port]
            listener.listen()
            self._spawn(partial(self._accept, listener, goal))

    def _spawn(self, work: Callable[[], None]) -> None:
        thread = Thread(target=work, name="node port", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket, goal: Goal) -> None:
        listener.settimeout(_TURN_S)
        while not self._closed.is_set():
            try:
                client, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            self._spawn(partial(self._carry, client, goal()))

    def _carry(self, client: socket.socket, goal: tuple[str, int] | None) -> None:
        """Both ways until one side ends."""
        with client:
            if goal is None:
                return
            try:
                pod = socket.create_connection(goal, timeout=_PATIENCE_S)
            except OSError:
                return
            with pod, suppress(OSError):
                pod.settimeout(None)
                while not self._closed.is_set():
                    for each in select.select([client, pod], [], [], _TURN_S)[0]:
                        said = each.recv(_CHUNK)
                        if not said:
                            return
                        (pod if each is client else client).sendall(said)

    def close(self) -> None:
        self._closed.set()
        with self._lock:
            for each in self._sockets.values():
                each.close()
        for thread in self._threads:
            thread.join(_PATIENCE_S + 1)
