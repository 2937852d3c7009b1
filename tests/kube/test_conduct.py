"""How the cluster behaves where real ones differ."""

from __future__ import annotations

from tests.kube.behaviours import Ends
from tests.kube.cluster_clock import SteeredClock
from tests.kube.conftest import client_of
from tests.kube.contract.client import Client
from tests.kube.contract.test_custom_kinds import CRDS, box, definition
from tests.kube.controllers.world import Conduct
from tests.kube.json_values import Doc, docs, text, value
from tests.kube.kube_double import KubeDouble, kube_double
from tests.kube.workloads import conditions, job

GROUP = "example.com"


def claim() -> Doc:
    return {
        "metadata": {"name": "data", "namespace": "default"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }


def phase_of_claim(double: KubeDouble) -> str:
    double.create("PersistentVolumeClaim", claim())
    double.settle()
    return text(double.get("PersistentVolumeClaim", "data", "default"), "status", "phase")


def test_a_kind_may_take_its_time_to_be_served() -> None:
    clock = SteeredClock()
    with kube_double(clock=clock, conduct=Conduct(establish_s=5)) as double:
        client: Client = client_of(double)
        client.made(CRDS, definition(GROUP))
        double.settle()
        path = f"/apis/{GROUP}/v1/namespaces/default/boxes"
        found = client.create(path, box(GROUP, "one", size=1))
        assert (found.code, found.body.strip()) == (404, "404 page not found")
        told = conditions(client.get(f"{CRDS}/boxes.{GROUP}").doc)
        assert told == {"NamesAccepted": ("True", "NoConflicts")}
        clock.advance(5)
        double.settle()
        told = conditions(client.get(f"{CRDS}/boxes.{GROUP}").doc)
        assert told["Established"] == ("True", "InitialNamesAccepted")
        assert client.create(path, box(GROUP, "one", size=1)).code == 201


def test_a_claim_waits_for_its_first_consumer() -> None:
    with kube_double(clock=SteeredClock()) as double:
        assert phase_of_claim(double) == "Pending"


def test_a_claim_may_be_bound_at_once() -> None:
    with kube_double(clock=SteeredClock(), conduct=Conduct(claims="immediate")) as double:
        assert phase_of_claim(double) == "Bound"


def test_a_load_balancer_may_have_an_address() -> None:
    conduct = Conduct(load_balancer="192.0.2.1")
    with kube_double(clock=SteeredClock(), conduct=conduct) as double:
        service: Doc = {
            "metadata": {"name": "web", "namespace": "default"},
            "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]},
        }
        double.create("Service", service)
        double.settle()
        found = double.get("Service", "web", "default")
        ingress = docs(found, "status", "loadBalancer", "ingress")
        assert [text(each, "ip") for each in ingress] == ["192.0.2.1"]
        assert isinstance(value(docs(found, "spec", "ports")[0], "nodePort"), int)


def test_a_job_may_rest_between_attempts() -> None:
    clock = SteeredClock()
    with kube_double(clock=clock, conduct=Conduct(retry_s=10)) as double:
        double.create("Namespace", {"metadata": {"name": "shop"}})
        double.script.behave("Job/migrate", Ends(fails_first=1))
        double.create("Job", job())
        double.settle()
        assert value(double.get("Job", "migrate", "shop"), "status", "failed") == 1
        assert len(double.all("Pod", "shop")) == 1
        clock.advance(10)
        double.settle()
        assert "Complete" in conditions(double.get("Job", "migrate", "shop"))
