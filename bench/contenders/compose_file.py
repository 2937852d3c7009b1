"""The stack as a compose file: health checks every second, started in the order they allow."""

from __future__ import annotations

import json
from pathlib import Path

from bench.stack_under_test import DATABASE, LOOPBACK, USER, StackUnderTest

_HEALTH = "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/health', timeout=1).read()"


def write_compose_file(stack: StackUnderTest) -> Path:
    """The file, in the stack's directory. It is JSON, which every YAML reader takes."""
    ports = stack.ports
    services: dict[str, object] = {
        "postgres": {
            "image": stack.images.postgres,
            "environment": dict(stack.postgres_env),
            "ports": [f"{LOOPBACK}:{ports.postgres}:5432"],
            "healthcheck": _every_second(
                ["pg_isready", "-h", LOOPBACK, "-U", USER, "-d", DATABASE]
            ),
        },
        "migrations": {
            "image": stack.images.postgres,
            "command": stack.migrate,
            "environment": dict(stack.psql_env("postgres")),
            "volumes": [f"{stack.migrations}:/migrations:ro"],
            "depends_on": {"postgres": {"condition": "service_healthy"}},
        },
        "redis": {
            "image": stack.images.redis,
            "ports": [f"{LOOPBACK}:{ports.redis}:6379"],
            "healthcheck": _every_second(["redis-cli", "ping"]),
        },
        "datastorage": {
            "image": stack.images.datastorage,
            "environment": dict(stack.datastorage_env("postgres", "redis")),
            "ports": [f"{LOOPBACK}:{ports.http}:8080", f"{LOOPBACK}:{ports.metrics}:9090"],
            "depends_on": {
                "migrations": {"condition": "service_completed_successfully"},
                "redis": {"condition": "service_healthy"},
            },
            "healthcheck": _every_second(["python3", "-c", _HEALTH]),
        },
    }
    path = stack.directory / "compose.json"
    path.write_text(json.dumps({"services": services}, indent=1), encoding="utf-8")
    return path


def _every_second(command: list[str]) -> dict[str, object]:
    return {"test": ["CMD", *command], "interval": "1s", "timeout": "5s", "retries": 60}
