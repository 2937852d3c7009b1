"""What the containers of a run have written."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from orchestration.cluster.api import ApiError, Body
from orchestration.cluster.client import Client
from orchestration.cluster.fields import Fields
from orchestration.cluster.platform_status import pods_of_run


@dataclass(frozen=True, slots=True, kw_only=True)
class PodContainer:
    """One container of one pod. `workload`: `api` of the pod `api-7f9c-x2k1`. `only`: the pod has
    no other, so that its name says enough."""

    pod: str
    container: str
    workload: str
    only: bool

    @property
    def name(self) -> str:
        """For people: `api-7f9c-x2k1`, or `api-7f9c-x2k1/proxy`."""
        return self.pod if self.only else f"{self.pod}/{self.container}"


async def containers_of_run(client: Client, namespace: str) -> tuple[PodContainer, ...]:
    """All containers of a namespace, those of init containers first. Raises ClusterError."""
    pods = await pods_of_run(client, namespace)
    return tuple(each for pod in pods for each in _containers(pod))


async def run_logs(client: Client, namespace: str, *, tail: int | None = None) -> Mapping[str, str]:
    """The logs by name; "" for what has not begun. `tail`: only the last lines of each.

    Raises ClusterError when the pods cannot be listed; a log that cannot be read says why.
    """
    found = await containers_of_run(client, namespace)
    texts = await asyncio.gather(*(log_of(client, namespace, each, tail=tail) for each in found))
    return {each.name: text for each, text in zip(found, texts, strict=True)}


async def log_of(
    client: Client, namespace: str, container: PodContainer, *, tail: int | None = None
) -> str:
    """One log; in brackets why there is none."""
    try:
        return await client.logs(container.pod, namespace, container.container, tail=tail)
    except ApiError as error:
        return f"({error.message})"


def workloads(containers: Sequence[PodContainer]) -> tuple[str, ...]:
    """What there is logs of, by name."""
    return tuple(sorted({each.workload for each in containers}))


def _containers(pod: Body) -> list[PodContainer]:
    spec = Fields(pod).table("spec")
    tables: Iterable[Fields] = (*spec.tables("initContainers"), *spec.tables("containers"))
    names = [each.text("name") for each in tables]
    return [
        PodContainer(
            pod=Fields(pod).text("metadata", "name"),
            container=name,
            workload=_workload(pod),
            only=len(names) == 1,
        )
        for name in names
    ]


def _workload(pod: Body) -> str:
    metadata = Fields(pod).table("metadata")
    owners = metadata.tables("ownerReferences")
    if not owners:
        return metadata.text("name")
    replicas = metadata.text("labels", "pod-template-hash")
    name = owners[0].text("name")
    return name.removesuffix(f"-{replicas}") if replicas else name
