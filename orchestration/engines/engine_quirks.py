"""What is peculiar about an engine, from what it says of itself: for `stack doctor`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from orchestration.engines.engine_address import Address
from orchestration.engines.engine_answer import describe
from orchestration.model import EngineName

_SECONDS: Final = 10.0


def quirks_at(name: EngineName, address: Address) -> tuple[str, ...]:
    """One request of about 0.1 s to the engine; none for processes of this machine."""
    match name:
        case "podman":
            info = describe(address, "/v4.0.0/libpod/info", timeout=_SECONDS)
            return (*podman_quirks(info), *_distance(address.url))
        case "docker":
            info = describe(address, "/info", timeout=_SECONDS)
            return (*docker_quirks(info), *_distance(address.url))
        case "embedded":
            from orchestration.engines.embedded import embedded_info

            return embedded_info(address.rule).quirks


def podman_quirks(info: Mapping[str, object]) -> Iterator[str]:
    """From the answer of /v4.0.0/libpod/info."""
    host = _table(info.get("host"))
    if not host:
        return
    if host.get("cgroupManager") != "systemd":
        yield (
            f"cgroup manager {host.get('cgroupManager')}: without systemd Podman never runs an "
            "image's HEALTHCHECK; gates probe by themselves"
        )
    yield from _memory(str(host.get("cgroupVersion")))
    if host.get("networkBackend") == "cni":
        yield "network backend CNI: components find each other only with its dnsname plugin"
    if _table(host.get("security")).get("rootless"):
        yield _ROOTLESS


def docker_quirks(info: Mapping[str, object]) -> Iterator[str]:
    """From the answer of /info."""
    if not info:
        return
    yield "images are built by the classic builder, which refuses `RUN --mount` and <<documents"
    yield from _memory(str(info.get("CgroupVersion")))
    options = info.get("SecurityOptions")
    if isinstance(options, list) and any("name=rootless" in str(each) for each in options):
        yield _ROOTLESS
    warnings = info.get("Warnings")
    for warning in warnings if isinstance(warnings, list) else ():
        yield f"the engine warns: {str(warning).removeprefix('WARNING: ')}"


_ROOTLESS: Final = "rootless: host ports below 1024 cannot be published unless the system allows it"


def _memory(version: str) -> Iterator[str]:
    if version.removeprefix("v") == "1":
        yield "cgroup v1: a kill for lack of memory may only show as exit code 137"


def _distance(url: str) -> Iterator[str]:
    if not url.startswith("unix://"):
        yield "remote: volumes name files of that machine, and ports are published there"


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}
