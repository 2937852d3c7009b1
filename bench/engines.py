"""The engines of this machine that answer, and the images that every contender starts from."""

from __future__ import annotations

import os
import secrets
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from bench.engine_api import EngineApi
from bench.janitor import remove_image
from bench.stack_under_test import PREFIX, EngineUnderTest, Images

POSTGRES: Final = "localhost/stackwright-postgres:15"
REDIS: Final = "localhost/stackwright-redis:7"
PYTHON: Final = "localhost/stackwright-python:3.11"
SERVICES: Final = Path(__file__).resolve().parents[1] / "examples/platform/services"
MIGRATIONS: Final = SERVICES / "datastorage/migrations"

_NAMES: Final[tuple[Literal["podman", "docker"], ...]] = ("podman", "docker")


class UnpreparedError(Exception):
    """The machine lacks what the benchmark needs; the text says what to do."""


def find_engines(wanted: tuple[str, ...], environ: Mapping[str, str]) -> list[EngineUnderTest]:
    """The engines that answer, of those in `wanted`. Raises UnpreparedError when there is none,
    or when one that was named does not answer."""
    found: list[EngineUnderTest] = []
    for name in _NAMES:
        if wanted and name not in wanted:
            continue
        for socket in _sockets(name, environ):
            engine = EngineUnderTest(name=name, socket=socket)
            if socket.exists() and version_of(engine):
                found.append(engine)
                break
        else:
            if name in wanted:
                raise UnpreparedError(f"{name} does not answer: start its API service first")
    if not found:
        raise UnpreparedError("no engine answers: start Podman's or Docker's API service first")
    return found


def version_of(engine: EngineUnderTest) -> str:
    """Its version, "" when it does not answer."""
    try:
        with EngineApi(engine.socket) as api:
            return str(api.call("GET", "/version")["Version"])
    except OSError:
        return ""


@contextmanager
def prepared(engine: EngineUnderTest) -> Iterator[Images]:
    """The images, DataStorage's built now and removed in the end.

    Raises UnpreparedError when a base image is missing, or the build fails.
    """
    with EngineApi(engine.socket) as api:
        missing = [each for each in (POSTGRES, REDIS, PYTHON) if api.image_id(each) is None]
    if missing:
        raise UnpreparedError(
            f"{engine.name} has no image {', '.join(missing)}: "
            f"run `stackwright images build --engine {engine.name}` first"
        )
    reference = f"localhost/{PREFIX}-datastorage:{secrets.token_hex(4)}"
    try:
        _build(engine, reference)
        yield Images(postgres=POSTGRES, redis=REDIS, datastorage=reference)
    finally:
        remove_image(engine, reference)


def _build(engine: EngineUnderTest, reference: str) -> None:
    file = SERVICES / "datastorage/Containerfile"
    try:
        done = subprocess.run(
            [engine.name, "build", "--tag", reference, "--file", str(file), str(SERVICES)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
    except FileNotFoundError:
        raise UnpreparedError(
            f"the command {engine.name} is not on PATH: install the engine's client"
        ) from None
    if done.returncode != 0:
        raise UnpreparedError(f"DataStorage does not build on {engine.name}:\n{done.stdout}")


def _sockets(name: str, environ: Mapping[str, str]) -> list[Path]:
    """Where the engine's socket may be: its own variable first, then the usual places."""
    variable = {"podman": "CONTAINER_HOST", "docker": "DOCKER_HOST"}[name]
    told = environ.get(variable, "").removeprefix("unix://")
    runtime = environ.get("XDG_RUNTIME_DIR", f"/run/user/{os.getuid()}")
    usual = {
        "podman": [f"{runtime}/podman/podman.sock", "/run/podman/podman.sock"],
        "docker": [f"{runtime}/docker.sock", "/var/run/docker.sock"],
    }[name]
    return [Path(each) for each in ([told] if told else usual)]
