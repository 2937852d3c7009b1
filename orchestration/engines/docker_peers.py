"""How containers on Podman find each other without its DNS server.

While a container comes or goes, the server of Podman 4.3 (aardvark-dns 1.4) loses questions, which
are asked again after 5 s, and for a moment denies names that it has: 3 denials and 4 losses in a
minute with 8 comings and goings, 2 of 31 cold starts failed of it under load. A component looks its
peers up in the very moment in which it comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network
from typing import Any

from docker import APIClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """What a new container is told. `hosts`: addresses by name, for its /etc/hosts. `address`: its
    own, which it keeps when it is started again; None where Podman gives it one at every start."""

    hosts: Mapping[str, str]
    address: str | None


@dataclass(slots=True)
class _Network:
    """`free`: addresses from the top, as Podman hands them out from the bottom."""

    free: Iterator[str]
    hosts: dict[str, str]


class PodmanPeers:
    """Who is on each network that containers are started in."""

    def __init__(self, api: APIClient) -> None:
        self._api = api
        self._networks: dict[str, _Network] = {}

    def newcomer(self, network: str, names: tuple[str, ...]) -> Newcomer:
        """Take a container with `names` in; two requests for the first one of a network."""
        known = self._networks.get(network)
        if known is None:
            known = self._networks[network] = self._look(network)
        # One that is started again must not find itself where it was before.
        hosts = {name: at for name, at in known.hosts.items() if name not in names}
        address = next(known.free, None)
        if address is not None:
            known.hosts.update(dict.fromkeys(names, address))
        return Newcomer(hosts=hosts, address=address)

    def _look(self, network: str) -> _Network:
        listed: list[dict[str, Any]] = self._api.containers(all=True, filters={"network": network})
        hosts: dict[str, str] = {}
        for each in listed:
            place = each["NetworkSettings"]["Networks"].get(network) or {}
            names = (name for name in place.get("Aliases") or () if not each["Id"].startswith(name))
            hosts.update(dict.fromkeys(names, place.get("IPAddress", "")))
        taken = frozenset(hosts.values())
        return _Network(
            free=(each for each in self._upper(network) if each not in taken),
            hosts={name: address for name, address in hosts.items() if address},
        )

    def _upper(self, network: str) -> Iterator[str]:
        """The upper half of its addresses, from the top; none where it has too few to be sure."""
        found = (each for each in self._api.networks(names=[network]) if each["Name"] == network)
        for config in (config for each in found for config in each["IPAM"]["Config"] or ()):
            subnet = ip_network(config["Subnet"])
            if isinstance(subnet, IPv4Network) and subnet.num_addresses >= 128:
                for below in range(1, subnet.num_addresses // 2):
                    yield str(subnet.broadcast_address - below)
                return
