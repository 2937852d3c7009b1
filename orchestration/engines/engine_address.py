"""Where an engine may be listening, in the order in which the places are asked."""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CONTAINERS_CONF: Final = (
    Path("/usr/share/containers/containers.conf"),
    Path("/etc/containers/containers.conf"),
)
"""Podman's system-wide settings, the later file wins (containers.conf(5))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One place to ask. `rule`: what names it, for people.

    `explicit`: the user named it for this command, so it must answer. `certificates`: the directory
    of ca.pem, cert.pem and key.pem for TLS; `verify`: whether the server's certificate is checked.
    `trouble`: why it cannot even be asked.
    """

    rule: str
    url: str
    explicit: bool = False
    certificates: Path | None = None
    verify: bool = True
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What decides where engines are looked for, so that tests can bring their own."""

    environ: Mapping[str, str]
    home: Path
    runtime: Path
    system: Path = Path("/")
    containers_conf: tuple[Path, ...] = CONTAINERS_CONF


def named_addresses(url: str | None, around: Surroundings) -> Iterator[Address]:
    """What the user named for this command, the strongest first."""
    environ = around.environ
    if named := environ.get("STACKWRIGHT_ENGINE_URL"):
        yield _with_tls("STACKWRIGHT_ENGINE_URL", named, around)
    if url:
        yield _with_tls("engine.url in the configuration", url, around)
    if host := environ.get("CONTAINER_HOST"):
        yield _with_tls("CONTAINER_HOST", host, around)
    elif connection := environ.get("CONTAINER_CONNECTION"):
        yield _podman_connection(f"CONTAINER_CONNECTION={connection}", connection, around)
    if host := environ.get("DOCKER_HOST"):
        yield _with_tls("DOCKER_HOST", host, around)
    elif (context := environ.get("DOCKER_CONTEXT")) and (
        found := _docker_context(f"DOCKER_CONTEXT={context}", context, around, explicit=True)
    ):
        yield found


def found_addresses(around: Surroundings) -> Iterator[Address]:
    """What this machine is set up for: default connection, current context, known sockets."""
    connection = _default_connection(around)
    if connection:
        yield _podman_connection(f"Podman connection {connection}", connection, around)
    context = _docker_config(around).get("currentContext")
    if isinstance(context, str) and (
        found := _docker_context(f"docker context {context}", context, around, explicit=False)
    ):
        yield found
    for rule, socket in _sockets(around):
        yield Address(rule=rule, url=f"unix://{socket}")


def _with_tls(rule: str, url: str, around: Surroundings) -> Address:
    """DOCKER_TLS_VERIFY and DOCKER_CERT_PATH mean what they mean to the docker command."""
    url = url if "://" in url else f"tcp://{url}"
    if not url.startswith(("tcp://", "https://")):
        return Address(rule=rule, url=url, explicit=True)
    verify = bool(around.environ.get("DOCKER_TLS_VERIFY"))
    directory = around.environ.get("DOCKER_CERT_PATH")
    if not directory and not verify:
        return Address(rule=rule, url=url, explicit=True)
    certificates = Path(directory) if directory else around.home / ".docker"
    return Address(rule=rule, url=url, explicit=True, certificates=certificates, verify=verify)


def _sockets(around: Surroundings) -> Iterator[tuple[str, Path]]:
    home, runtime, system = around.home, around.runtime, around.system
    machine = home / ".local/share/containers/podman/machine"
    temporary = Path(around.environ.get("TMPDIR", str(system / "tmp")))
    yield "Podman socket of this user", runtime / "podman/podman.sock"
    yield "Podman socket of the system", system / "run/podman/podman.sock"
    for at in (
        runtime / "podman/podman-machine-default-api.sock",
        temporary / "podman/podman-machine-default-api.sock",
        machine / "podman.sock",
        machine / "qemu/podman.sock",
        machine / "applehv/podman.sock",
    ):
        yield "Podman machine", at
    yield "Docker socket of the system", system / "var/run/docker.sock"
    yield "Docker socket of this user", runtime / "docker.sock"
    yield "Docker Desktop", home / ".docker/run/docker.sock"
    yield "Docker Desktop", home / ".docker/desktop/docker.sock"
    yield "Colima", home / ".colima/default/docker.sock"
    yield "Colima", home / ".config/colima/default/docker.sock"
    yield "Rancher Desktop", home / ".rd/docker.sock"


def _docker_directory(around: Surroundings) -> Path:
    configured = around.environ.get("DOCKER_CONFIG")
    return Path(configured) if configured else around.home / ".docker"


def _docker_config(around: Surroundings) -> Mapping[str, object]:
    return _table(_read_json(_docker_directory(around) / "config.json"))


def _docker_context(
    rule: str, name: str, around: Surroundings, *, explicit: bool
) -> Address | None:
    """The address of a docker context; the context `default` only means the usual socket."""
    if name == "default":
        return None
    place = hashlib.sha256(name.encode()).hexdigest()
    contexts = _docker_directory(around) / "contexts"
    meta = _table(_read_json(contexts / "meta" / place / "meta.json"))
    docker = _table(_table(meta.get("Endpoints")).get("docker"))
    host = docker.get("Host")
    if not isinstance(host, str) or not host:
        trouble = f"there is no such context below {contexts}"
        return Address(rule=rule, url="", explicit=explicit, trouble=trouble)
    certificates = contexts / "tls" / place / "docker"
    return Address(
        rule=rule,
        url=host,
        explicit=explicit,
        certificates=certificates if os.access(certificates, os.R_OK) else None,
        verify=not docker.get("SkipTLSVerify"),
    )


def _podman_connection(rule: str, name: str, around: Surroundings) -> Address:
    explicit = rule.startswith("CONTAINER_CONNECTION")
    uri = _connections(around).get(name)
    if uri is None:
        return Address(
            rule=rule,
            url="",
            explicit=explicit,
            trouble="Podman's configuration has no connection of this name",
        )
    return Address(rule=rule, url=uri, explicit=explicit)


def _default_connection(around: Surroundings) -> str:
    """Podman 5 keeps it in podman-connections.json, older ones in containers.conf."""
    default = _table(_read_json(_connections_file(around)).get("Connection")).get("Default")
    if isinstance(default, str) and default:
        return default
    service = _engine_settings(around).get("active_service")
    return service if isinstance(service, str) else ""


def _connections(around: Surroundings) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, entry in _table(_engine_settings(around).get("service_destinations")).items():
        uri = _table(entry).get("uri")
        if isinstance(uri, str):
            found[name] = uri
    connections = _table(_read_json(_connections_file(around)).get("Connection"))
    for name, entry in _table(connections.get("Connections")).items():
        uri = _table(entry).get("URI")
        if isinstance(uri, str):
            found[name] = uri
    return found


def _connections_file(around: Surroundings) -> Path:
    named = around.environ.get("PODMAN_CONNECTIONS_CONF")
    return Path(named) if named else _containers_directory(around) / "podman-connections.json"


def _containers_directory(around: Surroundings) -> Path:
    configured = around.environ.get("XDG_CONFIG_HOME")
    return (Path(configured) if configured else around.home / ".config") / "containers"


def _engine_settings(around: Surroundings) -> dict[str, object]:
    """The `[engine]` table that Podman would see, later files winning key by key."""
    if named := around.environ.get("CONTAINERS_CONF"):
        files = [Path(named)]
    else:
        files = [*around.containers_conf, _containers_directory(around) / "containers.conf"]
    merged: dict[str, object] = {}
    for file in files:
        for each in (file, *_drop_ins(Path(f"{file}.d"))):
            merged.update(_table(_read_toml(each).get("engine")))
    return merged


def _drop_ins(directory: Path) -> list[Path]:
    try:
        return sorted(each for each in directory.iterdir() if each.suffix == ".conf")
    except OSError:
        return []


def _read_json(path: Path) -> dict[str, object]:
    try:
        return _table(json.loads(path.read_bytes()))
    except (OSError, ValueError):
        return {}


def _read_toml(path: Path) -> dict[str, object]:
    try:
        return _table(tomllib.loads(path.read_text()))
    except (OSError, ValueError):
        return {}


def _table(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}
