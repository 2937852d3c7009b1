"""The engine that runs the containers of pods; everything made is labelled, and can be removed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from docker import APIClient
from docker.errors import APIError, NotFound

from orchestration.engines import connect
from orchestration.engines.discovery import FoundEngine
from orchestration.engines.docker_client import connect as connect_client
from orchestration.engines.docker_client import explanation
from orchestration.engines.docker_images import inspect
from orchestration.errors import StackwrightError
from orchestration.model import Executed, Kind, Resource, State
from orchestration.ports import Engine
from tests.kube.containers.container_order import ContainerOrder
from tests.kube.containers.refused_error import RefusedError

LABEL: Final = "io.stackwright.test.kubelet"
"""Its value: the name of one kubelet."""

_SANDBOX: Final = f"{LABEL}.sandbox"
_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalImage:
    """An image that the engine holds. `user`: as its author wrote it, "" for root."""

    id: str
    user: str


class ContainerEngine:
    """Podman or Docker for one kubelet, `name`. For all threads."""

    def __init__(self, found: FoundEngine, engine: Engine, name: str) -> None:
        self.name = name
        self._engine = engine
        self._api: APIClient = connect_client(found.address, api_version=found.api_version)
        self._podman = found.name == "podman"
        self._labels = {LABEL: name}

    @property
    def tells_oom(self) -> bool:
        """Whether its word on lack of memory counts: Podman 4.3 always says that there was none."""
        return not self._podman

    def open(self) -> None:
        """Make the network of all pods."""
        self._engine.create_network(self.name, self._labels)

    def image(self, reference: str) -> LocalImage | None:
        """A local image; nothing is ever pulled."""
        found = inspect(self._api, reference)
        if found is None:
            return None
        config = found.get("Config") or {}
        return LocalImage(id=str(found["Id"]), user=str(config.get("User") or ""))

    def memory(self, name: str, group: int | None) -> str:
        """A volume in memory that everybody may write to; with `group`, what is made there is that
        group's. Its name."""
        rights = "mode=0777" if group is None else f"mode=2777,gid={group}"
        options = {"type": "tmpfs", "device": "tmpfs", "o": rights}
        self._api.create_volume(name, driver="local", driver_opts=options, labels=self._labels)
        return name

    def create(self, order: ContainerOrder) -> str:
        """Create a container; its id. Raises RefusedError."""
        network = f"container:{order.inside}" if order.inside else self.name
        networking: dict[str, object] = {"EndpointsConfig": {self.name: {}}}
        host_config = self._api.create_host_config(
            binds=list(order.binds),
            network_mode=network,
            mem_limit=order.memory or None,
            memswap_limit=order.memory or None,
            read_only=order.rights.read_only,
            cap_add=list(order.rights.cap_add) or None,
            cap_drop=list(order.rights.cap_drop) or None,
            group_add=list(order.rights.groups) or None,
            # An engine with SELinux would deny files of this machine.
            security_opt=[
                "label=disable",
                *([] if order.rights.may_gain else ["no-new-privileges"]),
            ],
        )
        try:
            created = self._api.create_container(
                order.image,
                # Where only the entrypoint is given, the image's own command is not meant.
                order.command or ([] if order.entrypoint else None),
                name=order.name,
                hostname=order.hostname or None,
                user=order.rights.user or None,
                entrypoint=order.entrypoint,
                environment=dict(order.env),
                working_dir=order.workdir or None,
                labels=self._labels if order.inside else {**self._labels, _SANDBOX: "1"},
                host_config=host_config,
                networking_config=None if order.inside else networking,
                use_config_proxy=False,
            )
        except APIError as error:
            raise RefusedError(explanation(error), "CreateContainerError") from None
        return str(created["Id"])

    def start(self, container: str) -> None:
        """Raises RefusedError when its command cannot be run."""
        try:
            self._api.start(container)
        except APIError as error:
            raise RefusedError(explanation(error), "StartError") from None

    def address(self, container: str) -> str:
        """Where a container that runs is in the network."""
        seen = self._api.inspect_container(container)
        return str(seen["NetworkSettings"]["Networks"][self.name]["IPAddress"])

    def look(self, container: str) -> State:
        return self._engine.look(container)

    def logs(self, container: str) -> str:
        return self._engine.logs(container)

    def execute(self, container: str, command: tuple[str, ...], *, timeout: float) -> Executed:
        return self._engine.execute(container, command, timeout=timeout)

    def end(self, container: str, grace_s: int) -> None:
        """Ask it to end, and kill it after so long; content when it has ended or gone."""
        with suppress(NotFound):
            self._api.stop(container, timeout=grace_s)

    def remove(self, *containers: str) -> None:
        """Remove containers by force; content when they are gone."""
        for each in containers:
            self._engine.remove(Resource(kind=Kind.CONTAINER, id=each, name=each, labels={}))

    def remove_volumes(self, *volumes: str) -> None:
        for each in volumes:
            with suppress(NotFound):
                self._api.remove_volume(each, force=True)

    def clear(self) -> None:
        """Remove everything of this kubelet, each pod's sandbox after what is inside of it. Goes on
        after a failure, and raises the first one at the end."""
        failures: list[Exception] = []

        def take(found: Resource) -> None:
            try:
                self._engine.remove(found)
            except StackwrightError as problem:
                failures.append(problem)

        left = self.left()
        containers = [each for each in left if each.kind is Kind.CONTAINER]
        for held in (False, True):
            turn = [each for each in containers if (_SANDBOX in each.labels) is held]
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                list(pool.map(take, turn))
        for kind in (Kind.VOLUME, Kind.NETWORK):
            for each in left:
                if each.kind is kind:
                    take(each)
        if failures:
            raise failures[0]

    def left(self) -> tuple[Resource, ...]:
        return self._engine.list_resources(self._labels)

    def close(self) -> None:
        self._api.close()


@contextmanager
def container_engine(found: FoundEngine, name: str) -> Iterator[ContainerEngine]:
    """An engine for one kubelet, which is given back at the end, and everything of it removed."""
    with tempfile.TemporaryDirectory() as home:
        engine = connect(found, home=Path(home))
        try:
            mine = ContainerEngine(found, engine, name)
            try:
                mine.open()
                yield mine
            finally:
                mine.clear()
                mine.close()
        finally:
            engine.close()
