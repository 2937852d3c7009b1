"""How containers on Podman find each other without its DNS server.

While a container comes or goes, the server of Podman 4.3 (aardvark-dns 1.4) loses questions, which
are asked again after 5 s, and for a moment denies names that it has (measured: 3 denials and 4
losses in a minute with 8 comings and goings). A component looks its peers up in the very moment in
which it comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network
from typing import Any

from docker import APIClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """Who is on a network. `hosts`: addresses by name, for a newcomer's /etc/hosts. `address`: a
    free one for the newcomer, which it keeps when it is started again; None when none is known."""

    hosts: Mapping[str, str]
    address: str | None


def peers(api: APIClient, network: str) -> Peers:
    """Ask for them, in two requests."""
    listed: list[dict[str, Any]] = api.containers(all=True, filters={"network": network})
    hosts: dict[str, str] = {}
    for each in listed:
        place = each["NetworkSettings"]["Networks"].get(network) or {}
        address = place.get("IPAddress")
        if address:
            names = (name for name in place["Aliases"] or () if not each["Id"].startswith(name))
            hosts.update(dict.fromkeys(names, address))
    return Peers(hosts=hosts, address=_free(api, network, len(listed)))


def _free(api: APIClient, network: str, taken: int) -> str | None:
    """From the top: Podman hands addresses out from the bottom."""
    configured = api.inspect_network(network)["IPAM"]["Config"] or ()
    for each in configured:
        subnet = ip_network(each["Subnet"])
        if isinstance(subnet, IPv4Network) and subnet.num_addresses > 4 * (taken + 2):
            return str(subnet.broadcast_address - 1 - taken)
    return None
