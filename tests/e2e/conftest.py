"""Platforms and clusters for one test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.shop import Shop
from tests.kube.kube_double import KubeDouble, kube_double


@pytest.fixture
def cluster() -> Iterator[KubeDouble]:
    """An empty cluster."""
    with kube_double() as started:
        yield started


@pytest.fixture
def shop(tmp_path: Path, cluster: KubeDouble) -> Shop:
    """The platform `shop`, which nobody has deployed yet."""
    return Shop.at(tmp_path, cluster)
