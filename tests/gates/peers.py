"""Servers on loopback that behave as badly as a test wants, and targets that point at them."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from orchestration.model import Executed

Behaviour = Callable[[socket.socket], None]
"""What a peer does with an accepted connection; it is closed afterwards."""

REQUEST_LIMIT: Final = 65536


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeTarget:
    """A component at a port of this machine, with what it logs and what its commands do."""

    port: int = 0
    log: str = ""
    done: Executed | None = None

    def address(self, port_name: str) -> tuple[str, int]:
        return "127.0.0.1", self.port

    def execute(self, command: tuple[str, ...], *, timeout: float) -> Executed:
        assert self.done is not None
        return self.done

    def logs(self) -> str:
        return self.log


@contextlib.contextmanager
def peer(behaviour: Behaviour) -> Iterator[FakeTarget]:
    """A server that treats each connection by `behaviour`, in a thread of its own."""
    workers: list[threading.Thread] = []
    held: list[socket.socket] = []

    def treat(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            behaviour(connection)

    def accept(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            held.append(connection)
            workers.append(threading.Thread(target=treat, args=(connection,)))
            workers[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        acceptor = threading.Thread(target=accept, args=(listener,))
        acceptor.start()
        try:
            yield FakeTarget(port=listener.getsockname()[1])
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            acceptor.join()
            for connection in held:
                # Wakes a behaviour that waits for a gate which has left.
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            for worker in workers:
                worker.join()


@contextlib.contextmanager
def nobody() -> Iterator[FakeTarget]:
    """A port at which nobody listens, kept from everybody else."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield FakeTarget(port=bound.getsockname()[1])


def say(data: bytes) -> Behaviour:
    """Hears one request, answers `data` and hangs up."""

    def behaviour(connection: socket.socket) -> None:
        connection.recv(REQUEST_LIMIT)
        connection.sendall(data)
        _hang_up(connection)

    return behaviour


def blurt(data: bytes) -> Behaviour:
    """Says `data` without being asked, and hangs up."""

    def behaviour(connection: socket.socket) -> None:
        connection.sendall(data)
        _hang_up(connection)

    return behaviour


def hang_up(connection: socket.socket) -> None:
    """Closes at once: what docker-proxy does while nothing listens behind it."""


def reset(connection: socket.socket) -> None:
    """Resets the connection."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


def stay_silent(connection: socket.socket) -> None:
    """Listens politely until the other side has enough."""
    while connection.recv(REQUEST_LIMIT):
        pass


@dataclass(slots=True)
class Patience:
    """A behaviour: says `data` and waits for the other side to leave. `lost`: in vain, for 5 s."""

    data: bytes = b""
    lost: bool = False

    def __call__(self, connection: socket.socket) -> None:
        connection.sendall(self.data)
        connection.settimeout(5)
        try:
            stay_silent(connection)
        except TimeoutError:
            self.lost = True


def drip(data: bytes) -> Behaviour:
    """Says `data`, then a byte every 10 ms for as long as somebody listens."""

    def behaviour(connection: socket.socket) -> None:
        connection.sendall(data)
        pause = threading.Event()
        while True:
            connection.sendall(b"x")
            pause.wait(0.01)

    return behaviour


def flood(data: bytes) -> Behaviour:
    """Says `data` over and over, as fast as it is taken."""
    piece = data * (REQUEST_LIMIT // len(data))

    def behaviour(connection: socket.socket) -> None:
        while True:
            connection.sendall(piece)

    return behaviour


def _hang_up(connection: socket.socket) -> None:
    # Closing with unread bytes would reset the connection and lose what was said.
    connection.shutdown(socket.SHUT_WR)
    stay_silent(connection)
