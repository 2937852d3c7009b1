"""Ways to the Services of a cluster: the double for what the API says, real sockets for the rest.

The double has no port-forward. The stand-in for kubectl says what kubectl 1.32 says (its sources:
`Forwarding from 127.0.0.1:PORT -> TARGET` on standard output, `error: …` on standard error) and
listens for real; what refuses before any forwarding is played with the real kubectl.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from orchestration.cluster.client import Client, connect
from orchestration.cluster.node_access import AccessHolder, open_access
from orchestration.errors import ClusterError, ConfigError, StackwrightError
from orchestration.platform import Access, ClusterChoice
from tests.cluster.programs import put_on_path
from tests.cluster.test_command_line import eventually, gone
from tests.kube.controllers.world import NODE
from tests.kube.json_values import Doc, Json
from tests.kube.kube_double import KubeDouble, kube_double

KUBECTL = """
import os, socket, sys, time
said = os.environ.get("SAYS", "")
root = os.path.dirname(os.path.abspath(sys.argv[0]))
open(os.path.join(root, "pids"), "a").write(f"{os.getpid()}\\n")
open(os.path.join(root, "words"), "a").write(" ".join(sys.argv[1:]) + "\\n")
if said == "nothing":
    time.sleep(1000)
if said:
    print(said, file=sys.stderr)
    sys.exit(1)
listening = socket.create_server(("127.0.0.1", 0))
print(f"Forwarding from 127.0.0.1:{listening.getsockname()[1]} -> 8080", flush=True)
while True:
    with listening.accept()[0] as one:
        if one.recv(100) == b"lose":
            print("error: lost connection to pod", file=sys.stderr)
            sys.exit(1)
        one.sendall(b"from the pod")
"""


@pytest.fixture(scope="module")
def double() -> Iterator[KubeDouble]:
    with kube_double() as started:
        yield started


@pytest.fixture
def namespace(double: KubeDouble) -> str:
    name = f"n-{uuid4().hex[:8]}"
    double.create("Namespace", {"metadata": {"name": name}})
    return name


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    put_on_path(tmp_path, "kubectl", KUBECTL)
    return tmp_path


class Visit:
    """Opens accesses on a double, and has a look."""

    def __init__(self, double: KubeDouble, namespace: str, tools: Path) -> None:
        self.double = double
        self.namespace = namespace
        self.tools = tools
        self.environ: dict[str, str] = {}

    def service(self, name: str, **spec: Json) -> None:
        ports: list[Json] = [{"name": "http", "port": 80, "targetPort": 8080}]
        whole: Doc = {"ports": ports, **spec}
        metadata: Doc = {"name": name, "namespace": self.namespace}
        self.double.create("Service", {"metadata": metadata, "spec": whole})

    def __call__(
        self,
        *accesses: Access,
        look: Callable[[AccessHolder], None] = lambda _: None,
        published: dict[int, int] | None = None,
        says: str = "",
        path: str | None = None,
        timeout_s: float = 30.0,
    ) -> AccessHolder:
        kubeconfig = self.double.write_kubeconfig(self.tools / "config")
        environ = {"PATH": str(self.tools) if path is None else path, "SAYS": says}
        environ |= {"HOME": str(self.tools)} | self.environ

        async def work() -> AccessHolder:
            async with (
                connect(ClusterChoice(kubeconfig=kubeconfig), environ={}) as client,
                self._open(client, accesses, published or {}, environ, timeout_s) as holder,
            ):
                await asyncio.to_thread(look, holder)
                return holder

        return asyncio.run(work())

    def _open(
        self,
        client: Client,
        accesses: tuple[Access, ...],
        published: dict[int, int],
        environ: dict[str, str],
        timeout_s: float,
    ) -> AbstractAsyncContextManager[AccessHolder]:
        return open_access(
            accesses,
            client=client,
            namespace=self.namespace,
            environ=environ,
            published=published,
            timeout_s=timeout_s,
        )

    def refused(self, *accesses: Access, **more: object) -> StackwrightError:
        with pytest.raises(StackwrightError) as caught:
            self(*accesses, **more)  # type: ignore[arg-type]  # the same words as `__call__`
        assert caught.value.fix
        return caught.value


@pytest.fixture
def visit(double: KubeDouble, namespace: str, tools: Path) -> Visit:
    return Visit(double, namespace, tools)


def access(name: str, port: int = 80, scheme: str = "http") -> Access:
    return Access(name=f"to-{name}", service=name, port=port, scheme=scheme)


def ask(port: int, words: bytes = b"hello") -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
        line.sendall(words)
        return line.recv(100)


@contextmanager
def server(port: int = 0) -> Iterator[int]:
    """Somebody who listens on 127.0.0.1."""
    with socket.create_server(("127.0.0.1", port)) as listening:

        def serve() -> None:
            while True:
                try:
                    one, _ = listening.accept()
                except OSError:
                    return
                one.close()

        threading.Thread(target=serve, daemon=True).start()
        yield int(listening.getsockname()[1])
        listening.shutdown(socket.SHUT_RDWR)


def give_node_address(double: KubeDouble, *addresses: tuple[str, str]) -> None:
    node = double.get("Node", NODE)
    status: Doc = {
        "conditions": [{"type": "Ready", "status": "True"}],
        "addresses": [{"type": kind, "address": address} for kind, address in addresses],
    }
    resource = double.registry.catalogue.kind("Node")
    double.registry.set_status(resource, node, status, "kubelet")


def test_a_node_port_that_the_cluster_publishes_is_on_loopback(visit: Visit) -> None:
    ports: list[Json] = [{"name": "http", "port": 80, "nodePort": 30123}]
    visit.service("gateway", type="NodePort", ports=ports)
    holder = visit(access("gateway"), published={30123: 28000})
    (endpoint,) = holder.endpoints
    assert (endpoint.component, endpoint.port_name) == ("to-gateway", "http")
    assert endpoint.url == "http://127.0.0.1:28000"
    assert not (visit.tools / "pids").exists(), "kubectl is not needed"


def test_a_node_port_is_reached_at_a_node_that_accepts(visit: Visit) -> None:
    with server() as port:
        ports: list[Json] = [{"port": 80, "nodePort": port}]
        visit.service("gateway", type="NodePort", ports=ports)
        # 192.0.2.0/24 is for documentation (RFC 5737): nobody is there.
        give_node_address(visit.double, ("ExternalIP", "192.0.2.1"), ("InternalIP", "127.0.0.1"))
        try:
            holder = visit(access("gateway", scheme="tcp"))
        finally:
            give_node_address(visit.double)
    assert holder.endpoints[0].url == f"tcp://127.0.0.1:{port}"
    assert holder.routes[0].how == f"node port {port} of 127.0.0.1"


def test_a_load_balancer_is_reached_at_its_address(visit: Visit) -> None:
    with server() as port:
        visit.service("gateway", type="LoadBalancer", ports=[{"port": port}])
        found = visit.double.get("Service", "gateway", visit.namespace)
        status: Doc = {"loadBalancer": {"ingress": [{"ip": "127.0.0.1"}]}}
        resource = visit.double.registry.catalogue.kind("Service")
        visit.double.registry.set_status(resource, found, status, "cloud")
        holder = visit(access("gateway", port))
    assert holder.routes[0].how == "load balancer 127.0.0.1"


def test_a_cluster_ip_is_reached_by_a_port_forward_that_ends_with_the_block(visit: Visit) -> None:
    visit.service("gateway")

    def look(holder: AccessHolder) -> None:
        assert ask(holder.endpoints[0].port) == b"from the pod"
        assert holder.broken == ()
        holder.check()

    holder = visit(access("gateway"), look=look)
    assert holder.endpoints[0].host == "127.0.0.1"
    words = (visit.tools / "words").read_text()
    assert f"--namespace {visit.namespace} port-forward --address 127.0.0.1" in words
    assert words.endswith("service/gateway :80\n")
    assert f"--kubeconfig {visit.tools / 'config'} --context double" in words
    assert gone(int((visit.tools / "pids").read_text()))


def test_a_kubeconfig_of_several_files_is_left_to_the_environment(visit: Visit) -> None:
    visit.service("gateway")
    config = visit.tools / "config"
    visit.environ = {"KUBECONFIG": f"{visit.tools / 'other'}:{config}"}
    visit(access("gateway"))
    words = (visit.tools / "words").read_text()
    assert words.startswith("--context double --namespace")


def test_a_node_port_that_no_node_accepts_on_is_forwarded_too(visit: Visit) -> None:
    visit.service("gateway", type="NodePort")
    assert visit(access("gateway")).routes[0].how == "kubectl port-forward"


def test_all_ways_are_opened_at_once_and_keep_their_order(visit: Visit) -> None:
    for name in ("a", "b", "c"):
        visit.service(name)
    holder = visit(access("b"), access("a"), access("c"))
    assert [each.component for each in holder.endpoints] == ["to-b", "to-a", "to-c"]
    assert len({each.port for each in holder.endpoints}) == 3


def test_a_port_forward_that_dies_says_so_and_is_not_started_again(visit: Visit) -> None:
    visit.service("gateway")

    def look(holder: AccessHolder) -> None:
        ask(holder.endpoints[0].port, b"lose")
        assert eventually(lambda: holder.broken != ())
        with pytest.raises(ClusterError, match="Service gateway is gone") as caught:
            holder.check()
        assert "lost connection to pod" in caught.value.why

    visit(access("gateway"), look=look)
    assert len((visit.tools / "pids").read_text().splitlines()) == 1


def test_a_service_that_is_not_there_is_told_with_the_nearest_name(visit: Visit) -> None:
    visit.service("gateway-api")
    error = visit.refused(Access(name="gw", service="gatway-api", port=80))
    assert isinstance(error, ConfigError)
    assert f"no Service gatway-api in namespace {visit.namespace}" in error.what
    assert "`gateway-api`" in error.fix


def test_a_port_that_is_not_there_is_told_with_those_there_are(visit: Visit) -> None:
    visit.service("gateway", ports=[{"name": "http", "port": 80}, {"name": "m", "port": 9090}])
    error = visit.refused(access("gateway", 8080))
    assert isinstance(error, ConfigError)
    assert "no TCP port 8080" in error.what
    assert "80/TCP (http), 9090/TCP (m)" in error.why


def test_an_external_name_is_refused(visit: Visit) -> None:
    visit.service("mail", type="ExternalName", externalName="mail.example.test")
    assert "mail.example.test" in visit.refused(access("mail")).what


def test_a_kubectl_that_is_not_installed_is_told(visit: Visit) -> None:
    visit.service("gateway")
    error = visit.refused(access("gateway"), path="/nowhere")
    assert isinstance(error, ClusterError)
    assert "kubectl is not installed" in error.what


def test_a_refused_port_forward_is_told_with_the_right_it_takes(visit: Visit) -> None:
    visit.service("gateway")
    said = 'error: error upgrading connection: pods "g-1" is forbidden: User "dev" cannot create '
    error = visit.refused(access("gateway"), says=said + 'resource "pods/portforward"')
    assert 'User "dev" cannot create' in error.why
    assert "`pods/portforward`" in error.fix


def test_a_kubectl_that_does_not_listen_is_ended(visit: Visit) -> None:
    visit.service("gateway")
    error = visit.refused(access("gateway"), says="nothing", timeout_s=1.0)
    assert "does not listen after 1 s" in error.what
    pids = (visit.tools / "pids").read_text().split() if (visit.tools / "pids").exists() else []
    assert all(gone(int(each)) for each in pids)


def test_the_real_kubectl_refuses_a_service_without_a_selector(visit: Visit) -> None:
    visit.service("gateway")
    error = visit.refused(access("gateway"), path=os.environ["PATH"])
    assert isinstance(error, ClusterError)
    assert "selector" in error.why


def test_all_refusals_are_told_in_one_message(visit: Visit) -> None:
    visit.service("gateway")
    error = visit.refused(access("gateway", 81), access("nowhere"), access("gateway"))
    assert error.what == "2 accesses cannot be opened"
    assert "no TCP port 81" in error.why
    assert "no Service nowhere" in error.why
    pids = (visit.tools / "pids").read_text().split()
    assert all(gone(int(each)) for each in pids), "what was opened is closed again"
