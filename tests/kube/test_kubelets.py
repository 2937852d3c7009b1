"""What every kubelet does, the simulated one and the one with real containers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import uuid4

import pytest

from tests.contract.engines import eventually, marked
from tests.kube.behaviours import BadConfig, Behaviour, Crashes, Ends, NoImage, Runs
from tests.kube.conftest import client_of
from tests.kube.container_clusters import container_cluster
from tests.kube.contract.client import Client
from tests.kube.json_values import Doc, Json, docs, number, text, value
from tests.kube.kube_double import KubeDouble, kube_double
from tests.kube.workloads import conditions, waiting

NAMESPACE = "shop"
IMAGE = "python:3.11-slim"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What runs: `script` in a shell for one kubelet, `behaviour` for the other."""

    script: str
    behaviour: Behaviour
    image: str = IMAGE
    more: Doc = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rig:
    """A cluster with one namespace, and what its pods do."""

    double: KubeDouble
    simulated: bool

    @property
    def client(self) -> Client:
        return client_of(self.double)

    def play(self, kind: str, program: Program, **spec: Json) -> str:
        """Create a workload that runs a program; its name."""
        name = f"{kind.lower()}-{uuid4().hex[:6]}"
        if self.simulated:
            self.double.script.behave(f"{kind}/{name}", program.behaviour)
        container: Doc = {
            "name": "main",
            "image": program.image,
            "command": ["sh", "-c", program.script],
            **program.more,
        }
        restart = "Never" if kind == "Job" else "Always"
        containers: list[Json] = [container]
        template: Doc = {
            "metadata": {"labels": {"app": name}},
            "spec": {
                "restartPolicy": restart,
                "terminationGracePeriodSeconds": 0,
                "containers": containers,
            },
        }
        body: Doc = {"template": template, **spec}
        if kind == "Deployment":
            body["selector"] = {"matchLabels": {"app": name}}
        self.double.create(kind, {"metadata": {"name": name, "namespace": NAMESPACE}, "spec": body})
        return name

    def pod(self, name: str) -> Doc:
        """The only pod of a workload."""
        found: list[Doc] = []

        def there() -> bool:
            found[:] = [
                pod
                for pod in self.double.all("Pod", NAMESPACE)
                if text(pod, "metadata", "labels", "app") == name
            ]
            return len(found) == 1 and bool(docs(found[0], "status", "containerStatuses"))

        eventually(there, f"{name} had a pod")
        return found[0]

    def status(self, name: str) -> Doc:
        return docs(self.pod(name), "status", "containerStatuses")[0]

    def log(self, name: str, **query: str) -> str:
        pod = text(self.pod(name), "metadata", "name")
        return self.client.get(f"/api/v1/namespaces/{NAMESPACE}/pods/{pod}/log", **query).body

    def events(self, reason: str, name: str) -> list[str]:
        return [
            text(each, "message")
            for each in self.double.all("Event", NAMESPACE)
            if text(each, "reason") == reason
            and text(each, "involvedObject", "name").startswith(name)
        ]


@pytest.fixture(scope="module", params=marked("simulated", "podman", "docker"))
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    """One cluster for all tests of a kubelet: engines take a second to make and remove one."""
    if request.param == "simulated":
        with kube_double() as double:
            double.create("Namespace", {"metadata": {"name": NAMESPACE}})
            yield Rig(double, simulated=True)
        return
    with container_cluster(request.param) as double:
        double.create("Namespace", {"metadata": {"name": NAMESPACE}})
        yield Rig(double, simulated=False)


def test_a_pod_becomes_ready_and_has_a_log(rig: Rig) -> None:
    program = Program(script="echo started; sleep 1000", behaviour=Runs(log="started\n"))
    name = rig.play("Deployment", program)
    eventually(lambda: conditions(rig.pod(name))["Ready"][0] == "True", f"{name} was ready")
    pod = rig.pod(name)
    assert value(pod, "status", "phase") == "Running"
    assert text(pod, "status", "podIP")
    eventually(lambda: rig.log(name) == "started\n", "the log was there")


def test_a_pod_is_not_ready_while_its_probe_fails(rig: Rig) -> None:
    probe: Doc = {"exec": {"command": ["false"]}, "periodSeconds": 1, "failureThreshold": 1}
    program = Program(
        script="sleep 1000", behaviour=Runs(ready_s=None), more={"readinessProbe": probe}
    )
    name = rig.play("Deployment", program)
    eventually(lambda: bool(rig.events("Unhealthy", name)), "the probe had failed")
    assert rig.events("Unhealthy", name)[0].startswith("Readiness probe failed")
    assert value(rig.pod(name), "status", "phase") == "Running"
    assert conditions(rig.pod(name))["Ready"] == ("False", "ContainersNotReady")


def test_a_crash_ends_in_back_off(rig: Rig) -> None:
    behaviour = Crashes(exit_code=3, runs_s=0.1, backoff_s=60, log="fatal\n")
    name = rig.play("Deployment", Program(script="echo fatal; exit 3", behaviour=behaviour))
    eventually(lambda: waiting(rig.pod(name)) == "CrashLoopBackOff", f"{name} backed off")
    status = rig.status(name)
    assert number(status, "restartCount") == 1
    assert number(status, "lastState", "terminated", "exitCode") == 3
    assert text(status, "lastState", "terminated", "reason") == "Error"
    assert value(rig.pod(name), "status", "phase") == "Running"
    assert rig.log(name, previous="true") == "fatal\n"


def test_a_failed_job_fails_with_its_pod(rig: Rig) -> None:
    behaviour = Ends(exit_code=4, log="cannot migrate\n")
    program = Program(script="echo cannot migrate; exit 4", behaviour=behaviour)
    name = rig.play("Job", program, backoffLimit=0)
    eventually(
        lambda: "Failed" in conditions(rig.double.get("Job", name, NAMESPACE)), f"{name} failed"
    )
    assert value(rig.pod(name), "status", "phase") == "Failed"
    ended = value(rig.status(name), "state", "terminated")
    assert (number(ended, "exitCode"), text(ended, "reason")) == (4, "Error")
    assert rig.log(name) == "cannot migrate\n"


def test_a_job_completes_when_its_pod_ends_well(rig: Rig) -> None:
    name = rig.play("Job", Program(script="echo done", behaviour=Ends(log="done\n")))
    eventually(
        lambda: "Complete" in conditions(rig.double.get("Job", name, NAMESPACE)), f"{name} ended"
    )
    assert value(rig.pod(name), "status", "phase") == "Succeeded"
    assert rig.log(name) == "done\n"


def test_an_image_that_is_not_there_ends_in_back_off(rig: Rig) -> None:
    program = Program(script="true", behaviour=NoImage(), image="localhost/there-is-none:1")
    name = rig.play("Deployment", program)
    eventually(lambda: waiting(rig.pod(name)) == "ImagePullBackOff", f"{name} backed off")
    assert value(rig.pod(name), "status", "phase") == "Pending"
    message = text(rig.status(name), "state", "waiting", "message")
    assert message.startswith('Back-off pulling image "localhost/there-is-none:1"')
    assert rig.events("Failed", name)
    assert "trying and failing to pull image" in rig.log(name)


def test_a_secret_that_is_not_there_keeps_the_container_waiting(rig: Rig) -> None:
    program = Program(
        script="true",
        behaviour=BadConfig(message='secret "settings" not found'),
        more={"envFrom": [{"secretRef": {"name": "settings"}}]},
    )
    name = rig.play("Deployment", program)
    eventually(lambda: waiting(rig.pod(name)) == "CreateContainerConfigError", f"{name} waited")
    message = text(rig.status(name), "state", "waiting", "message")
    assert message == 'secret "settings" not found'


def test_a_pod_that_is_deleted_goes(rig: Rig) -> None:
    name = rig.play("Deployment", Program(script="sleep 1000", behaviour=Runs()))
    pod = text(rig.pod(name), "metadata", "name")
    rig.client.delete(f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/{name}")
    path = f"/api/v1/namespaces/{NAMESPACE}/pods/{pod}"
    eventually(lambda: rig.client.get(path).code == 404, f"{pod} was gone")
