"""How Services are reached: by name inside of pods, by node port from this machine.

There are no virtual addresses. A name leads to the address of a ready pod: it stands in one file a
namespace, which every pod of the namespace sees as its /etc/hosts, and which is written anew
whenever pods come, go, or change. So a pod also finds Services that came after it, and no DNS
server of the engine is asked.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Final

from tests.kube.containers.node_ports import Goal, NodePorts
from tests.kube.json_values import Doc, docs, number, text, value
from tests.kube.kubelet_view import KubeletView

NOWHERE: Final = "255.255.255.255"
"""Where the name of a Service without ready pods leads: every connection to it fails at once, as on
a real node."""

_OWN: Final = "127.0.0.1 localhost\n::1 localhost ip6-localhost\n"


@dataclass(slots=True)
class ServicePaths:
    """Follows the Services and their endpoints in a thread of its own. `failure`: what ended it."""

    directory: Path
    view: KubeletView
    ports: NodePorts = field(default_factory=NodePorts)
    failure: Exception | None = None
    _files: dict[str, str] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _closed: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def start(self) -> None:
        self._thread = Thread(target=self._follow, name="service paths", daemon=True)
        self._thread.start()

    def hosts(self, namespace: str) -> Path:
        """The file of a namespace, as things are now."""
        with self._lock:
            if namespace not in self._files:
                self._files[namespace] = ""
                self._write(namespace)
        return self.directory / namespace

    def _follow(self) -> None:
        revision = 0
        try:
            while not self._closed.is_set():
                with self._lock:
                    for namespace in self._files:
                        self._write(namespace)
                self._check()
                self.ports.serve(self._goals())
                revision = self.view.wait(revision, self._closed.is_set)
        except Exception as problem:  # noqa: BLE001 - told by the kubelet's `look`
            self.failure = problem
            self.view.nudge()

    def _write(self, namespace: str) -> None:
        lines = [_OWN]
        for service in self.view.all("Service"):
            name, of = text(service, "metadata", "name"), text(service, "metadata", "namespace")
            ready = self._ready(service)
            far = f"{name}.{of} {name}.{of}.svc {name}.{of}.svc.cluster.local"
            near = f"{name} " if of == namespace else ""
            lines.append(f"{ready[0] if ready else NOWHERE} {near}{far}\n")
        lines += [_of_pod(pod, namespace) for pod in self.view.all("Pod")]
        said = "".join(lines)
        if said != self._files[namespace]:
            self._files[namespace] = said
            # In place, because it is this file that containers see, and in one go.
            path = self.directory / namespace
            content = said.encode()
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
            try:
                os.pwrite(handle, content, 0)
                os.ftruncate(handle, len(content))
            finally:
                os.close(handle)

    def _ready(self, service: Doc) -> list[str]:
        where = text(service, "metadata", "namespace")
        found = self.view.get("Endpoints", where, text(service, "metadata", "name"))
        early = value(service, "spec", "publishNotReadyAddresses") is True
        keys = ("addresses", "notReadyAddresses") if early else ("addresses",)
        subsets = docs(found, "subsets")
        return [text(at, "ip") for each in subsets for key in keys for at in docs(each, key)]

    def _goals(self) -> dict[int, Goal]:
        found: dict[int, Goal] = {}
        for service in self.view.all("Service"):
            for port in docs(service, "spec", "ports"):
                at = number(port, "nodePort")
                if at:
                    found[at] = partial(self._goal, service, port)
        return found

    def _check(self) -> None:
        """Raises ValueError for a Service whose name leads to a port of another number."""
        for service in self.view.all("Service"):
            where, name = (text(service, "metadata", key) for key in ("namespace", "name"))
            said = {text(port, "name"): port for port in docs(service, "spec", "ports")}
            for subset in docs(self.view.get("Endpoints", where, name), "subsets"):
                for each in docs(subset, "ports"):
                    outside = number(said.get(text(each, "name"), {}), "port")
                    if outside and outside != number(each, "port"):
                        raise ValueError(
                            f"Service {where}/{name} takes port {outside} to {each['port']}: names "
                            "lead to pods themselves here, so that both must be the same"
                        )

    def _goal(self, service: Doc, port: Doc) -> tuple[str, int] | None:
        addresses = self._ready(service)
        where = text(service, "metadata", "namespace")
        endpoints = self.view.get("Endpoints", where, text(service, "metadata", "name"))
        for subset in docs(endpoints, "subsets"):
            for each in docs(subset, "ports"):
                if text(each, "name") == text(port, "name") and addresses:
                    return addresses[0], number(each, "port")
        return None

    def close(self) -> None:
        self._closed.set()
        if self._thread is not None:
            self.view.nudge()
            self._thread.join()
        self.ports.close()


def _of_pod(pod: Doc, namespace: str) -> str:
    """The names of a pod of a StatefulSet: `postgres-0.postgres`."""
    name, below = text(pod, "spec", "hostname"), text(pod, "spec", "subdomain")
    address, of = text(pod, "status", "podIP"), text(pod, "metadata", "namespace")
    if not (name and below and address):
        return ""
    full = f"{name}.{below}.{of}"
    near = f"{name}.{below} " if of == namespace else ""
    return f"{address} {near}{full} {full}.svc {full}.svc.cluster.local\n"
