"""A pinned port is free, and yet connections to it go elsewhere: real firewall rules."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from orchestration.engines.port_reach import leads_elsewhere
from orchestration.errors import PortError
from orchestration.model import PortBinding
from tests.contract.engines import Bench, fetched, free_port, marked
from tests.contract.programs import LIVES, serves

pytestmark = pytest.mark.parametrize(
    "engine", marked("podman", "docker"), indirect=True, scope="module"
)


@contextmanager
def forwarded(port: int, *target: str) -> Iterator[None]:
    """A rule has the connections to `port`, such as Podman leaves of a container that is gone."""
    rule = ["OUTPUT", "-d", "127.0.0.1", "-p", "tcp", "--dport", str(port), "-j", *target]
    subprocess.run(["iptables", "-t", "nat", "-I", *rule], check=True)
    try:
        yield
    finally:
        subprocess.run(["iptables", "-t", "nat", "-D", *rule], check=True)


def test_it_is_refused_before_anything_is_there(bench: Bench) -> None:
    port = free_port()
    pinned = PortBinding(name="http", inside=8000, host=port)
    to_nobody = ("REDIRECT", "--to-ports", str(free_port()))
    with forwarded(port, *to_nobody), pytest.raises(PortError) as caught:
        bench.start(LIVES, component="store", ports=(pinned,))
    assert f"host port {port} (store, port http) is free, but connections" in caught.value.what
    assert f"grep {port}" in caught.value.fix
    assert bench.listed() == ()
    bench.start(serves(8000, "it leads here again"), ports=(pinned,))
    assert fetched(port) == "it leads here again"


@pytest.mark.usefixtures("bench")
def test_it_is_noticed_wherever_the_rule_leads() -> None:
    port = free_port()
    with forwarded(port, "REDIRECT", "--to-ports", str(free_port())):
        assert leads_elsewhere("127.0.0.1", port)
        assert leads_elsewhere("0.0.0.0", port)  # noqa: S104 - only for a moment
    with forwarded(port, "DNAT", "--to-destination", "127.0.0.2:9"):
        assert leads_elsewhere("127.0.0.1", port)
    assert not leads_elsewhere("127.0.0.1", port)
