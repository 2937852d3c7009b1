"""Somebody else on the machine, who does things to our components behind the product's back."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from typing import Final, Literal

from docker.models.containers import Container

from chaos.trial import EngineName
from tests.product import Product, client_of

Deed = Literal["kills", "stops", "removes", "pauses", "removes the network of", "restarts for ever"]

DEEDS: Final[dict[EngineName, tuple[Deed, ...]]] = {
    "embedded": ("kills", "stops", "pauses"),
    "podman": ("kills", "stops", "removes", "pauses", "removes the network of"),
    # Podman 4.3 cannot change the restart policy of a container that exists.
    "docker": (
        *("kills", "stops", "removes", "pauses", "removes the network of"),
        "restarts for ever",
    ),
}

_SIGNALS: Final[dict[Deed, signal.Signals]] = {
    "kills": signal.SIGKILL,
    "stops": signal.SIGTERM,
    "pauses": signal.SIGSTOP,
}


def do(deed: Deed, engine: EngineName, product: Product, component: str) -> None:
    """Do it to a component of the one run there is."""
    if engine == "embedded":
        for pid in _processes(f"{product.project}/app/{component}/"):
            os.kill(pid, _SIGNALS[deed])
        return
    (record,) = product.records()
    client = client_of(engine)
    try:
        (container,) = client.containers.list(
            all=True, filters={"name": f"-{component}-{record.stem}"}
        )
        _do(deed, container)
    finally:
        client.close()


def _do(deed: Deed, container: Container) -> None:
    match deed:
        case "kills":
            container.kill()
        case "stops":
            container.stop(timeout=0)
        case "removes":
            container.remove(force=True, v=True)
        case "pauses":
            container.pause()
        case "removes the network of":
            client = container.client
            assert client is not None
            (name,) = container.attrs["NetworkSettings"]["Networks"]
            network = client.networks.get(name)
            for each in network.containers:
                network.disconnect(each, force=True)
            network.remove()
        case "restarts for ever":
            container.update(restart_policy={"Name": "always"})


def _processes(directory: str) -> list[int]:
    """Those with a word in their command that begins with `directory`, waited for a moment."""
    until = time.monotonic() + 5.0
    while time.monotonic() < until:
        found: list[int] = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal():
                try:
                    words = (entry / "cmdline").read_bytes().split(b"\0")
                except OSError:
                    continue
                # The interpreter, the script: not the supervisor, whose order names it too.
                if words[1:2] and words[1].startswith(directory.encode()):
                    found.append(int(entry.name))
        if found:
            return found
        time.sleep(0.01)
    raise RuntimeError(f"no process of {directory}")
