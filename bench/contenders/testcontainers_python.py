"""testcontainers-python, as its documentation shows it: its own modules and wait strategies."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec

from bench.contender import TakeDown
from bench.stack_under_test import (
    DATABASE,
    LOOPBACK,
    PASSWORD,
    USER,
    EngineUnderTest,
    StackUnderTest,
)


@dataclass(frozen=True, slots=True)
class TestcontainersPython:
    """`PostgresContainer`, `RedisContainer`, and `HttpWaitStrategy` for DataStorage.

    Ryuk, its reaper, is an image that cannot be pulled where there is no registry: it is disabled,
    so its start (one more container) is not in the figures.
    """

    __test__ = False

    name: str = "testcontainers"
    note: str = "its own wait strategies; Ryuk is disabled because its image cannot be pulled"

    def obstacle(self, engine: EngineUnderTest) -> str | None:
        """The package, and the Redis client that its Redis module imports."""
        for module in ("testcontainers", "redis"):
            if find_spec(module) is None:
                return f"{module} is not installed: pip install 'testcontainers[redis]'"
        return None

    def up(self, stack: StackUnderTest) -> TakeDown:
        """As nested `with` blocks, held open."""
        with ExitStack() as building, _addressed(stack.engine):
            self._enter(stack, building)
            return building.pop_all().close

    def _enter(self, stack: StackUnderTest, building: ExitStack) -> None:
        from testcontainers.community.postgres import PostgresContainer
        from testcontainers.community.redis import RedisContainer
        from testcontainers.core.config import ConnectionMode, testcontainers_config
        from testcontainers.core.container import DockerContainer
        from testcontainers.core.network import Network
        from testcontainers.core.wait_strategies import HttpWaitStrategy

        testcontainers_config.ryuk_disabled = True
        # Its guess whether it runs inside a container fails on machines that look like one.
        testcontainers_config.connection_mode_override = ConnectionMode.docker_host
        network = Network()
        network.name = stack.token
        building.enter_context(network)

        def begin(container: DockerContainer, name: str, ports: Mapping[int, int]) -> None:
            container.with_name(f"{stack.token}-{name}")
            container.with_network(network).with_network_aliases(name)
            for inside, host in ports.items():
                # `with_bind_ports` knows no address; the Docker SDK below takes pairs.
                container.ports[str(inside)] = (LOOPBACK, host)  # type: ignore[assignment]  # its type says int, its code takes an address
            building.enter_context(container)

        images, ports = stack.images, stack.ports
        postgres = PostgresContainer(
            images.postgres, username=USER, password=PASSWORD, dbname=DATABASE, driver=None
        )
        begin(postgres, "postgres", {5432: ports.postgres})
        migrations = DockerContainer(images.postgres)
        migrations.with_envs(**stack.psql_env("postgres")).with_command(stack.migrate)
        begin(migrations.with_volume_mapping(stack.migrations, "/migrations"), "migrations", {})
        if (code := migrations.wait()) != 0:
            raise RuntimeError(f"migrations ended with exit code {code}")
        begin(RedisContainer(images.redis), "redis", {6379: ports.redis})
        datastorage = DockerContainer(images.datastorage)
        datastorage.with_envs(**stack.datastorage_env("postgres", "redis"))
        datastorage.waiting_for(HttpWaitStrategy(8080, "/health").for_status_code(200))
        begin(datastorage, "datastorage", {8080: ports.http, 9090: ports.metrics})


@contextmanager
def _addressed(engine: EngineUnderTest) -> Iterator[None]:
    """It finds its engine by DOCKER_HOST alone."""
    before = os.environ.get("DOCKER_HOST")
    os.environ["DOCKER_HOST"] = engine.url
    try:
        yield
    finally:
        if before is None:
            del os.environ["DOCKER_HOST"]
        else:
            os.environ["DOCKER_HOST"] = before
