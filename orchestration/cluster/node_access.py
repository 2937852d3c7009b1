"""How the tests on this machine reach the Services of a platform."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from orchestration.cluster.api import ApiError, ResourceKind
from orchestration.cluster.client import Client
from orchestration.cluster.cluster_failure import told
from orchestration.cluster.fields import Fields
from orchestration.cluster.port_forward import OPEN_S, PortForward, port_forward
from orchestration.cluster.service_ports import tcp_port, told_ports
from orchestration.errors import ClusterError, ConfigError, StackwrightError
from orchestration.gates.url import write_url
from orchestration.model import LOOPBACK, Endpoint, reveal
from orchestration.nearest import suggest
from orchestration.platform import Access

CONNECT_S: Final = 2.0
"""How long an address of a node or of a load balancer may take to accept: those of a cluster in
another network never do."""

_SERVICE: Final = ResourceKind(api_version="v1", kind="Service", plural="services", namespaced=True)
_NODE: Final = ResourceKind(api_version="v1", kind="Node", plural="nodes", namespaced=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One access. `how`: in words, `node port 30080 of 172.18.0.2`. `endpoint`: None for one that
    only a forward would open, where none was wanted."""

    access: Access
    endpoint: Endpoint | None
    how: str
    forward: PortForward | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessHolder:
    """All accesses of a platform, in its order."""

    routes: tuple[Route, ...]

    @property
    def endpoints(self) -> tuple[Endpoint, ...]:
        """For the tests: the component of each is the access's name."""
        return tuple(each.endpoint for each in self.routes if each.endpoint is not None)

    @property
    def broken(self) -> tuple[ClusterError, ...]:
        """Ways that were open and are gone; nothing opens them again."""
        found = (each.forward.broken for each in self.routes if each.forward is not None)
        return tuple(each for each in found if each is not None)

    def check(self) -> None:
        """Raise ClusterError when a way is gone."""
        for each in self.broken:
            raise each


@asynccontextmanager
async def open_access(
    accesses: Iterable[Access],
    *,
    client: Client,
    namespace: str,
    environ: Mapping[str, str],
    published: Mapping[int, int] = MappingProxyType({}),
    timeout_s: float = OPEN_S,
    forward: bool = True,
) -> AsyncIterator[AccessHolder]:
    """Open a way to every Service, all at once, for as long as the block lasts; without `forward`
    only those that stay when it ends.

    `published`: node port to port of 127.0.0.1, in a cluster of our own. A Service that cannot be
    reached at a node or a load balancer is reached by `kubectl port-forward`, which gets `environ`.
    The Services are there and ready.

    Raises ConfigError (no such Service or port), ClusterError; of several, one that tells all.
    """
    wanted = tuple(accesses)
    async with AsyncExitStack() as held:
        finder = _Finder(client, namespace, published, environ, timeout_s, forward, held)
        found = await asyncio.gather(*map(finder.route, wanted), return_exceptions=True)
        failures = [each for each in found if isinstance(each, BaseException)]
        if failures:
            raise _one(failures)
        yield AccessHolder(routes=tuple(each for each in found if isinstance(each, Route)))


@dataclass(frozen=True, slots=True)
class _Finder:
    client: Client
    namespace: str
    published: Mapping[int, int]
    environ: Mapping[str, str]
    timeout_s: float
    forward: bool
    held: AsyncExitStack

    async def route(self, access: Access) -> Route:
        service = await self._service(access)
        port = _port(access, service)
        node = port.count("nodePort")
        if node is not None and node in self.published:
            how = f"node port {node}, published by the cluster"
            return _route(access, port, LOOPBACK, self.published[node], how)
        addresses = await self._addresses(service, access.port, node)
        for host, number, how in addresses:
            if await _accepts(host, number):
                return _route(access, port, host, number, how)
        if not self.forward:
            return Route(access=access, endpoint=None, how="kubectl port-forward")
        try:
            forward = await self._forward(access)
        except ClusterError as error:
            if addresses:
                silent = ", ".join(f"{host}:{number}" for host, number, _ in addresses)
                error.why += f"\n    (and nobody accepts connections at {silent})"
            raise
        return _route(access, port, LOOPBACK, forward.port, "kubectl port-forward", forward)

    async def _forward(self, access: Access) -> PortForward:
        forward = port_forward(
            access.service,
            access.port,
            context=self.client.context,
            namespace=self.namespace,
            environ=self.environ,
            timeout_s=self.timeout_s,
        )
        return await self.held.enter_async_context(forward)

    async def _service(self, access: Access) -> Fields:
        try:
            return Fields(await self.client.get(_SERVICE, access.service, self.namespace))
        except ApiError as error:
            if error.code != 404:
                raise told(error, context=self.client.context) from error
        names: tuple[str, ...] = ()
        with suppress(ApiError):
            items = (await self.client.list(_SERVICE, self.namespace)).items
            names = tuple(Fields(each).text("metadata", "name") for each in items)
        raise ConfigError(
            f"access {access.name}: there is no Service {access.service} in namespace "
            f"{self.namespace}",
            why="none of the manifests makes it",
            fix=suggest(access.service, names, nothing="there is no Service at all; add one")
            + " (`service` of the access)",
        )

    async def _addresses(
        self, service: Fields, port: int, node: int | None
    ) -> tuple[tuple[str, int, str], ...]:
        """Hosts and ports at which it may answer, the likeliest first."""
        found: list[tuple[str, int, str]] = []
        for each in service.tables("status", "loadBalancer", "ingress"):
            host = each.text("ip") or each.text("hostname")
            if host:
                found.append((host, port, f"load balancer {host}"))
        if node is not None:
            # Whoever may not list nodes still has the port-forward.
            with suppress(ApiError):
                nodes = (await self.client.list(_NODE)).items
                found += [(host, node, f"node port {node} of {host}") for host in _hosts(nodes)]
        return tuple(found)


def _hosts(nodes: Iterable[Mapping[str, object]]) -> list[str]:
    """One address of each node that is Ready would do; those for outside first."""
    ready = [each for each in map(Fields, nodes) if each.says("Ready") is not None]
    return [
        address.text("address")
        for kind in ("ExternalIP", "InternalIP")
        for each in ready
        for address in each.tables("status", "addresses")
        if address.text("type") == kind and address.text("address")
    ][:4]


def _port(access: Access, service: Fields) -> Fields:
    """The port of the Service. Raises ConfigError, naming those there are."""
    if service.text("spec", "type") == "ExternalName":
        raise ConfigError(
            f"access {access.name}: Service {access.service} is only another name for "
            f"{service.text('spec', 'externalName')}",
            fix="name that host where the tests need it, and remove the access",
        )
    port = tcp_port(service, access.port)
    if port is not None:
        return port
    raise ConfigError(
        f"access {access.name}: Service {access.service} has no TCP port {access.port}",
        why=f"it has {told_ports(service)}",
        fix="name one of them as `port` of the access: the Service's own, not the container's",
    )


def _route(
    access: Access,
    port: Fields,
    host: str,
    number: int,
    how: str,
    forward: PortForward | None = None,
) -> Route:
    url = reveal(write_url(access.scheme, host, number))
    endpoint = Endpoint(
        component=access.name,
        port_name=port.text("name") or str(access.port),
        host=host,
        port=number,
        url=url,
        dsn=url,
    )
    return Route(access=access, endpoint=endpoint, how=how, forward=forward)


async def _accepts(host: str, port: int) -> bool:
    with suppress(OSError):
        async with asyncio.timeout(CONNECT_S):
            _, writer = await asyncio.open_connection(host, port)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return True
    return False


def _one(failures: list[BaseException]) -> BaseException:
    """One error for all; what is none of ours goes first."""
    ours = [each for each in failures if isinstance(each, StackwrightError)]
    if len(ours) < len(failures):
        return next(each for each in failures if not isinstance(each, StackwrightError))
    if len(ours) == 1:
        return ours[0]
    lines = ("; ".join(filter(None, (each.what, each.why))) for each in ours)
    return type(ours[0])(
        f"{len(ours)} accesses cannot be opened",
        why="\n    ".join(("", *lines)),
        fix="; ".join(dict.fromkeys(each.fix for each in ours if each.fix)),
    )
