"""What a run has left, wherever it could: engine, process table, ports, files."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from docker.errors import APIError

from chaos.trial import EngineName
from tests.product import Product, leftovers

KILLED_S: Final = 15.0
"""How long the watchdog may take: to wake, to load the product (2 s on a busy machine of two
cores), to remove, and to look again."""

_TRIES: Final = 20


def left_by(
    engine: EngineName, product: Product, port: int, *, within: float, url: str = ""
) -> list[str]:
    """Everything of the product's runs that is still there `within` seconds from now.

    `port`: one that they had. `url`: where the engine is, if not where it usually is.
    """
    return _after(
        within,
        lambda: [
            *_held(engine, product, url),
            *_processes(product.state),
            *_files(product.state),
            *_port(port),
        ],
    )


def held_by(engine: EngineName, product: Product, *, within: float, url: str = "") -> list[str]:
    """What the engine alone still holds of them."""
    return _after(within, lambda: _held(engine, product, url))


def _after(within: float, look: Callable[[], list[str]]) -> list[str]:
    until = time.monotonic() + within
    while (found := look()) and time.monotonic() < until:
        time.sleep(0.1)
    return found


def _held(engine: EngineName, product: Product, url: str) -> list[str]:
    untold = ""
    for _ in range(_TRIES):
        try:
            return leftovers(engine, product, url=url)
        except APIError as error:
            # Podman answers 500 while somebody else removes what it is about to list.
            untold = str(error.explanation)
            time.sleep(0.1)
    return [f"what the engine does not tell: {untold}"]


def _processes(state: Path) -> list[str]:
    """Processes that have to do with the state directory: supervisors, watchdogs, runners."""
    wanted = str(state).encode()
    found: list[str] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                known = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if wanted in known:
                found.append(f"process {entry.name}: {command[:80]}")
    return found


def _files(state: Path) -> list[str]:
    """Files of the state directory that speak of a run: locks and the watchdogs' log may stay."""
    kept = {".lock", "watchdog.log"}
    # Something may be on its way out, which `walk` takes as it comes.
    paths = [Path(at) / name for at, _, names in os.walk(state) for name in names]
    return [
        f"file {path}"
        for path in sorted(paths)
        if path.name not in kept and path.suffix != ".lock" and path.exists()
    ]


def _port(port: int) -> list[str]:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return [f"port {port}: {error.strerror}"]
    return []
