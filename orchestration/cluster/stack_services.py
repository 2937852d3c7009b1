"""The names and ports under which peers reach a component in a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from orchestration.cluster.stack_objects import Body, StackObjects, is_label
from orchestration.model import PortRequest


def services_of(
    objects: StackObjects, names: Iterable[str], node_ports: Mapping[str, int]
) -> Iterator[Body]:
    """One Service for each of `names`, and with `node_ports` (by the port's name) one more.

    They publish pods that are not ready yet, as a container network does: there are servers that
    connect to their own name while they start. Who waits for whom is not theirs to say.
    """
    ports = _unique(objects.component.ports)
    for name in names:
        spec: Body = {"selector": objects.selector, "publishNotReadyAddresses": True}
        if ports:
            spec["ports"] = _ports(ports)
        else:
            # Without a port there is nothing to forward; the name leads to the pod itself.
            spec["clusterIP"] = "None"
        yield objects.make("v1", "Service", name, {"spec": spec})
    chosen = [port for port in ports if port.name in node_ports]
    if chosen:
        # Apart, so that the cluster gives no node port to the others, which might be one of ours.
        listed = [
            {**port, "nodePort": node_ports[request.name]}
            for port, request in zip(_ports(chosen), chosen, strict=True)
        ]
        spec = {"type": "NodePort", "selector": objects.selector, "ports": listed}
        yield objects.make("v1", "Service", node_service(objects.component.name), {"spec": spec})


def node_service(component: str) -> str:
    """The name of the Service that has a component's node ports."""
    return f"{component}-node"


def container_ports(ports: Iterable[PortRequest]) -> list[Body]:
    """The ports as a container declares them."""
    return [{"containerPort": port.container, "protocol": "TCP"} for port in _unique(ports)]


def _unique(ports: Iterable[PortRequest]) -> list[PortRequest]:
    """Each number once: a Service takes no number twice."""
    return list({port.container: port for port in reversed(list(ports))}.values())[::-1]


def _ports(ports: Iterable[PortRequest]) -> list[Body]:
    requests = list(ports)
    named = all(is_label(port.name) for port in requests)
    return [
        {
            "name": port.name if named else f"port-{port.container}",
            "port": port.container,
            "targetPort": port.container,
            "protocol": "TCP",
        }
        for port in requests
    ]
