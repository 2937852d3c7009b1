"""A stack that is up: what tests and menus hold in their hands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestration.gates.url import write_url
from orchestration.model import Endpoint, Executed, Instance, PortBinding, reveal
from orchestration.ports import Engine
from orchestration.record import RunRecord
from orchestration.stack import Component


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningStack:
    """Endpoints and instances of a run whose gates have passed."""

    run: str
    stack: str
    endpoints: tuple[Endpoint, ...]
    instances: Mapping[str, Instance]

    @classmethod
    def of(cls, run: RunRecord) -> RunningStack:
        """The stack that a run keeps up."""
        return cls(run=run.run, stack=run.stack, endpoints=run.endpoints, instances=run.instances)

    def endpoint(self, component: str, port: str | None = None) -> Endpoint:
        """How to reach a component: the named port, else the first (the gate's).

        Raises KeyError, naming what there is, when there is no such component or port.
        """
        for endpoint in self.endpoints:
            if endpoint.component == component and port in (None, endpoint.port_name):
                return endpoint
        known = ", ".join(f"{each.component}:{each.port_name}" for each in self.endpoints)
        wanted = component if port is None else f"{component}:{port}"
        raise KeyError(f"no endpoint {wanted} in stack {self.stack}; there is {known}")

    def __getitem__(self, component: str) -> Endpoint:
        return self.endpoint(component)


@dataclass(frozen=True, slots=True)
class InstanceTarget:
    """One instance as probes see it, from this machine."""

    engine: Engine
    instance: Instance

    def address(self, port_name: str) -> tuple[str, int]:
        """Host and port published for a port of the component."""
        for binding in self.instance.ports:
            if binding.name == port_name:
                return reachable_host(binding), binding.host
        raise KeyError(port_name)

    def execute(self, command: tuple[str, ...], *, timeout: float) -> Executed:
        """Run a command in the instance."""
        return self.engine.execute(self.instance.id, command, timeout=timeout)

    def logs(self) -> str:
        """The whole log."""
        return self.engine.logs(self.instance.id)


def reachable_host(binding: PortBinding) -> str:
    """The address this machine uses: a port bound to all addresses is reached on loopback."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(binding.bind, binding.bind)  # noqa: S104 - read, not bound


def endpoints_of(component: Component, instance: Instance) -> tuple[Endpoint, ...]:
    """The endpoints of a started component, the gate's port first."""
    gate = component.gate
    found: list[Endpoint] = []
    for binding in instance.ports:
        host = reachable_host(binding)
        gated = gate is not None and gate.port == binding.name
        scheme = gate.scheme if gate is not None and (gated or gate.scheme == "http") else "tcp"
        url = reveal(write_url(scheme, host, binding.host))
        endpoint = Endpoint(
            component=component.name,
            port_name=binding.name,
            host=host,
            port=binding.host,
            url=url,
            dsn=reveal(gate.dsn(host, binding.host)) if gate is not None and gated else url,
        )
        found.insert(0 if gated else len(found), endpoint)
    return tuple(found)
