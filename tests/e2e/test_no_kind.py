"""`e2e up --kind` where Kind is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from orchestration.engines.discovery import FoundEngine
from orchestration.engines.engine_address import Address
from orchestration.wiring import Connection, Workplace
from tests.e2e.conftest import Run
from tests.e2e.shop import Shop
from tests.e2e.test_signals import watchdogs
from tests.fakes import FakeEngine

BALANCED = """
apiVersion: v1
kind: Service
metadata: {name: balanced}
spec: {type: LoadBalancer, ports: [{port: 80}], selector: {app: api}}
"""


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """The one that is found, and that of every run."""
    fake = FakeEngine()
    address = Address(rule=fake.info.rule, url=fake.info.url)
    found = FoundEngine(name="podman", version="0", rule=address.rule, address=address)

    @contextmanager
    def connect(*_words: object, **_named: object) -> Iterator[Connection]:
        yield Connection(engine=fake, found=found)

    @contextmanager
    def connect_to(*_words: object, **_named: object) -> Iterator[FakeEngine]:
        yield fake

    monkeypatch.setattr(Workplace, "connect", connect)
    monkeypatch.setattr(Workplace, "connect_to", connect_to)
    return fake


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("words", [(), ("--keep",)], ids=["", "keep"])
def test_it_is_told_and_nothing_is_left(
    run: Run, shop: Shop, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    # Where kubectl is, and no Kind of this machine.
    monkeypatch.setenv("PATH", str(shop.product.project.parent / "tools"))
    shop.write("balanced.yaml", BALANCED)
    ended = run("e2e", "up", "--kind", *words, "--progress", "plain")
    assert "no load balancer: Service balanced (manifests/balanced.yaml:2)" in ended.err
    assert ended.code == 13
    assert "Kind is not installed" in ended.err
    assert "could not be removed" not in ended.err
    assert "kept as it failed" not in ended.err
    assert shop.left() == []
    assert watchdogs(shop) == []
    assert run("e2e", "clean").code == 0
