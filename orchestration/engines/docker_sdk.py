"""Podman and Docker behind the Engine protocol, through the docker SDK's low-level client."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from docker.errors import APIError, NotFound

from orchestration.engines.discovery import FoundEngine
from orchestration.engines.docker_build import build
from orchestration.engines.docker_client import answering, connect, explanation
from orchestration.engines.docker_exec import execute
from orchestration.engines.docker_images import find, pull
from orchestration.engines.docker_inventory import discard_images, list_resources, remove
from orchestration.engines.docker_logs import follow, logs
from orchestration.engines.docker_peers import PodmanPeers
from orchestration.engines.docker_start import start
from orchestration.errors import ClaimError, EngineError
from orchestration.model import (
    BuildOrder,
    EngineInfo,
    Executed,
    Instance,
    Kind,
    Launch,
    Life,
    PortBinding,
    PortRequest,
    Resource,
    State,
)
from orchestration.ports import Cancel

_LIVES: Final = {
    "created": Life.CREATED,
    "configured": Life.CREATED,
    "initialized": Life.CREATED,
    "running": Life.RUNNING,
    "paused": Life.RUNNING,
    "restarting": Life.RUNNING,
    "stopping": Life.RUNNING,
}
_NEVER: Final = "0001-01-01"
_NETWORK_TRIES: Final = 5
_INTERFACE_WENT: Final = "no such network interface"
"""What Podman says when another network is removed while it looks for a free range."""


class DockerEngine:
    """`Engine` on the API of Podman or Docker: one pooled session, for all threads.

    A call takes at most 30 s (CALL_SECONDS), a build as long as it keeps printing.
    """

    def __init__(self, found: FoundEngine) -> None:
        self._found = found
        self._url = found.url
        self._podman = found.name == "podman"
        self._local = found.url.startswith("unix://")
        self._layers: dict[str, tuple[str, ...]] = {}
        with answering(found.url):
            self._api = connect(found.address, api_version=found.api_version)
        self._peers = PodmanPeers(self._api) if self._podman else None

    @property
    def info(self) -> EngineInfo:
        """What this engine is. Its quirks are left to `FoundEngine.quirks`: they cost 0.3 s."""
        return EngineInfo(
            name=self._found.name,
            version=self._found.version,
            url=self._url,
            rule=self._found.rule,
            uses_images=True,
        )

    def create_network(self, name: str, labels: Mapping[str, str]) -> None:
        """Make a bridge network. Raises ClaimError when the name is taken."""
        with answering(self._url):
            for left in reversed(range(_NETWORK_TRIES)):
                try:
                    self._api.create_network(
                        name, driver="bridge", labels=dict(labels), check_duplicate=True
                    )
                except APIError as error:
                    text = explanation(error)
                    if left and _INTERFACE_WENT in text:
                        continue
                    raise _network_refused(name, text) from None
                else:
                    return

    def find_image(self, reference: str) -> str | None:
        """The id of a local image, or None."""
        with answering(self._url):
            return find(self._api, reference)

    def pull_image(self, reference: str, cancel: Cancel) -> str:
        """Pull an image; its id. Raises ImageError, StoppedError."""
        with answering(self._url):
            return pull(self._api, reference, cancel)

    def build_image(self, order: BuildOrder, on_line: Callable[[str], None], cancel: Cancel) -> str:
        """Build an image; its id. Raises BuildError, StoppedError."""
        with answering(self._url):
            built = build(self._api, order, on_line, cancel, podman=self._podman)
        self._layers[built.image] = built.layers
        return built.image

    def plan_ports(self, requests: tuple[PortRequest, ...]) -> tuple[PortBinding, ...]:
        """Pinned ports as they will be, 0 for those the engine chooses at the start."""
        return tuple(
            PortBinding(name=each.name, inside=each.container, host=each.host or 0, bind=each.bind)
            for each in requests
        )

    def peer_host(self, alias: str) -> str:
        """The alias itself: the network of a run resolves it."""
        return alias

    def start(self, launch: Launch) -> Instance:
        """Create and start a container.

        Raises PortError, ComponentError, ClaimError, ImageError; nothing is left behind then.
        """
        with answering(self._url):
            return start(self._api, launch, local=self._local, peers=self._peers)

    def look(self, instance: str) -> State:
        """The state of a container, in one request."""
        with answering(self._url):
            try:
                inspected = self._api.inspect_container(instance)
            except NotFound:
                return State(life=Life.MISSING, started=False)
        seen = inspected["State"]
        life = _LIVES.get(seen["Status"], Life.EXITED)
        return State(
            life=life,
            exit_code=int(seen["ExitCode"]) if life is Life.EXITED else None,
            started=not str(seen.get("StartedAt") or _NEVER).startswith(_NEVER),
            oom_killed=bool(seen.get("OOMKilled")),
            restarts=int(inspected.get("RestartCount") or 0),
            error=str(seen.get("Error") or ""),
        )

    def logs(self, instance: str, *, tail: int | None = None) -> str:
        """Standard output and error together; "" when the container is gone."""
        with answering(self._url):
            return logs(self._api, instance, tail)

    def follow(self, instance: str, cancel: Cancel) -> Iterator[str]:
        """Lines of the log from now on, until the container ends or `cancel`."""
        with answering(self._url):
            yield from follow(self._api, instance, cancel)

    def execute(self, instance: str, command: tuple[str, ...], *, timeout: float) -> Executed:
        """Run a command inside; 126/127 when it cannot be run, 124 when it outlives `timeout`,
        137 when the container is not running."""
        with answering(self._url):
            return execute(self._api, instance, command, timeout=timeout)

    def list_resources(self, labels: Mapping[str, str]) -> tuple[Resource, ...]:
        """Containers, networks, volumes and images that have all `labels`, each kind oldest first.

        Layers of a stopped build count as images on Podman, which labels them.
        """
        with answering(self._url):
            return list_resources(self._api, labels)

    def remove(self, resource: Resource) -> None:
        """Remove by force; content when it is gone. Raises TeardownError when it stays in use."""
        with answering(self._url):
            remove(self._api, resource, networks_by_name=self._podman)
            if resource.kind is Kind.IMAGE:
                # Stages of a build are no ancestors of its image: Docker would keep them for ever.
                layers = self._layers.pop(resource.id, ())
                discard_images(self._api, layers, force=False)

    def close(self) -> None:
        """Give back the connections; end Podman's service if it was started for this engine."""
        self._api.close()
        self._found.close()


def _network_refused(name: str, text: str) -> ClaimError | EngineError:
    if "already" in text:
        return ClaimError(
            f"the network name {name} is taken",
            why=text,
            fix="`stackwright stack down` or `stackwright stack clean`, if a run of yours left it",
        )
    return EngineError(
        f"the engine cannot make the network {name}",
        why=text,
        fix="remove networks that nobody uses (`docker network prune`, `podman network prune`) if "
        "addresses ran out; see `stackwright stack doctor` otherwise",
    )
