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
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Any, Final

_DOOR: Final = "NETAVARK-HOSTPORT-DNAT"
_RULE: Final = re.compile(
    rf"-A {_DOOR} .*name: (?P<network>stackwright-\S+) id: .* -j (?P<chain>\S+)"
)
_TARGET: Final = re.compile(r"--to-destination ([\d.]+):")


def forget_lost_networks() -> list[str]:
    """Remove what is there of networks of stackwright that Podman does not know; their names."""
    if os.geteuid() != 0 or not (shutil.which("iptables") and shutil.which("podman")):
        return []
    rules = [(line, found) for line in _rules(_DOOR) if (found := _RULE.match(line))]
    # Asked afterwards: a network is there before its rules, and goes after them.
    known = _known()
    lost: set[str] = set()
    for line, found in rules:
        if found["network"] not in known:
            lost.add(found["network"])
            for target in map(_TARGET.search, _rules(found["chain"])):
                if target:
                    _remove_bridge(IPv4Address(target[1]), {*known.values()})
            _said("iptables", "-t", "nat", "-F", found["chain"])
            _said("iptables", "-t", "nat", "-D", *_words(line))
    return sorted(lost)


def _known() -> dict[str, str]:
    """Podman's networks, and the bridge of each."""
    names = _said("podman", "network", "ls", "--quiet").split()
    shown = json.loads(_said("podman", "network", "inspect", *names))
    return {each["name"]: each["network_interface"] for each in shown}


def _rules(chain: str) -> list[str]:
    return _said("iptables", "-t", "nat", "-S", chain).splitlines()


def _words(line: str) -> list[str]:
    """Of a rule as iptables shows it, which quotes its comment."""
    before, _, rest = line.partition(' "')
    comment, _, after = rest.partition('" ')
    return [*before.split()[1:], comment, *after.split()]


def _remove_bridge(container: IPv4Address, known: set[str]) -> None:
    """That of the network which a container had this address in, and the namespaces behind it."""
    namespaces = {each["id"]: each["name"] for each in _shown("netns", "list") if "id" in each}
    for bridge in _shown("address", "show", "type", "bridge"):
        name = str(bridge["ifname"])
        if name not in known and any(container in network for network in _networks(bridge)):
            for port in _shown("link", "show", "master", name):
                if namespace := namespaces.get(port.get("link_netnsid")):
                    _said("ip", "netns", "delete", str(namespace))
            _said("ip", "link", "delete", name)


def _networks(bridge: dict[str, Any]) -> list[IPv4Network]:
    return [
        IPv4Interface(f"{each['local']}/{each['prefixlen']}").network
        for each in bridge.get("addr_info", ())
        if each["family"] == "inet"
    ]


def _shown(*words: str) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = json.loads(_said("ip", "-json", *words) or "[]")
    return shown


def _said(*words: str) -> str:
    """ "" where it fails: somebody else was quicker."""
    done = subprocess.run(
        words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    return done.stdout if done.returncode == 0 else ""
