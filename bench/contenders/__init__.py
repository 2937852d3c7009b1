"""The contenders, in the order of the table."""

from __future__ import annotations

from typing import Final

from bench.contender import Contender
from bench.contenders.compose import Compose
from bench.contenders.floor import Floor
from bench.contenders.scripts import Scripts
from bench.contenders.stackwright_api import StackwrightApi
from bench.contenders.stackwright_cli import StackwrightCli
from bench.contenders.testcontainers_python import TestcontainersPython

CONTENDERS: Final[tuple[Contender, ...]] = (
    Floor(),
    StackwrightApi(),
    StackwrightCli(),
    Scripts(),
    TestcontainersPython(),
    Compose(
        name="docker-compose",
        program="docker-compose",
        engine="docker",
        remedy="apt-get install docker-compose",
    ),
    Compose(
        name="podman-compose",
        program="podman-compose",
        engine="podman",
        remedy="pip install podman-compose",
    ),
)
