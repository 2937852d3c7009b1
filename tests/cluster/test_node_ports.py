"""Which ports a cluster of our own publishes."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.cluster.fields import Fields
from orchestration.cluster.manifest import Manifest, Place
from orchestration.cluster.node_ports import (
    NODE_PORTS,
    balancers_notice,
    exposed,
    free_ports,
    plan_node_ports,
    published,
)
from orchestration.cluster.readiness import judge
from orchestration.errors import PortError
from orchestration.model import Ready
from orchestration.platform import Access


def service(name: str, spec: dict[str, object]) -> Manifest:
    return Manifest(
        api_version="v1",
        kind="Service",
        name=name,
        namespace=None,
        body={"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec},
        place=Place(path=Path("x.yaml"), line=1),
    )


def access(name: str, port: int = 80) -> Access:
    return Access(name=name, service=name, port=port)


PLAIN = service("gateway", {"ports": [{"name": "http", "port": 80}]})


def test_a_service_gets_a_node_port_and_a_free_port_of_this_machine() -> None:
    (found,) = plan_node_ports([access("gateway")], [PLAIN])
    assert found.node in NODE_PORTS
    assert 1024 < found.host < 65536
    assert published([found]) == {found.node: found.host}


def test_the_registrys_port_is_taken_ten_thousand_higher() -> None:
    plan = plan_node_ports([access("gateway")], [PLAIN], pinned=lambda each: 18000)
    assert plan[0].host == 28000


def test_a_registered_port_that_cannot_be_ten_thousand_higher_is_told() -> None:
    with pytest.raises(PortError, match="60000"):
        plan_node_ports([access("gateway")], [PLAIN], pinned=lambda each: 60000)


def test_a_node_port_that_a_manifest_names_is_kept_and_given_to_nobody_else() -> None:
    named = service("api", {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30000}]})
    plan = plan_node_ports([access("gateway"), access("api")], [PLAIN, named])
    assert [each.node for each in plan] == [30001, 30000]


def test_two_accesses_to_one_port_share_it() -> None:
    other = Access(name="again", service="gateway", port=80)
    assert len(plan_node_ports([access("gateway"), other], [PLAIN])) == 1


@pytest.mark.parametrize(
    "spec",
    [
        {"clusterIP": "None", "ports": [{"port": 80}]},
        {"type": "ExternalName", "externalName": "elsewhere.test", "ports": [{"port": 80}]},
        {"ports": [{"port": 80, "protocol": "UDP"}]},
        {"ports": [{"port": 81}]},
    ],
    ids=["headless", "external", "udp", "another port"],
)
def test_what_can_have_no_node_port_is_left_out(spec: dict[str, object]) -> None:
    assert plan_node_ports([access("gateway")], [service("gateway", spec)]) == ()


def test_an_access_to_a_service_that_no_manifest_makes_is_left_out() -> None:
    assert plan_node_ports([access("elsewhere")], [PLAIN]) == ()


def test_the_service_is_turned_into_one_with_its_node_port() -> None:
    both = service("gateway", {"ports": [{"port": 80}, {"port": 9090}], "selector": {"app": "g"}})
    plan = plan_node_ports([access("gateway")], [both])
    spec = Fields(exposed(both, plan).body).table("spec")
    assert spec.text("type") == "NodePort"
    assert [each.body for each in spec.tables("ports")] == [
        {"port": 80, "nodePort": plan[0].node},
        {"port": 9090},
    ]
    assert spec.get("selector") == {"app": "g"}
    assert "nodePort" not in str(both.body), "the manifest itself is as it was"


@pytest.mark.parametrize("asked", [("gateway",), ()], ids=["reached by tests", "by nobody"])
def test_a_load_balancer_becomes_what_a_cluster_of_our_own_can_have(asked: tuple[str, ...]) -> None:
    only_balanced = {"loadBalancerClass": "x", "loadBalancerSourceRanges": ["10.0.0.0/8"]}
    spec = {"type": "LoadBalancer", "ports": [{"port": 80}], "externalTrafficPolicy": "Local"}
    balanced = service("gateway", {**spec, **only_balanced})
    made = exposed(balanced, plan_node_ports(map(access, asked), [balanced]))
    found = Fields(made.body).table("spec")
    assert found.text("type") == "NodePort"
    assert set(found.body) == {"type", "ports", "externalTrafficPolicy"}
    assert ("nodePort" in found.tables("ports")[0].body) is bool(asked)
    assert judge(made.body, (), 0.0) == Ready("exists")


def test_load_balancers_that_become_others_are_told_in_one_notice() -> None:
    balanced = [service(name, {"type": "LoadBalancer"}) for name in ("one", "two")]
    assert balancers_notice([*balanced, PLAIN]) == (
        "of type NodePort in this run, whose own cluster has no load balancer: "
        "Service one (x.yaml:1), Service two (x.yaml:1)"
    )
    assert balancers_notice([PLAIN]) == ""


def test_other_manifests_are_left_alone() -> None:
    plan = plan_node_ports([access("gateway")], [PLAIN])
    other = service("other", {"ports": [{"port": 80}]})
    assert exposed(other, plan) is other


def test_free_ports_are_all_different() -> None:
    assert len(set(free_ports(20))) == 20
