"""Things that are not ours, beside every run: whatever happens, they must stay as they are."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker

from chaos.trial import EngineName
from tests.product import Product, client_of, listed

_IMAGE = "localhost/stackwright-redis:7"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentinels:
    """A container, a network, a volume and an image tag without our labels, on each engine; a file
    beside the records; and a living stack of somebody else there, in a state directory of its own.
    """

    engines: tuple[EngineName, ...]
    name: str
    siblings: Mapping[EngineName, Product]

    def missing(self) -> list[str]:
        """What is no longer as it was."""
        found: list[str] = []
        for engine in self.engines:
            if engine == "embedded":
                continue
            client = client_of(engine)
            try:
                running = client.containers.list(filters={"name": self.name}, sparse=True)
                found += [] if running else [f"{engine}: foreign container {self.name}"]
                networks = client.networks.list(names=[self.name])
                found += [] if networks else [f"{engine}: foreign network {self.name}"]
                volumes = client.volumes.list(filters={"name": self.name})
                found += [] if volumes else [f"{engine}: foreign volume {self.name}"]
                kept = any(f"{self.name}:kept" in tag for tag in _tags(client))
                found += [] if kept else [f"{engine}: foreign image {self.name}:kept"]
            finally:
                client.close()
        for engine, sibling in self.siblings.items():
            status = sibling.run("stack", "status", "--json")
            rows = json.loads(status.out)["runs"] if status.code == 0 else []
            if [each["healthy"] for each in rows] != [True]:
                found.append(f"{engine}: the sibling stack: {status.out}{status.err}")
        return found


@contextmanager
def sentinels(engines: tuple[EngineName, ...], directory: Path) -> Iterator[Sentinels]:
    """Set them up, and away again."""
    name = f"foreign-{secrets.token_hex(4)}"
    siblings = {each: Product.at(directory / f"sibling-{each}") for each in engines}
    containers = [each for each in engines if each != "embedded"]
    try:
        for engine, sibling in siblings.items():
            up = sibling.run("stack", "up", "--engine", engine, "--progress", "plain")
            if up.code:
                raise RuntimeError(f"the sibling stack on {engine} did not come up:\n{up.err}")
        for engine in containers:
            client = client_of(engine)
            client.networks.create(name)
            client.volumes.create(name)
            client.images.get(_IMAGE).tag(name, "kept")
            client.containers.run(_IMAGE, name=name, detach=True)
            client.close()
        yield Sentinels(engines=engines, name=name, siblings=siblings)
    finally:
        for sibling in siblings.values():
            sibling.run("stack", "down")
        for engine in containers:
            client = client_of(engine)
            for container in client.containers.list(all=True, filters={"name": name}, sparse=True):
                container.remove(force=True)
            for network in client.networks.list(names=[name]):
                network.remove()
            for volume in client.volumes.list(filters={"name": name}):
                volume.remove()
            for tag in _tags(client):
                if f"{name}:kept" in tag:
                    client.images.remove(tag)
            client.close()


def _tags(client: docker.DockerClient) -> list[str]:
    return [tag for row in listed(client.api.images) for tag in row.get("RepoTags") or ()]
