"""What DataStorage is told: by its environment, and by `config.toml` in CONFIG_DIR."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from serving.environment import Environment, RefusalError

LARGEST_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """How PostgreSQL is reached."""

    host: str
    port: int
    name: str
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything DataStorage can be told. `redis`: host and port, None to work without a cache."""

    database: Database
    redis: tuple[str, int] | None
    bind: str
    http_port: int
    metrics_port: int
    log_level: str
    page_size: int


def read_settings(variables: Mapping[str, str]) -> Settings:
    """The settings in the environment, which wins over the file.

    Raises RefusalError naming the variable, or the file and key, that is wrong.
    """
    environment = Environment(variables)
    directory = environment.optional("CONFIG_DIR")
    told = _read_file(Path(directory) / "config.toml") if directory else {}
    redis_host = environment.optional("REDIS_HOST")
    return Settings(
        database=Database(
            host=environment.text("DB_HOST"),
            port=environment.port("DB_PORT", 5432),
            name=environment.text("DB_NAME", "action_history"),
            user=environment.text("DB_USER", "slm_user"),
            password=environment.text("DB_PASSWORD"),
        ),
        redis=(redis_host, environment.port("REDIS_PORT", 6379)) if redis_host else None,
        bind=environment.text("BIND_ADDRESS", "127.0.0.1"),
        http_port=environment.port("HTTP_PORT", 8080),
        metrics_port=environment.port("METRICS_PORT", 9090),
        log_level=environment.text("LOG_LEVEL", str(told.get("log_level", "INFO"))),
        page_size=_page_size(told.get("page_size", 50)),
    )


def _read_file(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            told = tomllib.load(file)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise RefusalError(f"{path} cannot be read: {error}") from None
    unknown = sorted(set(told) - {"log_level", "page_size"})
    if unknown:
        raise RefusalError(f"{path}: unknown key {unknown[0]}; known are log_level, page_size")
    return told


def _page_size(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= LARGEST_PAGE:
        raise RefusalError(
            f"config.toml: page_size must be a whole number from 1 to {LARGEST_PAGE}, not {value!r}"
        )
    return value
