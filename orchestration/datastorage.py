"""The DataStorage bootstrap: PostgreSQL → migrations → Redis → DataStorage, each behind its gate.

The order is R6 `sequential-startup`; the overrides are those of the shared-infrastructure proposal
of 2025-12-22. The result is components like any others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

from orchestration.gates import HttpGate, PostgresGate, RedisGate
from orchestration.model import Embedded, Mount, Pacing, PortRequest, Secret, Text
from orchestration.references import escape
from orchestration.stack import Build, Component

Part = Literal["migrations", "redis", "datastorage"]

CONFIG_TARGET: Final = "/etc/datastorage"
MIGRATIONS_TARGET: Final = "/migrations"
MIGRATIONS_TIMEOUT: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DataStorageSettings:
    """What differs from one service's DataStorage to another's.

    `source`: the image of DataStorage or how to build it; None when it only runs embedded.
    `migrations`: names of files in `migrations_dir`, in the order in which `psql` runs them; none
    leaves the step out. `env` wins over the variables DataStorage gets. `timeout`: seconds for each
    part; None is 30 for gates and 60 for the migrations.
    """

    password: Secret
    source: str | Build | None = None
    postgres_image: str = "postgres:16-alpine"
    redis_image: str = "redis:7-alpine"
    migrations_image: str | None = None
    user: str = "slm_user"
    database: str = "action_history"
    migrations_dir: Path | None = None
    migrations: tuple[str, ...] = ()
    config_dir: Path | None = None
    env: Mapping[str, Text] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    skip: frozenset[Part] = frozenset()
    timeout: float | None = None
    embedded: Embedded | None = None


def datastorage_components(
    settings: DataStorageSettings, host_ports: Mapping[str, int | None] | None = None
) -> tuple[Component, ...]:
    """The components `postgres`, `migrations`, `redis` and `datastorage`, in start order.

    `host_ports`: pinned host ports by the names `postgres`, `redis`, `datastorage` and `metrics`;
    the engine chooses the others. DataStorage listens on 8080 (`http`) and 9090 (`metrics`).
    """
    ports = host_ports or {}
    pacing = Pacing() if settings.timeout is None else Pacing(timeout=settings.timeout)
    found = [_postgres(settings, ports, pacing)]
    if "migrations" not in settings.skip and settings.migrations:
        found.append(_migrations(settings))
    if "redis" not in settings.skip:
        found.append(_redis(settings, ports, pacing))
    if "datastorage" not in settings.skip:
        before = tuple(component.name for component in found)
        found.append(_datastorage(settings, ports, pacing, before))
    return tuple(found)


def _postgres(
    settings: DataStorageSettings, ports: Mapping[str, int | None], pacing: Pacing
) -> Component:
    return Component(
        name="postgres",
        source=settings.postgres_image,
        ports=(PortRequest(name="postgres", container=5432, host=ports.get("postgres")),),
        env={
            "POSTGRES_USER": escape(settings.user),
            "POSTGRES_PASSWORD": _literal(settings.password),
            "POSTGRES_DB": escape(settings.database),
        },
        gate=PostgresGate(
            port="postgres",
            user=settings.user,
            password=settings.password,
            database=settings.database,
            pacing=pacing,
        ),
        embedded=Embedded(kind="postgres"),
    )


def _migrations(settings: DataStorageSettings) -> Component:
    directory = settings.migrations_dir
    if directory is None:
        raise ValueError("migrations are named, and no migrations_dir")
    outside = [escape(str(directory / name)) for name in settings.migrations]
    inside = [escape(f"{MIGRATIONS_TARGET}/{name}") for name in settings.migrations]
    return Component(
        name="migrations",
        source=settings.migrations_image or settings.postgres_image,
        env={
            "PGHOST": "${postgres.host}",
            "PGPORT": "${postgres.port}",
            "PGUSER": escape(settings.user),
            "PGPASSWORD": _literal(settings.password),
            "PGDATABASE": escape(settings.database),
        },
        mounts=(Mount(source=directory, target=MIGRATIONS_TARGET),),
        command=_psql(inside),
        after=("postgres",),
        one_shot=True,
        timeout=MIGRATIONS_TIMEOUT if settings.timeout is None else settings.timeout,
        embedded=Embedded(kind="command", command=_psql(outside), cwd=directory),
    )


def _psql(files: list[str]) -> tuple[str, ...]:
    """Without a shell, without the user's .psqlrc, and no further than the first error."""
    options = ("psql", "-X", "-v", "ON_ERROR_STOP=1")
    return (*options, *(word for file in files for word in ("-f", file)))


def _redis(
    settings: DataStorageSettings, ports: Mapping[str, int | None], pacing: Pacing
) -> Component:
    return Component(
        name="redis",
        source=settings.redis_image,
        ports=(PortRequest(name="redis", container=6379, host=ports.get("redis")),),
        gate=RedisGate(port="redis", pacing=pacing),
        embedded=Embedded(kind="redis"),
    )


def _datastorage(
    settings: DataStorageSettings,
    ports: Mapping[str, int | None],
    pacing: Pacing,
    before: tuple[str, ...],
) -> Component:
    env: dict[str, Text] = {
        "DB_HOST": "${postgres.host}",
        "DB_PORT": "${postgres.port}",
        "DB_NAME": escape(settings.database),
        "DB_USER": escape(settings.user),
        "DB_PASSWORD": _literal(settings.password),
        "HTTP_PORT": "${self.port.http}",
        "METRICS_PORT": "${self.port.metrics}",
        "LOG_LEVEL": "INFO",
    }
    if "redis" in before:
        env |= {"REDIS_HOST": "${redis.host}", "REDIS_PORT": "${redis.port}"}
    embedded = settings.embedded
    mounts: tuple[Mount, ...] = ()
    if settings.config_dir is not None:
        env["CONFIG_DIR"] = CONFIG_TARGET
        mounts = (Mount(source=settings.config_dir, target=CONFIG_TARGET),)
        if embedded is not None:
            here = {"CONFIG_DIR": escape(str(settings.config_dir))}
            embedded = replace(embedded, env={**here, **embedded.env})
    return Component(
        name="datastorage",
        source=settings.source,
        ports=(
            PortRequest(name="http", container=8080, host=ports.get("datastorage")),
            PortRequest(name="metrics", container=9090, host=ports.get("metrics")),
        ),
        env={**env, **settings.env},
        mounts=mounts,
        gate=HttpGate(port="http", path="/health", pacing=pacing),
        after=before,
        embedded=embedded,
    )


def _literal(secret: Secret) -> Secret:
    return Secret(escape(secret.value))
