"""One engine for all tests of a module that ask for it; one set of labels for each test."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from orchestration.model import Kind, Label
from orchestration.ports import Engine
from tests.contract.engines import ENGINES, Bench


@pytest.fixture(scope="module")
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    with ENGINES[request.param]() as engine:
        yield engine


@pytest.fixture(scope="module")
def network(engine: Engine) -> Iterator[str]:
    """A network for a whole module: Docker takes a quarter of a second for one."""
    name = f"contract-{uuid4().hex[:8]}"
    labels: dict[str, str] = {Label.RUN: name}
    engine.create_network(name, labels)
    yield name
    for each in engine.list_resources(labels):
        assert each.kind is Kind.NETWORK
        engine.remove(each)
    assert engine.list_resources(labels) == ()


@pytest.fixture
def bench(engine: Engine, network: str) -> Iterator[Bench]:
    bench = Bench(engine, network)
    try:
        yield bench
    finally:
        bench.clear()
