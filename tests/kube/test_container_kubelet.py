"""What only a kubelet with real containers does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from orchestration.model import EngineName, Kind, Resource
from tests.contract.engines import CONTAINERS, ENGINES, eventually, fetched, marked
from tests.kube.conftest import client_of
from tests.kube.container_clusters import container_cluster
from tests.kube.container_kubelet import ContainerKubelet
from tests.kube.containers.container_engine import LABEL
from tests.kube.containers.container_environment import expanded
from tests.kube.containers.container_order import memory_limit
from tests.kube.containers.undone import undone
from tests.kube.json_values import Doc, Json, docs, number, text, value
from tests.kube.kube_double import KubeDouble

NAMESPACE = "shop"
IMAGE = "python:3.11-slim"
SCRIPT = """
echo "$GREETING to $NAME in $WHERE with $PASSWORD, $FROM_ALL"
cat /etc/settings/deep/page
cat /scratch/first
echo "$@"
id -u
touch /forbidden || echo closed
sleep 1000
"""


@dataclass(frozen=True, slots=True)
class Rig:
    double: KubeDouble

    def create(self, name: str, *containers: Json, labels: Doc | None = None, **spec: Json) -> None:
        """A bare pod that ends without grace."""
        metadata: Doc = {"name": name, "namespace": NAMESPACE, "labels": labels or {}}
        body: Doc = {"containers": [*containers], "terminationGracePeriodSeconds": 0, **spec}
        self.double.create("Pod", {"metadata": metadata, "spec": body})

    def status(self, name: str, index: int = 0) -> Doc:
        found = docs(self.pod(name), "status", "containerStatuses")
        return found[index] if found else {}

    def pod(self, name: str) -> Doc:
        return self.double.get("Pod", name, NAMESPACE)

    def ready(self, name: str) -> bool:
        return value(self.status(name), "ready") is True

    def log(self, pod: str, container: str = "main") -> str:
        path = f"/api/v1/namespaces/{NAMESPACE}/pods/{pod}/log"
        return client_of(self.double).get(path, container=container).body


def container(script: str, name: str = "main", **more: Json) -> Doc:
    return {"name": name, "image": IMAGE, "command": ["sh", "-c", script], **more}


@pytest.fixture(scope="module", params=marked(*CONTAINERS))
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with container_cluster(request.param, back_off_s=0.5) as double:
        double.create("Namespace", {"metadata": {"name": NAMESPACE}})
        yield Rig(double)


def test_a_pod_gets_its_settings_files_and_rights(rig: Rig) -> None:
    double = rig.double
    named: Doc = {"name": "settings", "namespace": NAMESPACE}
    double.create("ConfigMap", {"metadata": named, "data": {"page": "fifty\n", "FROM_ALL": "all"}})
    secret: Doc = {"metadata": {**named, "name": "db"}, "stringData": {"password": "planted"}}
    double.create("Secret", secret)
    env: list[Json] = [
        {"name": "GREETING", "value": "hello"},
        {"name": "NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "WHERE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
        {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
    ]
    scratch: Doc = {"name": "scratch", "mountPath": "/scratch"}
    main = container(
        SCRIPT,
        args=["name", "$(GREETING)", "$$(GREETING)"],
        env=env,
        envFrom=[{"configMapRef": {"name": "settings"}}],
        volumeMounts=[scratch, {"name": "settings", "mountPath": "/etc/settings"}],
        securityContext={"runAsUser": 1234, "readOnlyRootFilesystem": True},
    )
    items: list[Json] = [{"key": "page", "path": "deep/page"}]
    rig.create(
        "equipped",
        main,
        initContainers=[
            container("echo 1 > /scratch/first", "one", volumeMounts=[scratch]),
            container("echo 2 >> /scratch/first", "two", volumeMounts=[scratch]),
        ],
        volumes=[
            {"name": "scratch", "emptyDir": {}},
            {"name": "settings", "configMap": {"name": "settings", "items": items}},
        ],
    )
    eventually(lambda: rig.ready("equipped"), "the pod was ready")
    eventually(lambda: "closed" in rig.log("equipped"), "it had said everything")
    # What goes to standard error may stand anywhere between.
    lines = [each for each in rig.log("equipped").splitlines() if not each.startswith("touch: ")]
    assert lines[0] == "hello to equipped in shop with planted, all"
    assert lines[1:4] == ["fifty", "1", "2"]
    assert lines[4:6] == ["hello $(GREETING)", "1234"]
    assert [
        text(each, "state", "terminated", "reason")
        for each in docs(rig.pod("equipped"), "status", "initContainerStatuses")
    ] == ["Completed", "Completed"]


def test_containers_of_a_pod_share_their_network(rig: Rig) -> None:
    serves = container("cd /tmp && echo here > index.html && python3 -m http.server 8000")
    asks = container(
        "until wget -q -O- http://127.0.0.1:8000/index.html; do sleep 0.1; done; sleep 1000", "asks"
    )
    rig.create("pair", serves, asks)
    eventually(lambda: "here" in rig.log("pair", "asks"), "one container had reached the other")


def test_a_service_is_found_by_a_pod_that_was_there_before_it(rig: Rig) -> None:
    ask = "until wget -q -O- http://late:8000/index.html; do sleep 0.1; done; sleep 1000"
    rig.create("early", container(ask))
    eventually(lambda: rig.ready("early"), "the pod that asks was ready")
    ports: list[Json] = [{"port": 8000}]
    spec: Doc = {"type": "NodePort", "selector": {"app": "late"}, "ports": ports}
    metadata: Doc = {"name": "late", "namespace": NAMESPACE}
    made = rig.double.create("Service", {"metadata": metadata, "spec": spec})
    serve = "cd /tmp && echo late but here > index.html && exec python3 -m http.server 8000"
    probe: Doc = {"httpGet": {"port": 8000}, "periodSeconds": 1}
    rig.create("late", container(serve, readinessProbe=probe), labels={"app": "late"})
    eventually(lambda: "late but here" in rig.log("early"), "the service was found")
    port = number(docs(made, "spec", "ports")[0], "nodePort")
    assert fetched(port) == "late but here\n"


def test_a_pod_that_takes_too_much_memory_is_killed(rig: Rig) -> None:
    greedy: Doc = {
        "name": "main",
        "image": IMAGE,
        "command": ["python3", "-c", "print(len(bytearray(200 * 2**20)))"],
        "resources": {"limits": {"memory": "32Mi"}},
    }
    rig.create("greedy", greedy, restartPolicy="Never")
    eventually(lambda: value(rig.pod("greedy"), "status", "phase") == "Failed", "it had failed")
    ended = value(rig.status("greedy"), "state", "terminated")
    assert (number(ended, "exitCode"), text(ended, "reason")) == (137, "OOMKilled")


def test_a_container_that_does_not_live_is_started_again(rig: Rig) -> None:
    probe: Doc = {"tcpSocket": {"port": 9}, "periodSeconds": 1, "failureThreshold": 1}
    rig.create("dead", container("sleep 1000", livenessProbe=probe))
    eventually(lambda: number(rig.status("dead"), "restartCount") > 0, "it was started again")
    assert number(rig.status("dead"), "lastState", "terminated", "exitCode") == 137


def test_a_command_that_is_not_there_is_told(rig: Rig) -> None:
    rig.create("lost", {"name": "main", "image": IMAGE, "command": ["no-such-program"]})

    def told() -> bool:
        return text(rig.status("lost"), "lastState", "terminated", "reason") == "StartError"

    eventually(told, "the pod told why")
    message = text(rig.status("lost"), "lastState", "terminated", "message")
    assert "no-such-program" in message


def test_a_container_that_must_not_be_root_is_not_made(rig: Rig) -> None:
    rig.create("root", container("true", securityContext={"runAsNonRoot": True}))

    def told() -> str:
        return text(rig.status("root"), "state", "waiting", "message")

    eventually(
        lambda: told() == "container has runAsNonRoot and image will run as root", "it was refused"
    )


@pytest.mark.parametrize("engine", marked(*CONTAINERS))
def test_nothing_is_left_behind_by_a_test_that_fails(engine: EngineName) -> None:
    names: list[str] = []

    def fail() -> None:
        with container_cluster(engine) as double:
            names.append(kubelet_of(double).name)
            double.create("Namespace", {"metadata": {"name": NAMESPACE}})
            mount: list[Json] = [{"name": "data", "mountPath": "/data"}]
            memory: list[Json] = [{"name": "data", "emptyDir": {}}]
            Rig(double).create("one", container("sleep 1000", volumeMounts=mount), volumes=memory)
            eventually(lambda: Rig(double).ready("one"), "the pod was ready")
            there = {each.kind for each in held(engine, *names)}
            assert there == {Kind.CONTAINER, Kind.VOLUME, Kind.NETWORK}
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert held(engine, *names) == ()


def held(engine: EngineName, name: str) -> tuple[Resource, ...]:
    """What an engine has of one kubelet."""
    with ENGINES[engine]() as found:
        return found.list_resources({LABEL: name})


def kubelet_of(double: KubeDouble) -> ContainerKubelet:
    assert isinstance(double.kubelet, ContainerKubelet)
    return double.kubelet


@pytest.mark.parametrize(
    ("said", "meant"),
    [("$(A)-$(B)", "1-$(B)"), ("$$(A)", "$(A)"), ("$A $", "$A $"), ("$$$(A)", "$1")],
)
def test_words_name_variables(said: str, meant: str) -> None:
    assert expanded(said, {"A": "1"}) == meant


@pytest.mark.parametrize(
    ("limit", "meant"), [("32Mi", 32 * 2**20), ("1G", 10**9), (5000, 5000), (None, 0)]
)
def test_a_memory_limit_is_in_bytes(limit: Json, meant: int) -> None:
    assert memory_limit({"resources": {"limits": {"memory": limit}}}) == meant


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ({"hostNetwork": True}, "spec.hostNetwork"),
        ({"volumes": [{"name": "data", "hostPath": {"path": "/"}}]}, "volume data: hostPath"),
        ({"initContainers": [{"name": "log", "restartPolicy": "Always"}]}, "the sidecar log"),
        (
            {"containers": [{"name": "a", "readinessProbe": {"grpc": {"port": 1}}}]},
            "the grpc probe of container a",
        ),
        ({"containers": [{"name": "a"}], "volumes": [{"name": "data", "emptyDir": {}}]}, ""),
    ],
)
def test_what_is_not_done_is_told(spec: Doc, told: str) -> None:
    assert undone({"spec": spec}) == told
