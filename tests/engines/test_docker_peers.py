"""Which names and addresses a new container on Podman is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from docker import APIClient

from orchestration.engines.docker_peers import Newcomer, PodmanPeers


class Listed(APIClient):
    """An API that knows one network, and was never connected."""

    def __init__(self, subnets: Sequence[str], **containers: tuple[str, list[str]]) -> None:
        self._subnets = subnets
        self._containers = containers
        self.asked: list[str] = []

    def containers(self, *, all: bool, filters: Mapping[str, str]) -> list[dict[str, Any]]:  # type: ignore[override]  # noqa: A002 - the SDK's name; only what is asked for
        self.asked.append(f"containers of {filters['network']}")
        return [
            {
                "Id": f"{name}0123456789ab",
                "NetworkSettings": {"Networks": {"net": {"IPAddress": at, "Aliases": aliases}}},
            }
            for name, (at, aliases) in self._containers.items()
        ]

    def networks(self, *, names: Sequence[str]) -> list[dict[str, Any]]:  # type: ignore[override]  # only what is asked for
        self.asked.extend(f"network {name}" for name in names)
        config = [{"Subnet": each} for each in self._subnets]
        # Names are looked for in names.
        other = {"Name": f"{names[0]}-too", "IPAM": {"Config": [{"Subnet": "10.1.0.0/16"}]}}
        return [other, {"Name": names[0], "IPAM": {"Config": config}}]


def test_each_is_told_of_those_before_it_and_nothing_is_asked_twice() -> None:
    api = Listed(["10.89.1.0/24"])
    peers = PodmanPeers(api)
    first = peers.newcomer("net", ("postgres", "db"))
    assert first == Newcomer(hosts={}, address="10.89.1.254")
    second = peers.newcomer("net", ("app",))
    assert second.hosts == {"postgres": "10.89.1.254", "db": "10.89.1.254"}
    assert second.address == "10.89.1.253"
    assert len(api.asked) == 2


def test_those_of_another_process_are_known_and_their_addresses_left_alone() -> None:
    """As for a migration that runs again on a stack that is up."""
    api = Listed(
        ["10.89.1.0/24"],
        b=("10.89.1.254", ["postgres", "b01234567"]),
        c=("10.89.1.2", ["somebody"]),
        d=("", ["ended"]),
    )
    came = PodmanPeers(api).newcomer("net", ("migrations",))
    assert came.hosts == {"postgres": "10.89.1.254", "somebody": "10.89.1.2"}
    assert came.address == "10.89.1.253"


def test_one_that_runs_again_is_known_by_its_new_address() -> None:
    peers = PodmanPeers(Listed(["10.89.1.0/24"]))
    peers.newcomer("net", ("migrations",))
    again = peers.newcomer("net", ("migrations",))
    assert again.hosts == {}
    assert peers.newcomer("net", ("app",)).hosts == {"migrations": again.address}


def test_in_a_network_that_is_small_or_of_another_kind_podman_gives_the_addresses() -> None:
    for subnets in ([], ["10.89.1.0/27"], ["fd00::/64"]):
        peers = PodmanPeers(Listed(subnets))
        assert peers.newcomer("net", ("postgres",)) == Newcomer(hosts={}, address=None)
        assert peers.newcomer("net", ("app",)).hosts == {}


def test_two_networks_have_nothing_to_do_with_each_other() -> None:
    peers = PodmanPeers(Listed(["10.89.1.0/24"]))
    peers.newcomer("net", ("postgres",))
    assert peers.newcomer("other", ("app",)).hosts == {}
