"""Clusters for one test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kube.kube_double import KubeDouble, kube_double


@pytest.fixture(params=[False, True], ids=["http", "https"])
def double(request: pytest.FixtureRequest) -> Iterator[KubeDouble]:
    """A cluster with the namespace `shop`, once over HTTP and once over TLS."""
    with kube_double(tls=request.param) as started:
        started.create("Namespace", {"metadata": {"name": "shop"}})
        yield started


@pytest.fixture
def plain() -> Iterator[KubeDouble]:
    """A cluster with the namespace `shop`, over HTTP."""
    with kube_double() as started:
        started.create("Namespace", {"metadata": {"name": "shop"}})
        yield started
