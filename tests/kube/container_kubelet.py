"""A kubelet that runs pods as real containers, on Podman or Docker."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final
from uuid import uuid4

from orchestration.engines.discovery import FoundEngine
from tests.kube.containers.container_engine import ContainerEngine, container_engine
from tests.kube.containers.pod_run import House, PodRun
from tests.kube.containers.service_paths import ServicePaths
from tests.kube.kubelet import PodLook, PodOrder
from tests.kube.kubelet_view import KubeletView

SANDBOX: Final = "localhost/stackwright-redis:7"
"""The image whose `sleep` holds the network of a pod: the smallest that there is."""

BASE_IMAGES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "postgres:16-alpine": "localhost/stackwright-postgres:15",
        "redis:7-alpine": "localhost/stackwright-redis:7",
        "python:3.11-slim": "localhost/stackwright-python:3.11",
    }
)
"""The images of examples/platform by what stands for them, as its `[images.overrides]` has them."""


@dataclass(slots=True)
class ContainerKubelet:
    """The `Kubelet` of one cluster, on the engine `found`, which it does not close.

    `images`: local images by the name that a pod gives them; others are looked up as they are, and
    none is pulled. `back_off_s`: the pause before the second restart, doubled from there.
    `longest_grace_s`: how long a pod may take to end whatever it says.

    Needs an engine of this machine whose containers are reached by their addresses (not a rootless
    one), and real time. What it does not do (`containers.undone`) keeps a pod from starting. CPU
    limits, seccomp profiles and the ports of Services other than their targets are left out.
    """

    found: FoundEngine
    images: Mapping[str, str] = field(default_factory=lambda: BASE_IMAGES)
    back_off_s: float = 10.0
    longest_grace_s: int = 30
    name: str = field(default_factory=lambda: f"kubelet-{uuid4().hex[:8]}")
    _pods: dict[str, PodRun] = field(default_factory=dict)
    _open: ExitStack = field(default_factory=ExitStack)
    _house: House = field(init=False)
    _paths: ServicePaths = field(init=False)

    def attach(self, view: KubeletView) -> None:
        directory = Path(tempfile.mkdtemp(prefix=f"{self.name}-"))
        self._open.callback(shutil.rmtree, directory, ignore_errors=True)
        engine: ContainerEngine = self._open.enter_context(container_engine(self.found, self.name))
        (directory / "hosts").mkdir()
        self._paths = ServicePaths(directory / "hosts", view)
        self._open.callback(self._paths.close)
        view.registry.node_port = self._paths.ports.reserve
        self._house = House(
            engine=engine,
            view=view,
            directory=directory,
            images=lambda wanted: self.images.get(wanted, wanted),
            sandbox=SANDBOX,
            hosts=self._paths.hosts,
            back_off_s=self.back_off_s,
            longest_grace_s=self.longest_grace_s,
        )
        self._paths.start()

    def start(self, order: PodOrder) -> None:
        run = self._pods[order.uid] = PodRun(order, self._house)
        run.start()

    def look(self, uid: str) -> PodLook:
        """Raises what went wrong inside of this kubelet."""
        if self._paths.failure is not None:
            raise self._paths.failure
        return self._pods[uid].look()

    def stop(self, uid: str) -> bool:
        run = self._pods[uid]
        run.stop()
        if run.failure is not None:
            raise run.failure
        if not run.ended.is_set():
            return False
        del self._pods[uid]
        return True

    def logs(self, uid: str, container: str, *, previous: bool) -> str:
        run = self._pods.get(uid)
        return run.logs(container, previous=previous) if run is not None else ""

    def close(self) -> None:
        """Remove everything at once, without grace. Content to be called again."""
        for run in self._pods.values():
            run.stopping.set()
        for run in self._pods.values():
            run.join()
        self._pods.clear()
        self._open.close()
