"""What Podman forgets when its service is killed while it starts a container of ours.

The container then has a network namespace, a bridge and firewall rules that Podman's database never
heard of (seen with 4.3.1): no request removes them, and connections to its port lead nowhere from
then on, whoever listens there. Only root can undo it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Interface
from typing import Any, Final

_DOOR: Final = "NETAVARK-HOSTPORT-DNAT"
_RULE: Final = re.compile(
    rf"-A {_DOOR} .*name: (?P<network>stackwright-\S+) id: (?P<container>\w+)\b.* -j (?P<chain>\S+)"
)
_NETAVARKS: Final = re.compile(r"podman\d+")
"""What it calls the bridges of networks that were not told a name."""
_TARGET: Final = re.compile(r"--to-destination ([\d.]+):")


def forget_lost_networks() -> list[str]:
    """Remove the rules of containers of stackwright that Podman does not know, and what else is
    there of their networks if it does not know these either; the networks' names."""
    if os.geteuid() != 0 or not (shutil.which("iptables") and shutil.which("podman")):
        return []
    rules = [(line, found) for line in _rules(_DOOR) if (found := _RULE.match(line))]
    if not rules:
        return []
    # Asked afterwards: a container is there before its rules, and goes after them.
    containers = _known("ps", "--all", "--no-trunc", "--format", "{{.ID}}")
    networks = _known("network", "ls", "--format", "{{.Name}}")
    lost: set[str] = set()
    for line, found in rules:
        if found["container"] in containers:
            continue
        lost.add(found["network"])
        _said("iptables", "-t", "nat", "-D", *_words(line))
        if found["network"] not in networks:
            for target in map(_TARGET.search, _rules(found["chain"])):
                if target:
                    _remove_bridge(IPv4Address(target[1]))
            _said("iptables", "-t", "nat", "-F", found["chain"])
    return sorted(lost)


def _known(*words: str) -> set[str]:
    """What Podman lists. Raises CalledProcessError: else what it did not tell would seem lost."""
    done = subprocess.run(["podman", *words], capture_output=True, text=True, check=True)
    return {*done.stdout.split()}


def _rules(chain: str) -> list[str]:
    return _said("iptables", "-t", "nat", "-S", chain).splitlines()


def _words(line: str) -> list[str]:
    """Of a rule as iptables shows it, which quotes its comment."""
    before, _, rest = line.partition(' "')
    comment, _, after = rest.partition('" ')
    return [*before.split()[1:], comment, *after.split()]


def _remove_bridge(container: IPv4Address) -> None:
    """The one that netavark made for a network with this address, and the namespaces behind it."""
    namespaces = {each["id"]: each["name"] for each in _shown("netns", "list") if "id" in each}
    for bridge in _shown("address", "show", "type", "bridge"):
        name = str(bridge["ifname"])
        if _NETAVARKS.fullmatch(name) and any(map(_gateway_of(container), bridge["addr_info"])):
            for port in _shown("link", "show", "master", name):
                if namespace := namespaces.get(port.get("link_netnsid")):
                    _said("ip", "netns", "delete", str(namespace))
            _said("ip", "link", "delete", name)


def _gateway_of(container: IPv4Address) -> Callable[[dict[str, Any]], bool]:
    """Whether an address of a bridge is what netavark gives it: the first of the network."""

    def is_gateway(address: dict[str, Any]) -> bool:
        if address["family"] != "inet":
            return False
        there = IPv4Interface(f"{address['local']}/{address['prefixlen']}")
        return container in there.network and there.ip == there.network.network_address + 1

    return is_gateway


def _shown(*words: str) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = json.loads(_said("ip", "-json", *words) or "[]")
    return shown


def _said(*words: str) -> str:
    """ "" where it fails: somebody else was quicker."""
    done = subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    return done.stdout if done.returncode == 0 else ""
