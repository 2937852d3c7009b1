"""What every contender brings up, in the same way: images, ports, names and credentials."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

LOOPBACK: Final = "127.0.0.1"
PREFIX: Final = "swbench"
USER: Final = "slm_user"
PASSWORD: Final = "bench-only"
DATABASE: Final = "action_history"
PORT_RANGE: Final = range(20000, 30000)
"""Below the ports that Linux gives to outgoing connections (32768 and up)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineUnderTest:
    """A container engine: its API socket, and the command line that the scripts call."""

    name: Literal["podman", "docker"]
    socket: Path

    @property
    def url(self) -> str:
        """`unix:///run/podman/podman.sock`."""
        return f"unix://{self.socket}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """References of local images, the same for all contenders."""

    postgres: str
    redis: str
    datastorage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPorts:
    """Where the stack is published on loopback."""

    postgres: int
    redis: int
    http: int
    metrics: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StackUnderTest:
    """One stack of one trial.

    `token` is part of the name of everything made for it, whoever makes it. `directory` is the
    contender's own, with the migrations in `migrations/`.
    """

    token: str
    engine: EngineUnderTest
    images: Images
    ports: HostPorts
    directory: Path

    @property
    def migrations(self) -> Path:
        """The directory of SQL files."""
        return self.directory / "migrations"

    @property
    def postgres_env(self) -> Mapping[str, str]:
        """Environment of the PostgreSQL server."""
        return {"POSTGRES_USER": USER, "POSTGRES_PASSWORD": PASSWORD, "POSTGRES_DB": DATABASE}

    def psql_env(self, host: str) -> Mapping[str, str]:
        """Environment of `psql`; `host`: PostgreSQL's name in the network."""
        return {
            "PGHOST": host,
            "PGPORT": "5432",
            "PGUSER": USER,
            "PGPASSWORD": PASSWORD,
            "PGDATABASE": DATABASE,
        }

    @property
    def migrate(self) -> list[str]:
        """The command of the migrations' one-shot, with the SQL files at `/migrations`."""
        files = sorted(each.name for each in self.migrations.glob("*.sql"))
        steps = [word for name in files for word in ("-f", f"/migrations/{name}")]
        return ["psql", "-v", "ON_ERROR_STOP=1", *steps]

    def datastorage_env(self, postgres: str, redis: str) -> Mapping[str, str]:
        """Environment of DataStorage; the hosts are names in the network."""
        return {
            "DB_HOST": postgres,
            "DB_PORT": "5432",
            "DB_NAME": DATABASE,
            "DB_USER": USER,
            "DB_PASSWORD": PASSWORD,
            "REDIS_HOST": redis,
            "REDIS_PORT": "6379",
            "HTTP_PORT": "8080",
            "METRICS_PORT": "9090",
            "LOG_LEVEL": "INFO",
        }


def new_token() -> str:
    """A name that no two trials share: letters and digits, so that every tool takes it."""
    return PREFIX + secrets.token_hex(4)


def free_ports() -> HostPorts:
    """Four ports of loopback that nobody listens on now."""
    found: list[int] = []
    while len(found) < 4:
        port = secrets.choice(PORT_RANGE)
        with socket.socket() as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
    return HostPorts(postgres=found[0], redis=found[1], http=found[2], metrics=found[3])
