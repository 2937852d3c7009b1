"""One container of a pod, as an engine is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tests.kube.containers.rights import Rights
from tests.kube.json_values import Doc, number, value

_UNITS: Final = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "k": 10**3, "M": 10**6, "G": 10**9}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerOrder:
    """Everything an engine needs. `binds`: sources and targets, as engines write them.

    `inside`: the id of the container whose network it shares, "" for one with its own. `memory`:
    bytes, 0 for no limit. `entrypoint`, `command`: None for the image's own.
    """

    name: str
    image: str
    entrypoint: list[str] | None = None
    command: list[str] | None = None
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    binds: tuple[str, ...] = ()
    inside: str = ""
    hostname: str = ""
    workdir: str = ""
    memory: int = 0
    rights: Rights = field(default_factory=Rights)


def memory_limit(container: Doc) -> int:
    """Bytes; 0 for none. CPU limits are left out: they would only make tests slow."""
    limit = value(container, "resources", "limits", "memory")
    if limit is None:
        return 0
    said = str(limit)
    for unit, factor in _UNITS.items():
        if said.endswith(unit):
            return int(float(said.removesuffix(unit)) * factor)
    return int(said)


def grace(pod: Doc) -> int:
    """Seconds that its containers have to end by themselves."""
    return number(pod, "spec", "terminationGracePeriodSeconds", default=30)
