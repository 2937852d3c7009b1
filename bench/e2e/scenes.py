"""What is deployed in the trials, and how its pods behave."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.kube.behaviours import Behaviour, Ends, Runs
from tests.kube.contract.objects import config_map, service
from tests.kube.json_values import Doc
from tests.kube.workloads import deployment, job

NEVER: Final = Runs(ready_s=None)
DELAYS: Final = tuple(round(1.0 + 2.0 * n / 7, 2) for n in range(8))
"""Seconds from 1 to 3 until the pods of eight Deployments are ready."""
_READ: Final = ("Deployment", "ReplicaSet", "Pod")
"""A Deployment, and what its pods are found by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Objects, in the order of their files. `behaviours`: by `Kind/name`. `trips`: how many answers
    must have come, one after the other, before the last can be applied: discovery or the Namespace,
    then one for each wave more. `kinds`: of the objects, and what their pods are found by;
    `groups`: API versions to be discovered.
    """

    objects: tuple[Doc, ...]
    trips: int
    kinds: int
    groups: int
    behaviours: Mapping[str, Behaviour] = field(default_factory=dict)

    def write(self, directory: Path) -> tuple[Path, ...]:
        """One file for each object."""
        return write(self.objects, directory)

    @property
    def requests(self) -> int:
        """As many as may be sent: one for each object, two for each kind, one for each API version,
        and one for the server's own version."""
        return len(self.objects) + 2 * self.kinds + self.groups + 1


def one_wave() -> Scene:
    """Eight Deployments in a namespace that is there: discovery, apply."""
    return Scene(
        objects=tuple(_workload(f"api-{n}") for n in range(8)),
        trips=2,
        kinds=len(_READ),
        groups=1,
    )


def delayed(by: tuple[float, ...] = DELAYS) -> Scene:
    """The same, each with its own time until it is ready."""
    scene = one_wave()
    behaviours = {f"Deployment/api-{n}": Runs(ready_s=each) for n, each in enumerate(by)}
    return Scene(
        objects=scene.objects,
        trips=scene.trips,
        kinds=scene.kinds,
        groups=scene.groups,
        behaviours=behaviours,
    )


def three_waves(foundations: int = 3, workloads: int = 4) -> Scene:
    """A Namespace; ConfigMaps, Secrets and Services in turn; Deployments."""
    space: Doc = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
    below = [_foundation(n) for n in range(foundations)]
    above = [_workload(f"api-{n}", "shop") for n in range(workloads)]
    return Scene(
        objects=(space, *(_in(each, "shop") for each in below), *above),
        trips=3,
        kinds=1 + min(foundations, 3) + len(_READ),
        groups=2,
    )


def fifty() -> Scene:
    """Fifty objects in three waves."""
    return three_waves(24, 25)


def eight_without_namespace() -> tuple[Doc, ...]:
    """Two waves of eight, for a namespace that the command makes or is given."""
    workloads = [_workload(f"api-{n}", "") for n in range(5)]
    return (*(_foundation(n) for n in range(3)), *workloads)


def four_failures() -> Scene:
    """Three objects that are refused, each in another way, a Job that fails, three Deployments that
    come up, and one that never does."""
    return Scene(
        objects=(
            *(_in(_foundation(n), "default") for n in range(3)),
            _failing_job(),
            *(_workload(f"api-{n}") for n in range(4)),
        ),
        trips=3,
        kinds=3 + 1 + len(_READ),
        groups=3,
        behaviours={"Job/migrate": Ends(exit_code=1), "Deployment/api-0": NEVER},
    )


def failing_job(after_s: float) -> Scene:
    """A Job that fails after so many seconds, and seven Deployments of which one never comes up."""
    return Scene(
        objects=(_failing_job(), *(_workload(f"api-{n}") for n in range(7))),
        trips=2,
        kinds=1 + len(_READ),
        groups=2,
        behaviours={
            "Job/migrate": Ends(exit_code=1, after_s=after_s),
            "Deployment/api-0": NEVER,
        },
    )


def write(objects: Sequence[Doc], directory: Path) -> tuple[Path, ...]:
    """Each object into a file of its own, in a new directory."""
    directory.mkdir()
    files = tuple(directory / f"{number:02}.json" for number in range(len(objects)))
    for file, each in zip(files, objects, strict=True):
        file.write_text(json.dumps(each), encoding="utf-8")
    return files


def _foundation(number: int) -> Doc:
    kind, name = number % 3, f"part-{number}"
    if kind == 0:
        return config_map(name, a="1")
    if kind == 1:
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": name},
            "stringData": {"a": "1"},
        }
    return service(name)


def _workload(name: str, namespace: str = "default") -> Doc:
    return _in(deployment(name), namespace)


def _failing_job() -> Doc:
    return _in(job("migrate", backoffLimit=0), "default")


def _in(doc: Doc, namespace: str) -> Doc:
    """`doc` there; in none for ""."""
    found = doc["metadata"]
    metadata: Doc = dict(found) if isinstance(found, dict) else {}
    metadata.pop("namespace", None)
    if namespace:
        metadata["namespace"] = namespace
    return {**doc, "metadata": metadata}
