"""An engine of our own, which may be killed: its API service on a socket that nobody else uses."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import docker
from docker.errors import APIError

from chaos.trial import EngineName
from tests.product import client_of

_ANSWERS_S: Final = 45.0
_ENDS_S: Final = 20.0
_BRIDGE_ADDRESS: Final = "198.18.247.1/24"
"""Of a range that is for tests of networks, so that nobody's route leads there."""


@dataclass(slots=True, kw_only=True)
class OwnEngine:
    """Podman's service works on the storage of the shared one; Docker's daemon has one of its own,
    in `directory`, with the images it was given.
    """

    engine: EngineName
    directory: Path
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        """Where it serves."""
        return f"unix://{self.directory}/engine.sock"

    @contextmanager
    def serving(self, *images: str) -> Iterator[None]:
        """Be there, with these images of the shared engine, until the end; then nothing is left."""
        if self.engine == "docker":
            _ip("link", "add", self._bridge, "type", "bridge")
            _ip("address", "add", _BRIDGE_ADDRESS, "dev", self._bridge)
        try:
            self.start()
            if self.engine == "docker":
                self._give(images)
            yield
        finally:
            try:
                self._end()
            finally:
                if self.engine == "docker":
                    _ip("link", "delete", self._bridge)

    def start(self) -> None:
        """Start it, again where it ends at once, and wait until it answers."""
        until = time.monotonic() + _ANSWERS_S
        self._process = None
        while not self._answers():
            if time.monotonic() > until:
                raise RuntimeError(f"{self._words()[0]} does not answer")
            if self._process is None or self._process.poll() is not None:
                # Docker's does when what it is made of has not quite gone since it was killed.
                self._process = self._begun()
            time.sleep(0.02)

    def _begun(self) -> subprocess.Popen[bytes]:
        with (self.directory / "engine.log").open("ab") as log:
            return subprocess.Popen(
                self._words(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/"
            )

    def kill(self) -> None:
        """As a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _end(self) -> None:
        if self._process is None:
            return
        if self.engine == "docker":
            if self._process.poll() is not None:
                # Killed, it has left containers, bridges and mounts that only it can undo.
                with suppress(RuntimeError):
                    self.start()
            if self._answers():
                self._empty()
        self._process.terminate()
        try:
            self._process.wait(_ENDS_S)
        except subprocess.TimeoutExpired:
            self.kill()
        if self.engine == "docker":
            self._end_what_outlived_it()
            self._unmount()

    def _end_what_outlived_it(self) -> None:
        """A daemon that was killed leaves the shim of a container now and then."""
        address = f"{self.directory}/exec/containerd/containerd.sock".encode()
        for entry in Path("/proc").iterdir():
            with suppress(OSError):
                if entry.name.isdecimal() and address in (entry / "cmdline").read_bytes():
                    os.kill(int(entry.name), signal.SIGKILL)

    def _empty(self) -> None:
        """The watchdog of the product may be at it, too."""
        own = docker.DockerClient(base_url=self.url)
        until = time.monotonic() + _ENDS_S
        try:
            while time.monotonic() < until:
                containers = own.containers.list(all=True, ignore_removed=True)
                networks = own.networks.list(filters={"type": "custom"})
                if not containers and not networks:
                    return
                for container in containers:
                    with suppress(APIError):
                        container.remove(force=True)
                for network in networks:
                    with suppress(APIError):
                        network.remove()
                time.sleep(0.1)
        finally:
            own.close()

    def _unmount(self) -> None:
        mounted = [
            line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()
        ]
        for each in sorted(mounted, reverse=True):
            if each.startswith(f"{self.directory}/"):
                subprocess.run(["umount", "--lazy", each], check=False)
        shutil.rmtree(self.directory / "root", ignore_errors=True)

    def _give(self, images: tuple[str, ...]) -> None:
        shared, own = client_of(self.engine), docker.DockerClient(base_url=self.url)
        try:
            for each in images:
                own.images.load(b"".join(shared.images.get(each).save(named=each)))
        finally:
            shared.close()
            own.close()

    def _words(self) -> list[str]:
        if self.engine == "podman":
            return ["podman", "system", "service", "--time=0", self.url]
        here = self.directory
        words = ["dockerd", "--host", self.url, "--data-root", f"{here}/root"]
        words += ["--exec-root", f"{here}/exec", "--pidfile", f"{here}/dockerd.pid"]
        # The firewall stays the shared daemon's, and so does its bridge: one that is told to have
        # none (`--bridge=none`) deletes docker0, whosever it is.
        return [*words, f"--bridge={self._bridge}", "--iptables=false", "--ip6tables=false"]

    @property
    def _bridge(self) -> str:
        return f"chaos{os.getpid()}"

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("localhost")
        with suppress(OSError, http.client.HTTPException), socket.socket(socket.AF_UNIX) as wire:
            wire.settimeout(2)
            wire.connect(self.url.removeprefix("unix://"))
            connection.sock = wire
            connection.request("GET", "/_ping")
            return connection.getresponse().status == http.HTTPStatus.OK
        return False


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], stdin=subprocess.DEVNULL, check=True)


def external_containers() -> set[str]:
    """Podman's containers that only its storage knows, such as those of builds."""
    shown = subprocess.run(
        ["podman", "ps", "--all", "--external", "--format", "{{.ID}} {{.Status}}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return {line.split()[0] for line in shown.stdout.splitlines() if line.endswith("Storage")}
