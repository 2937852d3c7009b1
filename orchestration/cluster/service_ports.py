"""The ports of a Service, as written or as the cluster has it."""

from __future__ import annotations

from orchestration.cluster.fields import Fields


def tcp_port(service: Fields, number: int) -> Fields | None:
    """The TCP port of that number; None when the Service has none."""
    ports = (each for each in service.tables("spec", "ports") if each.count("port") == number)
    return next(filter(is_tcp, ports), None)


def is_tcp(port: Fields) -> bool:
    """Whether a port is for TCP, which is meant where none is named."""
    return _protocol(port) == "TCP"


def told_ports(service: Fields) -> str:
    """All of them, for people: `80/TCP (http), 53/UDP`, or `none`."""
    told = (
        f"{each.count('port')}/{_protocol(each)}"
        + (f" ({each.text('name')})" if each.text("name") else "")
        for each in service.tables("spec", "ports")
    )
    return ", ".join(told) or "none"


def _protocol(port: Fields) -> str:
    return port.text("protocol") or "TCP"
