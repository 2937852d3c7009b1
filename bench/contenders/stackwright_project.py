"""The stack as a `stackwright.toml`, and the program that reads it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bench.stack_under_test import (
    DATABASE,
    PASSWORD,
    PORT_RANGE,
    USER,
    StackUnderTest,
)

REPOSITORY: Final = Path(__file__).resolve().parents[2]

_CONFIG: Final = """\
[engine]
use = "{engine}"
url = "{url}"

[ports.ranges]
bench = "{first}-{last}"

[ports.kinds]
postgres = "bench"
redis = "bench"
datastorage = "bench"
metrics = "bench"

[ports.services.{token}]
postgres = {postgres}
redis = {redis}
datastorage = {http}
metrics = {metrics}

[stacks.{token}]
bootstrap = "datastorage"

[stacks.{token}.datastorage]
postgres_image = "{postgres_image}"
redis_image = "{redis_image}"
datastorage_image = "{datastorage_image}"
user = "{user}"
password = "{password}"
database = "{database}"
migrations_dir = "migrations"
"""


def write_project(stack: StackUnderTest) -> Path:
    """The configuration file, in the stack's directory."""
    text = _CONFIG.format(
        engine=stack.engine.name,
        url=stack.engine.url,
        token=stack.token,
        first=PORT_RANGE.start,
        last=PORT_RANGE.stop - 1,
        postgres=stack.ports.postgres,
        redis=stack.ports.redis,
        http=stack.ports.http,
        metrics=stack.ports.metrics,
        postgres_image=stack.images.postgres,
        redis_image=stack.images.redis,
        datastorage_image=stack.images.datastorage,
        user=USER,
        password=PASSWORD,
        database=DATABASE,
    )
    path = stack.directory / "stackwright.toml"
    path.write_text(text, encoding="utf-8")
    return path


def state_of(stack: StackUnderTest) -> Path:
    """Where stackwright keeps its records of this trial."""
    return stack.directory / "state"


def program() -> list[str]:
    """The installed command, else this repository run as a module."""
    script = Path(sys.executable).parent / "stackwright"
    return [str(script)] if script.exists() else [sys.executable, "-m", "orchestration"]


def program_env(**more: str) -> Mapping[str, str]:
    """An environment in which `program` finds its code, and `more`.

    Byte code may be kept, as that of an installed package is, whatever this shell says.
    """
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": str(REPOSITORY), **more}
