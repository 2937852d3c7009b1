"""The engines that run components; `discovery` finds one, `connect` talks to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.errors import EngineError

if TYPE_CHECKING:
    from orchestration.engines.discovery import FoundEngine
    from orchestration.images import ImageStore
    from orchestration.ports import Engine


def connect(found: FoundEngine, *, home: Path) -> Engine:
    """The engine that was found. `home`: the state directory, where local processes live.

    Imports only the client that is needed: docker's alone takes 0.2 s.
    """
    if found.name == "embedded":
        from orchestration.engines.embedded import EmbeddedEngine, embedded_info

        return EmbeddedEngine(home / "embedded", embedded_info(rule=found.rule))
    from orchestration.engines.docker_sdk import DockerEngine

    return DockerEngine(found)


@contextmanager
def image_store(found: FoundEngine) -> Iterator[ImageStore]:
    """Where base images go. Raises EngineError for the embedded engine, which has none."""
    if found.name == "embedded":
        raise EngineError(
            "local processes need no images, and no container engine answers",
            why=found.note,
            fix="start Podman or Docker; `stackwright stack doctor` tells what was tried",
        )
    from orchestration.engines.docker_client import connect as connect_client
    from orchestration.engines.docker_image_store import DockerImageStore

    api = connect_client(found.address, api_version=found.api_version)
    try:
        yield DockerImageStore(api, found.url)
    finally:
        api.close()
