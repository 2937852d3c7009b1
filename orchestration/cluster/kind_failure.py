"""What Kind says when it makes no cluster, in our words.

Kind tells all failures with exit code 1 and a last line; the texts are those of its sources and of
Docker and Podman, whose output it passes on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from orchestration.cluster.command_line import Ended, Ending
from orchestration.errors import (
    ClaimError,
    ClusterError,
    EngineError,
    ImageError,
    PortError,
    StackwrightError,
)
from orchestration.model import LOOPBACK

OLDEST: Final = (0, 12)
"""The first whose nodes have server-side apply beyond beta (Kubernetes 1.22; 0.11 had 1.21)."""

INSTALL: Final = (
    "install it (https://kind.sigs.k8s.io: one file, to be put on PATH), or use a cluster that is "
    "there (`--context`)"
)

_VERSION: Final = re.compile(r"\bv(\d+)\.(\d+)\.")
_PULL: Final = re.compile(r'failed to pull image "([^"@]+)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A cluster that did not come to be. `ports`: of this machine, that it was to publish."""

    name: str
    ports: tuple[int, ...]
    ended: Ended
    log: str

    @property
    def why(self) -> str:
        """Kind's own last words, and where the others are."""
        return f"{self.ended.told()}\n    (all it said: {self.log})"


def missing() -> ClusterError:
    """There is no `kind` on PATH."""
    return ClusterError("no cluster can be made: Kind is not installed", fix=INSTALL)


def too_old(said: str) -> ClusterError | None:
    """When `kind version` says that it is older than OLDEST."""
    found = _VERSION.search(said)
    if found is None or (int(found[1]), int(found[2])) >= OLDEST:
        return None
    return ClusterError(
        f"no cluster can be made: Kind {found[0].strip('.')} is too old",
        why=f"its nodes lack server-side apply; it takes v{OLDEST[0]}.{OLDEST[1]} or newer",
        fix=INSTALL,
    )


def port_in_use(ports: Iterable[int], why: str = "") -> PortError:
    """Ports of this machine that the cluster was to publish, and others have."""
    listed = ", ".join(f"{LOOPBACK}:{each}" for each in ports) or "one of its ports"
    return PortError(
        f"no cluster can be made: {listed} is in use on this machine",
        why=why,
        fix="end what listens there (`ss -ltnp` names it), or pin another port",
    )


def failure(attempt: Attempt) -> StackwrightError:
    """The one error for it."""
    said = attempt.ended.said
    if attempt.ended.ending is Ending.MISSING:
        return missing()
    for pattern, tell in _KNOWN:
        if pattern.search(said):
            return tell(attempt)
    return ClusterError(
        f"Kind did not make the cluster {attempt.name}",
        why=attempt.why,
        fix="see https://kind.sigs.k8s.io/docs/user/known-issues/, or try it by hand: "
        f"`{attempt.ended.shown}`",
    )


def name_taken(attempt: Attempt) -> ClaimError:
    """Somebody else has a cluster of that name."""
    return ClaimError(
        f"there is a cluster {attempt.name} already",
        why="Kind finds nodes of that name",
        fix=f"`kind delete cluster --name {attempt.name}` if nobody needs it, and once more",
    )


def is_name_taken(said: str) -> bool:
    """Whether Kind refused because of a cluster of that name."""
    return "already exist for a cluster with the name" in said


def _port(attempt: Attempt) -> PortError:
    lines = [each for each in attempt.ended.said.splitlines() if _TAKEN.search(each)]
    named = [port for port in attempt.ports if any(f":{port}" in line for line in lines)]
    return port_in_use(named, why=lines[-1].strip() if lines else "")


def _engine(attempt: Attempt) -> EngineError:
    return EngineError(
        "no cluster can be made: Kind finds no container engine that answers",
        why=attempt.ended.told(3),
        fix="start Docker, or Podman with its command line on PATH; `stackwright stack doctor` "
        "says what is there",
    )


def _rootless(attempt: Attempt) -> EngineError:
    return EngineError(
        "no cluster can be made: this rootless container engine cannot run Kubernetes' nodes",
        why=attempt.ended.told(2),
        fix="see https://kind.sigs.k8s.io/docs/user/rootless/ (cgroup v2, Delegate=yes), or use a "
        "rootful engine",
    )


def _image(attempt: Attempt) -> ImageError:
    named = _PULL.search(attempt.ended.said)
    image = named[1] if named else "kindest/node"
    return ImageError(
        f"no cluster can be made: its node image {image} is not here and cannot be pulled",
        why=attempt.ended.told(3),
        fix=f"pull it where there is a network, and bring it here (`docker save {image}`, "
        "`docker load`; or a registry that mirrors it)",
    )


def _disk(attempt: Attempt) -> ClusterError:
    return ClusterError(
        f"Kind did not make the cluster {attempt.name}: the disk is full",
        why=attempt.why,
        fix="make room where the container engine keeps its images and volumes: a node takes "
        "about 2 GB",
    )


def _boot(attempt: Attempt) -> ClusterError:
    return ClusterError(
        f"Kind did not make the cluster {attempt.name}: its node does not boot",
        why=attempt.why,
        fix="mostly inotify or cgroup limits of this machine: see `Pod errors due to too many open "
        "files` at https://kind.sigs.k8s.io/docs/user/known-issues/",
    )


_TAKEN: Final = re.compile(r"port is already allocated|address already in use", re.I)
_KNOWN: Final[tuple[tuple[re.Pattern[str], Callable[[Attempt], StackwrightError]], ...]] = (
    (_TAKEN, _port),
    (_PULL, _image),
    (re.compile(r"rootless provider requires"), _rootless),
    (re.compile(r"no space left on device", re.I), _disk),
    (
        re.compile(
            r"cannot connect to|is the docker daemon running|permission denied while trying to "
            r"connect|executable file not found|failed to (?:get (?:docker|podman) info|list "
            r"(?:nodes|clusters))|error listing nodes",
            re.I,
        ),
        _engine,
    ),
    (re.compile(r"could not find a log line that matches"), _boot),
)
