"""The stack of the soak as a compose file has it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bench.engines import POSTGRES, PYTHON, REDIS
from bench.stack_under_test import LOOPBACK, HostPorts
from soak.scene import DATABASE, MIGRATE, PASSWORD, USER

TRIES: Final = 5
"""How often what cannot connect is started again: the restart loop of the sources."""

_HEALTH: Final = (
    "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/health', timeout=1).read()"
)
Services = Mapping[str, Mapping[str, object]]


def services(directory: Path, ports: HostPorts) -> dict[str, dict[str, object]]:
    """As most files have them: `depends_on` by name, and what fails is started again.

    `directory` has the migrations and the application.
    """
    return {
        "postgres": {
            "image": POSTGRES,
            "environment": {
                "POSTGRES_USER": USER,
                "POSTGRES_PASSWORD": PASSWORD,
                "POSTGRES_DB": DATABASE,
            },
            "ports": [f"{LOOPBACK}:{ports.postgres}:5432"],
        },
        "migrations": {
            "image": POSTGRES,
            "command": list(MIGRATE),
            "environment": {
                "PGHOST": "postgres",
                "PGUSER": USER,
                "PGPASSWORD": PASSWORD,
                "PGDATABASE": DATABASE,
            },
            "volumes": [f"{directory / 'migrations'}:/migrations:ro"],
            "restart": f"on-failure:{TRIES}",
            "depends_on": ["postgres"],
        },
        "redis": {"image": REDIS, "ports": [f"{LOOPBACK}:{ports.redis}:6379"]},
        "app": {
            "image": PYTHON,
            "command": ["python", "/app/app.py"],
            "environment": {
                "BIND": "0.0.0.0",  # noqa: S104 - inside its container
                "PORT": "8080",
                "DATABASE_URL": f"postgresql://{USER}:{PASSWORD}@postgres:5432/{DATABASE}",
                "REDIS_HOST": "redis",
                "REDIS_PORT": "6379",
            },
            "volumes": [f"{directory / 'app'}:/app:ro"],
            "ports": [f"{LOOPBACK}:{ports.http}:8080"],
            "restart": f"on-failure:{TRIES}",
            "depends_on": ["postgres", "redis", "migrations"],
        },
    }


def with_conditions(plain: dict[str, dict[str, object]]) -> dict[str, dict[str, object]]:
    """The same with health checks every second, all started in the order they allow."""
    probe = ["pg_isready", "-h", LOOPBACK, "-U", USER, "-d", DATABASE]
    changes: Services = {
        "postgres": {"healthcheck": _every_second(probe)},
        "redis": {"healthcheck": _every_second(["redis-cli", "ping"])},
        "migrations": {"depends_on": {"postgres": {"condition": "service_healthy"}}},
        "app": {
            "healthcheck": _every_second(["python3", "-c", _HEALTH]),
            "depends_on": {
                "migrations": {"condition": "service_completed_successfully"},
                "redis": {"condition": "service_healthy"},
            },
        },
        # Started once the application is healthy: what makes `up -d` wait for that in every tool.
        "ready": {
            "image": PYTHON,
            "command": ["true"],
            "depends_on": {"app": {"condition": "service_healthy"}},
        },
    }
    return {name: {**plain.get(name, {}), **more} for name, more in changes.items()}


def _every_second(command: list[str]) -> dict[str, object]:
    return {"test": ["CMD", *command], "interval": "1s", "timeout": "5s", "retries": 60}
