"""Clusters whose pods are real containers."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from orchestration.engines.discovery import find_engine
from orchestration.model import EngineName
from tests.kube.container_kubelet import BASE_IMAGES, ContainerKubelet
from tests.kube.controllers.world import NODE
from tests.kube.json_values import Doc, Json, child
from tests.kube.kube_double import KubeDouble, kube_double


@contextmanager
def container_cluster(
    engine: EngineName,
    *,
    images: Mapping[str, str] | None = None,
    back_off_s: float = 10.0,
    tls: bool = False,
) -> Iterator[KubeDouble]:
    """A double on an engine of this machine; an error, and so a failing test, where it does not
    answer. `images`: local images by other names, besides `BASE_IMAGES`."""
    environ = {key: os.environ[key] for key in ("HOME", "PATH") if key in os.environ}
    found = find_engine(pinned=engine, url=None, environ=environ)
    try:
        kubelet = ContainerKubelet(
            found, images={**BASE_IMAGES, **(images or {})}, back_off_s=back_off_s
        )
        with kube_double(kubelet=lambda _: kubelet, tls=tls) as double:
            _be_reachable(double)
            yield double
    finally:
        found.close()


def _be_reachable(double: KubeDouble) -> None:
    """Say where node ports are: at this machine's own address."""
    node = double.get("Node", NODE)
    here: list[Json] = [{"type": "InternalIP", "address": "127.0.0.1"}]
    status: Doc = {**child(node, "status"), "addresses": here}
    double.registry.set_status(double.registry.catalogue.kind("Node"), node, status, "kubelet")
