"""A pinned port is free, and yet connections to it go elsewhere: with real firewall rules."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chaos.trial import EngineName
from orchestration.engines.port_reach import leads_elsewhere
from tests.contract.engines import free_port
from tests.product import Product, leftovers

pytestmark = pytest.mark.engine

STACK = """\
[stacks.shop.components.store]
image = "localhost/stackwright-redis:7"
ports.redis = {{ container = 6379, host = {port} }}
gate = {{ kind = "redis" }}
"""


@contextmanager
def forwarded(port: int, *target: str) -> Iterator[None]:
    """A rule has the connections to `port`, such as Podman leaves of a container that is gone."""
    rule = ["OUTPUT", "-d", "127.0.0.1", "-p", "tcp", "--dport", str(port), "-j", *target]
    subprocess.run(["iptables", "-t", "nat", "-I", *rule], check=True)
    try:
        yield
    finally:
        subprocess.run(["iptables", "-t", "nat", "-D", *rule], check=True)


@pytest.mark.parametrize("engine", ["podman", "docker"])
def test_it_is_refused_at_once_and_nothing_is_left(engine: EngineName, tmp_path: Path) -> None:
    port = free_port()
    product = Product.at(tmp_path, STACK.format(port=port))
    with forwarded(port, "REDIRECT", "--to-ports", str(free_port())):
        refused = product.run("stack", "up", "--engine", engine)
    assert refused.code == 5
    told = " ".join(refused.err.split())
    assert f"host port {port} (store, port redis) is free, but connections to 127.0.0.1" in told
    assert f"iptables -t nat -S | grep {port}" in told
    assert leftovers(engine, product) == []
    assert product.run("stack", "up", "--engine", engine).code == 0
    assert product.run("stack", "down").code == 0


def test_it_is_noticed_wherever_the_rule_leads() -> None:
    port = free_port()
    with forwarded(port, "REDIRECT", "--to-ports", str(free_port())):
        assert leads_elsewhere("127.0.0.1", port)
        assert leads_elsewhere("0.0.0.0", port)  # noqa: S104 - only for a moment
    with forwarded(port, "DNAT", "--to-destination", "127.0.0.2:9"):
        assert leads_elsewhere("127.0.0.1", port)
    assert not leads_elsewhere("127.0.0.1", port)
