"""A Podman that is killed while it starts a container: what it forgets is noticed."""

from __future__ import annotations

import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from uuid import uuid4

import pytest
from docker import APIClient
from docker.errors import APIError, NotFound
from requests.exceptions import ConnectionError as Disconnected

from chaos.own_engine import OwnEngine
from orchestration.engines.port_reach import leads_elsewhere
from tests.contract.engines import IMAGE, eventually, free_port
from tests.lost_networks import forget_lost_networks

pytestmark = pytest.mark.engine


def gone(api: APIClient, container: str) -> bool:
    """Remove it. What was mounted for it when Podman was killed may be busy for a moment."""
    try:
        api.remove_container(container, force=True)
    except NotFound:
        return True
    except APIError:
        return False
    return True


def lost(engine: OwnEngine, name: str, port: int, after_s: float) -> bool:
    """Start a container, kill Podman meanwhile, remove all; whether the port leads nowhere now."""
    with closing(APIClient(base_url=engine.url)) as api:
        api.create_network(name)
        host = api.create_host_config(network_mode=name, port_bindings={80: ("127.0.0.1", port)})
        made = api.create_container(IMAGE, ["sleep", "60"], ports=[80], host_config=host)["Id"]

        def start() -> None:
            with suppress(APIError, Disconnected):
                api.start(made)

        starting = threading.Thread(target=start)
        starting.start()
        time.sleep(after_s)
        engine.kill()
        starting.join()
        engine.start()
        eventually(lambda: gone(api, made), "the container is removed")
        api.remove_network(name)
    return leads_elsewhere("127.0.0.1", port)


def test_a_port_that_it_forgot_is_noticed_until_the_rules_are_gone(tmp_path: Path) -> None:
    engine = OwnEngine(engine="podman", directory=tmp_path)
    name, port = f"stackwright-lost-{uuid4().hex[:8]}", free_port()
    with engine.serving():
        # The moment between the rules and the note of them is not the same twice.
        assert any(lost(engine, name, port, after_ms / 1000) for after_ms in range(20, 160, 10))
    assert name in forget_lost_networks()
    # What Podman had begun goes on for a moment without it, and adds rules meanwhile.
    eventually(lambda: not forget_lost_networks(), "no rule is left")
    assert not leads_elsewhere("127.0.0.1", port)
