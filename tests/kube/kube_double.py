"""The whole double: API server, controllers and kubelet in this process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.kube.access import ADMIN_TOKEN, Access
from tests.kube.api_server import ApiServer, Traffic
from tests.kube.catalogue import Catalogue
from tests.kube.cluster_clock import ClusterClock, RealClock
from tests.kube.controllers.loop import Loop
from tests.kube.controllers.world import NODE, Conduct, World
from tests.kube.faults import Faults
from tests.kube.handling import Handling
from tests.kube.json_values import Doc, Json, text
from tests.kube.kubelet import Kubelet
from tests.kube.kubelet_view import KubeletView
from tests.kube.listing import Listing
from tests.kube.registry import Options, Registry
from tests.kube.request_log import RequestLog
from tests.kube.simulated_kubelet import SimulatedKubelet
from tests.kube.store import Store

_TLS: Final = Path(__file__).parents[1] / "engines" / "tls"
_NAMESPACES: Final = ("default", "kube-node-lease", "kube-public", "kube-system")


@dataclass(slots=True)
class _Signals:
    """What streams look at. `expirations`: how often all watches were told that they are old."""

    over: bool = False
    expirations: int = 0


@dataclass(slots=True)
class KubeDouble:
    """A running double. `script`: the simulated kubelet, where there is one.

    `faults` and `requests` are those of the HTTP side; `access` can be changed at any time.
    """

    registry: Registry
    loop: Loop
    server: ApiServer
    access: Access
    kubelet: Kubelet
    signals: _Signals
    tls: bool

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def faults(self) -> Faults:
        return self.server.traffic.faults

    @property
    def requests(self) -> RequestLog:
        return self.server.traffic.requests

    @property
    def script(self) -> SimulatedKubelet:
        """Raises TypeError when something else runs the pods."""
        if not isinstance(self.kubelet, SimulatedKubelet):
            raise TypeError("the pods of this cluster are not simulated")
        return self.kubelet

    def delay_all(self, seconds: float) -> None:
        """Answer every request so much later."""
        self.server.traffic.latency_s = seconds

    def compact(self) -> None:
        """Forget the history: watches and pages of older revisions get 410."""
        self.registry.store.compact()

    def expire_watches(self) -> None:
        """Tell every watch that is open that it is too old, and end it."""
        self.signals.expirations += 1
        self.loop.nudge()

    def drop_watches(self) -> None:
        """Cut the connection of every watch that is open."""
        self.server.drop(self.server.traffic.streams)

    def settle(self) -> None:
        """Wait until the controllers have nothing to do before time goes on."""
        self.loop.settle()

    def get(self, kind: str, name: str, namespace: str = "") -> Doc:
        """An object of a built-in kind as it is stored. Raises StatusError (404)."""
        return self.registry.get(self.registry.catalogue.kind(kind), namespace, name)

    def all(self, kind: str, namespace: str = "") -> list[Doc]:
        """All objects of a built-in kind."""
        return self.registry.store.all(self.registry.catalogue.kind(kind), namespace)

    def create(self, kind: str, doc: Doc) -> Doc:
        """Create an object of a built-in kind past HTTP. Raises StatusError."""
        resource = self.registry.catalogue.kind(kind)
        namespace = text(doc, "metadata", "namespace")
        return self.registry.create(resource, namespace, doc, Options(manager="test"))

    def write_kubeconfig(
        self,
        path: Path,
        *,
        token: str = ADMIN_TOKEN,
        namespace: str = "",
        context: str = "double",
    ) -> Path:
        """A kubeconfig for this server; kubectl sends its token over TLS only."""
        cluster: Doc = {"server": self.url}
        if self.tls:
            cluster["certificate-authority"] = str(_TLS / "ca.pem")
        where: Doc = {"cluster": context, "user": context}
        if namespace:
            where["namespace"] = namespace
        clusters: list[Json] = [{"name": context, "cluster": cluster}]
        users: list[Json] = [{"name": context, "user": {"token": token}}]
        contexts: list[Json] = [{"name": context, "context": where}]
        doc: Doc = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": clusters,
            "users": users,
            "contexts": contexts,
            "current-context": context,
        }
        path.write_text(json.dumps(doc, indent=1))
        return path

    def check(self) -> None:
        """Raises what went wrong inside of the double, which no client saw."""
        self.loop.check()
        for failure in self.server.traffic.failures:
            raise failure


@contextmanager
def kube_double(
    *,
    clock: ClusterClock | None = None,
    kubelet: Callable[[ClusterClock], Kubelet] = SimulatedKubelet,
    conduct: Conduct | None = None,
    access: Access | None = None,
    tls: bool = False,
    bookmark_s: float = 60.0,
) -> Iterator[KubeDouble]:
    """Start a cluster; it ends with the block, and raises there what failed inside of it."""
    clock = clock or RealClock()
    access = access or Access()
    store = Store()
    signals = _Signals()
    registry = Registry(store, Catalogue(store), clock)
    runs = kubelet(clock)
    loop = Loop(World(registry=registry, kubelet=runs, conduct=conduct or Conduct()))
    runs.attach(KubeletView(registry=registry, nudge=loop.nudge))
    handling = Handling(
        registry=registry,
        listing=Listing(registry),
        access=access,
        kubelet=runs,
        over=lambda: signals.over,
        expirations=lambda: signals.expirations,
        bookmark_s=bookmark_s,
    )
    certificate = (_TLS / "cert.pem", _TLS / "key.pem") if tls else None
    server = ApiServer(Traffic(handling), certificate)
    double = KubeDouble(registry, loop, server, access, runs, signals, tls)
    _furnish(double)
    loop.start()
    server.start()
    try:
        loop.settle()
        yield double
    finally:
        signals.over = True
        server.stop()
        loop.stop()
    double.check()


def _furnish(double: KubeDouble) -> None:
    for name in _NAMESPACES:
        double.create("Namespace", {"metadata": {"name": name}})
    ready: list[Json] = [{"type": "Ready", "status": "True", "reason": "KubeletReady"}]
    node = double.create("Node", {"metadata": {"name": NODE}})
    resource = double.registry.catalogue.kind("Node")
    double.registry.set_status(resource, node, {"conditions": ready}, "kubelet")
    ports: list[Json] = [{"name": "https", "port": 443}]
    double.create(
        "Service",
        {
            "metadata": {"name": "kubernetes", "namespace": "default"},
            "spec": {"clusterIP": "10.96.0.1", "ports": ports},
        },
    )
    double.create(
        "StorageClass",
        {
            "metadata": {
                "name": "standard",
                "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
            },
            "provisioner": "simulated",
            "volumeBindingMode": "WaitForFirstConsumer",
        },
    )
