"""Which ports of this machine a cluster of our own publishes, and the node ports behind them."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from orchestration.cluster.fields import Fields
from orchestration.cluster.manifest import Manifest
from orchestration.cluster.manifest_mistakes import shown_place
from orchestration.cluster.service_ports import is_tcp, tcp_port
from orchestration.errors import PortError
from orchestration.model import LOOPBACK
from orchestration.platform import Access

E2E_OFFSET: Final = 10_000
"""What the E2E tier adds to a port of the registry, so that both tiers can be up at once."""

NODE_PORTS: Final = range(30000, 32768)
"""Kubernetes' own range (`--service-node-port-range`). It gives out numbers of the upper part by
itself, so that those from the beginning are free for who names one."""

_LAST_PORT: Final = 65535

_BALANCED: Final = frozenset(
    {
        *("allocateLoadBalancerNodePorts", "healthCheckNodePort", "loadBalancerClass"),
        *("loadBalancerIP", "loadBalancerSourceRanges"),
    }
)
"""Fields of a Service's spec that no other type may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePort:
    """An access as a cluster of our own publishes it: `node` on its node, `host` on 127.0.0.1."""

    access: Access
    node: int
    host: int


def plan_node_ports(
    accesses: Iterable[Access],
    manifests: Iterable[Manifest],
    *,
    pinned: Callable[[Access], int | None] = lambda _: None,
) -> tuple[NodePort, ...]:
    """A node port for every access to a Service that can have one; the others (headless, by an
    external name, or not among `manifests`) are left out, and are reached in another way.

    `pinned`: the registry's port for an access, to which E2E_OFFSET is added; None: any free one.
    A node port that a manifest names is kept. Raises PortError when the registry's is out of range.
    """
    services = {each.name: each for each in manifests if _is_service(each)}
    taken = {number for each in services.values() for number in _numbers(each)}
    spare = iter([each for each in NODE_PORTS if each not in taken])
    nodes: dict[tuple[str, int], int] = {}
    wanted: list[tuple[Access, int | None]] = []
    for access in accesses:
        service = services.get(access.service)
        port = _port(service, access.port) if service is not None else None
        if port is None:
            continue
        key = (access.service, access.port)
        if key not in nodes:
            nodes[key] = port.count("nodePort") or next(spare)
            wanted.append((access, _pinned(access, pinned(access))))
    fixed = {host for _, host in wanted}
    # More than are needed: a pinned one that nobody listens on yet may be among them.
    chosen = iter([each for each in free_ports(2 * len(wanted)) if each not in fixed])
    return tuple(
        NodePort(
            access=access,
            node=nodes[access.service, access.port],
            host=next(chosen) if host is None else host,
        )
        for access, host in wanted
    )


def exposed(manifest: Manifest, plan: Iterable[NodePort]) -> Manifest:
    """The manifest, its Service turned into one with the planned node ports, and in any case into
    none that waits for a load balancer: a cluster of our own has none."""
    numbers = {each.access.port: each.node for each in plan if each.access.service == manifest.name}
    if not _is_service(manifest) or not (numbers or _is_balanced(manifest)):
        return manifest
    spec = Fields(manifest.body).table("spec")
    ports = [
        {**each.body, "nodePort": numbers[number]}
        if (number := each.count("port")) in numbers and is_tcp(each)
        else each.body
        for each in spec.tables("ports")
    ]
    kept = {key: each for key, each in spec.body.items() if key not in _BALANCED}
    body: Mapping[str, object] = {
        **manifest.body,
        "spec": {**kept, "type": "NodePort", "ports": ports},
    }
    return replace(manifest, body=body)


def balancers_notice(manifests: Iterable[Manifest]) -> str:
    """What `exposed` does to load balancers, "" when there are none."""
    found = [each for each in manifests if _is_service(each) and _is_balanced(each)]
    if not found:
        return ""
    named = ", ".join(f"{each.ref} ({shown_place(each.place)})" for each in found)
    return f"of type NodePort in this run, whose own cluster has no load balancer: {named}"


def published(plan: Iterable[NodePort]) -> Mapping[int, int]:
    """Node port to port of this machine."""
    return {each.node: each.host for each in plan}


def free_ports(count: int) -> tuple[int, ...]:
    """So many ports of 127.0.0.1, all different, that nobody listens on at this moment."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for each in probes:
            each.bind((LOOPBACK, 0))
        return tuple(int(each.getsockname()[1]) for each in probes)
    finally:
        for each in probes:
            each.close()


def _pinned(access: Access, registered: int | None) -> int | None:
    if registered is None:
        return None
    port = registered + E2E_OFFSET
    if port > _LAST_PORT:
        raise PortError(
            f"access {access.name} has no port for E2E tests: {registered} + {E2E_OFFSET} is none",
            fix=f"register a port up to {_LAST_PORT - E2E_OFFSET} for it",
        )
    return port


def _is_service(manifest: Manifest) -> bool:
    return (manifest.api_version, manifest.kind) == ("v1", "Service")


def _is_balanced(service: Manifest) -> bool:
    return Fields(service.body).text("spec", "type") == "LoadBalancer"


def _port(service: Manifest, number: int) -> Fields | None:
    spec = Fields(service.body).table("spec")
    if spec.text("clusterIP") == "None" or spec.text("type") == "ExternalName":
        return None
    return tcp_port(Fields(service.body), number)


def _numbers(service: Manifest) -> Iterable[int]:
    for each in Fields(service.body).tables("spec", "ports"):
        if (number := each.count("nodePort")) is not None:
            yield number
