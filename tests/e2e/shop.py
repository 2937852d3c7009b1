"""A platform of a user, and the cluster it is deployed onto: the double, asked over HTTP."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.request import Request, urlopen

from tests.cluster.programs import put_on_path
from tests.kube.json_values import text
from tests.kube.kube_double import KubeDouble
from tests.product import Product

CONFIG: Final = """\
[e2e.shop]
manifests = ["manifests"]
deadline = "20s"

[e2e.shop.access]
api = { service = "api", port = 80 }
"""

KUBECTL: Final = """
import http.server


class Api(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"from the pod")

    def log_message(self, *words):
        pass


listening = http.server.HTTPServer(("127.0.0.1", 0), Api)
print(f"Forwarding from 127.0.0.1:{listening.server_address[1]} -> 8080", flush=True)
listening.serve_forever()
"""
"""What opens ways, as the double opens none: it says what kubectl says, and serves for the pods."""

MANIFESTS: Final = {
    "settings.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  greeting: hello
""",
    "api.yaml": """\
apiVersion: v1
kind: Service
metadata:
  name: api
spec:
  selector: {app: api}
  ports: [{port: 80, targetPort: 8080}]
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: api
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec:
      containers:
        - name: api
          image: example.com/api:1
""",
    "migrate.yaml": """\
apiVersion: batch/v1
kind: Job
metadata:
  name: migrate
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: migrate
          image: example.com/migrate:1
""",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A project with one platform, its state directory, and a cluster."""

    product: Product
    cluster: KubeDouble
    kubeconfig: Path

    @classmethod
    def at(cls, directory: Path, cluster: KubeDouble, config: str = CONFIG) -> Shop:
        """In `directory`; KUBECONFIG leads to the cluster."""
        kubeconfig = cluster.write_kubeconfig(directory / "kubeconfig")
        (directory / "tools").mkdir()
        environ = {
            "KUBECONFIG": str(kubeconfig),
            "HOME": str(directory),
            "PATH": f"{directory / 'tools'}{os.pathsep}{os.environ['PATH']}",
        }
        product = Product.at(directory, config, **environ)
        shop = cls(product=product, cluster=cluster, kubeconfig=kubeconfig)
        shop.tool("kubectl", KUBECTL)
        for name, content in MANIFESTS.items():
            shop.write(name, content)
        return shop

    def write(self, name: str, content: str) -> None:
        """A manifest."""
        file = self.product.project / "manifests" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(content)

    def edit(self, name: str, old: str, new: str) -> None:
        """Change a manifest."""
        content = (self.product.project / "manifests" / name).read_text()
        assert old in content
        self.write(name, content.replace(old, new))

    def tool(self, name: str, source: str) -> None:
        """A program that is found first; in Python."""
        put_on_path(self.product.project.parent / "tools", name, source)

    def delete_namespace(self, name: str) -> None:
        """As somebody else does."""
        self._ask("DELETE", f"namespaces/{name}", b"")

    def hold(self) -> None:
        """Have the manifests make something that goes only when `let_go` says so."""
        self.edit("settings.yaml", "metadata:\n", "metadata:\n  finalizers: [example.com/held]\n")

    def let_go(self) -> None:
        """As the owner of that finalizer does."""
        for namespace in self.namespaces():
            path = f"namespaces/{namespace}/configmaps/settings"
            self._ask("PATCH", path, b'{"metadata": {"finalizers": null}}')

    def _ask(self, method: str, path: str, body: bytes) -> None:
        asked = Request(f"{self.cluster.url}/api/v1/{path}", data=body, method=method)
        asked.add_header("Content-Type", "application/merge-patch+json")
        with urlopen(asked) as answer:
            answer.read()

    def unreachable(self) -> None:
        """Have the kubeconfig lead to a port where nobody listens."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        content = self.kubeconfig.read_text()
        self.kubeconfig.write_text(content.replace(self.cluster.url, f"http://127.0.0.1:{port}"))

    def namespaces(self) -> list[str]:
        """Those of runs that are there, on their way out or not."""
        found = (text(each, "metadata", "name") for each in self.cluster.all("Namespace"))
        return [each for each in found if each.startswith("stackwright-")]

    def is_going(self, namespace: str) -> bool:
        """Whether it is there, and on its way out."""
        found = (
            text(each, "metadata", "deletionTimestamp")
            for each in self.cluster.all("Namespace")
            if text(each, "metadata", "name") == namespace
        )
        return any(found)

    def marked(self) -> list[str]:
        """What runs have outside of namespaces."""
        return [
            f"{kind} {text(each, 'metadata', 'name')}"
            for kind in ("ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition")
            for each in self.cluster.all(kind)
            if text(each, "metadata", "labels", "stackwright.io/shared")
        ]

    def left(self) -> list[str]:
        """Everything that a run leaves anywhere."""
        return [
            *self.namespaces(),
            *self.marked(),
            *(str(each) for each in self.product.records()),
        ]


def until(there: Callable[[], bool], what: str, *, within: float = 20.0) -> None:
    """Wait until something is so."""
    end = time.monotonic() + within
    while not there():
        assert time.monotonic() < end, what
        time.sleep(0.02)
