"""Create and start one container, and read back where its ports are."""

from __future__ import annotations

import errno
import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from docker import APIClient
from docker.errors import APIError, ImageNotFound, NotFound
from docker.types import Mount

from orchestration.engines.docker_client import explanation
from orchestration.engines.docker_images import missing
from orchestration.engines.docker_peers import PodmanPeers
from orchestration.engines.port_holder import port_holder
from orchestration.engines.port_reach import leads_elsewhere, misdirected
from orchestration.engines.start_refusal import PortRaceError, refusal
from orchestration.errors import ComponentError, PortError, StackwrightError
from orchestration.model import Instance, Launch, PortBinding, reveal

_ANY: Final = "0.0.0.0"  # noqa: S104 - compared, not bound
ATTEMPTS: Final = 5
"""Engines choose a port by binding and closing it, and somebody else may take it in between."""


def start(api: APIClient, launch: Launch, *, local: bool, peers: PodmanPeers | None) -> Instance:
    """The started container. `local`: the engine sees the files of this machine. `peers`: on
    Podman, who is there already.

    Raises as `Engine.start`; a container that could not be started is removed again.
    """
    if local:
        _check_mounts(launch)
    lost = ""
    for _ in range(ATTEMPTS):
        try:
            return _start_once(api, launch, local=local, peers=peers)
        except PortRaceError as race:
            lost = str(race)
    raise PortError(
        f"the engine found no free port for {launch.component} in {ATTEMPTS} attempts",
        why=lost,
        fix="try again; pin the port if it happens again",
    )


def _start_once(
    api: APIClient, launch: Launch, *, local: bool, peers: PodmanPeers | None
) -> Instance:
    container = ""
    try:
        container = _create(api, launch, peers)
        if peers and local and (text := _port_trouble(api, launch.ports)):
            _discard(api, container)
            raise _explained(api, launch, text)
        if local and (astray := _astray(api, launch.ports)):
            _discard(api, container)
            raise misdirected(launch.component, astray)
        api.start(container)
        ports = launch.ports
        if any(each.host == 0 for each in ports):
            ports = _chosen(ports, api.inspect_container(container))
    except ImageNotFound as error:
        _discard(api, container)
        raise missing(launch.image, explanation(error)) from None
    except APIError as error:
        # Podman leaves the container `created` without a word when a port is in use.
        _discard(api, container)
        raise _explained(api, launch, explanation(error)) from None
    return Instance(id=container, name=launch.name, ports=ports)


def _explained(api: APIClient, launch: Launch, text: str) -> StackwrightError | PortRaceError:
    def holder_of(port: int) -> str | None:
        return _container_on(api, port) or port_holder(port)

    return refusal(launch, text, holder_of)


def _port_trouble(api: APIClient, ports: tuple[PortBinding, ...]) -> str:
    """Why a pinned port cannot be published, "" where it seems that it can.

    Asked before Podman is: without root, 4.3 keeps the name of a container whose port it could not
    publish, its DNS server then outlives the network it listens in, and later runs have no names.
    """
    for each in ports:
        if not each.host:
            continue
        with socket.socket(socket.AF_INET6 if ":" in each.bind else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((each.bind, each.host))
            except OSError as error:
                # With root, Podman may have ports that we may not.
                if error.errno in (errno.EADDRINUSE, errno.EADDRNOTAVAIL) or (
                    error.errno == errno.EACCES and api.info().get("Rootless")
                ):
                    return f"bind {each.bind}:{each.host}: {str(error.strerror).lower()}"
    return ""


def _astray(api: APIClient, ports: tuple[PortBinding, ...]) -> PortBinding | None:
    """The first pinned port whose connections go elsewhere, and not to a container that is there.

    Docker may publish a port by such a rule alone, and says itself that it has.
    """
    for each in ports:
        if (
            each.host
            and leads_elsewhere(each.bind, each.host)
            and not _container_on(api, each.host)
        ):
            return each
    return None


def _create(api: APIClient, launch: Launch, peers: PodmanPeers | None) -> str:
    mounts = [
        Mount(each.target, str(each.source), type="bind", read_only=each.read_only)
        for each in launch.mounts
    ]
    published: dict[int | str, list[tuple[str, int | None]]] = {}
    for each in launch.ports:
        # Podman 4.3 forwards what is sent to the address 0.0.0.0 itself, which nobody does.
        address = "" if peers and each.bind == _ANY else each.bind
        published.setdefault(each.inside, []).append((address, each.host or None))
    names = tuple(dict.fromkeys((launch.component, *launch.aliases)))
    newcomer = peers.newcomer(launch.network, names) if peers and launch.network else None
    host_config = api.create_host_config(
        network_mode=launch.network or None,
        port_bindings=published,
        mounts=mounts,
        extra_hosts=dict(newcomer.hosts) if newcomer else None,
        # A host with SELinux would deny the project's files; relabelling them is not ours to do.
        security_opt=["label=disable"] if mounts else None,
    )
    networking = None
    if launch.network:
        place: dict[str, object] = {"Aliases": list(names)}
        if newcomer and newcomer.address:
            place["IPAMConfig"] = {"IPv4Address": newcomer.address}
        networking = {"EndpointsConfig": {launch.network: place}}
    created = api.create_container(
        launch.image,
        list(launch.command) or None,
        name=launch.name,
        ports=list(published),
        environment={key: reveal(value) for key, value in launch.env.items()},
        labels=dict(launch.labels),
        host_config=host_config,
        networking_config=networking,
        # A proxy for the web would stand between a component and its peers.
        use_config_proxy=False,
    )
    return str(created["Id"])


def _discard(api: APIClient, container: str) -> None:
    if container:
        with suppress(NotFound):
            api.remove_container(container, force=True, v=True)


def _check_mounts(launch: Launch) -> None:
    """Podman makes an empty directory where the source is missing."""
    for mount in launch.mounts:
        if _absent(mount.source):
            raise ComponentError(
                f"{launch.component} is to see {mount.source} at {mount.target}, "
                "and there is no such file",
                fix="correct the source of the volume, or make it first",
            )


def _absent(path: Path) -> bool:
    try:
        return not path.exists()
    except OSError:
        # What we may not look at, the engine may.
        return False


def _chosen(
    ports: tuple[PortBinding, ...], inspected: Mapping[str, Any]
) -> tuple[PortBinding, ...]:
    """Where the engine put them; 0 stays where it does not say, as of a container that ended."""
    actual = (inspected.get("NetworkSettings") or {}).get("Ports") or {}
    planned = (inspected.get("HostConfig") or {}).get("PortBindings") or {}

    def host_port(binding: PortBinding) -> int:
        key = f"{binding.inside}/tcp"
        found = actual.get(key) or planned.get(key) or []
        same = [each for each in found if each.get("HostIp") == binding.bind] or found
        numbers = [each["HostPort"] for each in same if each.get("HostPort")]
        return int(numbers[0]) if numbers else 0

    return tuple(each if each.host else replace(each, host=host_port(each)) for each in ports)


def _container_on(api: APIClient, port: int) -> str | None:
    """The container that publishes `port`: its proxy process would say little."""
    with suppress(APIError):
        for row in api.containers():
            if any(each.get("PublicPort") == port for each in row.get("Ports") or ()):
                return "container " + str(row["Names"][0]).removeprefix("/")
    return None
