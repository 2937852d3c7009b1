"""A cluster for one test."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.kube.cluster_clock import SteeredClock
from tests.kube.contract.client import Client
from tests.kube.kube_double import KubeDouble, kube_double


def client_of(double: KubeDouble) -> Client:
    """Plain HTTP to a double."""
    where = urlsplit(double.url)
    return Client(host=where.hostname or "", port=where.port or 0)


@pytest.fixture
def clock() -> SteeredClock:
    return SteeredClock()


@pytest.fixture
def double(clock: SteeredClock) -> Iterator[KubeDouble]:
    """A cluster whose time stands still until the test moves it."""
    with kube_double(clock=clock) as started:
        started.create("Namespace", {"metadata": {"name": "shop"}})
        started.settle()
        yield started


@pytest.fixture
def direct(double: KubeDouble) -> Client:
    return client_of(double)
