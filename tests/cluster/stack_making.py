"""Stacks for tests, and what they became in a cluster."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import pytest

from orchestration.cluster.stack_manifests import StackManifests, manifests_of
from orchestration.errors import ConfigError
from orchestration.gates import HttpGate
from orchestration.model import Mount, PortRequest, Secret, Text
from orchestration.ports import Gate
from orchestration.stack import Build, Component, Stack
from orchestration.stackfile import load
from tests.kube.json_values import Doc, child, docs

PLATFORM: Final = Path(__file__).parents[2] / "examples" / "platform" / "stackwright.toml"
PASSWORD: Final = Secret("made-for-the-run")
HTTP: Final = PortRequest(name="http", container=8080)
HEALTH: Final = HttpGate(port="http", path="/health")


def component(
    name: str = "web",
    *,
    source: str | Build | None = "web:1",
    ports: tuple[PortRequest, ...] = (HTTP,),
    env: Mapping[str, Text] | None = None,
    mounts: tuple[Mount, ...] = (),
    command: tuple[str, ...] = (),
    aliases: tuple[str, ...] = (),
    gate: Gate | None = HEALTH,
    after: tuple[str, ...] = (),
) -> Component:
    """A component with a gate."""
    return Component(
        name=name,
        source=source,
        ports=ports,
        env=env or {},
        mounts=mounts,
        command=command,
        aliases=aliases,
        gate=gate,
        after=after,
    )


def one_shot(name: str = "task", **more: object) -> Component:
    """A component without one."""
    return Component(name=name, source="task:1", one_shot=True, **more)  # type: ignore[arg-type]  # as given


def stack(*components: Component, project: Path = Path("/project")) -> Stack:
    """A stack called shop."""
    return Stack(name="shop", service="shop", project=project, components=components)


def made(*components: Component, project: Path = Path("/project")) -> StackManifests:
    """What a stack of these became."""
    return manifests_of(
        stack(*components, project=project), place=project / "stackwright.toml", images={}
    )


def refused(*components: Component, project: Path = Path("/project")) -> str:
    """Why a stack of these cannot be in a cluster."""
    with pytest.raises(ConfigError) as caught:
        made(*components, project=project)
    return str(caught.value)


def body(manifests: StackManifests, kind: str, name: str) -> Doc:
    """The object of that kind and name, as JSON carries it."""
    for each in manifests.manifests:
        if (each.kind, each.name) == (kind, name):
            found: Doc = json.loads(json.dumps(each.body))
            return found
    raise AssertionError(f"no {kind} {name} among {sorted(kinds(manifests))}")


def kinds(manifests: StackManifests) -> list[str]:
    """`Deployment/web` and the like, in order."""
    return [f"{each.kind}/{each.name}" for each in manifests.manifests]


def pod(workload: Doc) -> Doc:
    """The spec of a workload's pods."""
    return child(workload, "spec", "template", "spec")


def container(workload: Doc) -> Doc:
    """The one container."""
    (found,) = docs(pod(workload), "containers")
    return found


def by_name(items: Iterable[Doc]) -> dict[str, Doc]:
    """Variables or volumes by name."""
    return {str(each["name"]): each for each in items}


def platform_stack(name: str) -> Stack:
    """A stack of the reference platform."""
    return load(PLATFORM).stack(name, {}, PASSWORD)


def platform_manifests(name: str) -> StackManifests:
    """What it became, with the images that were built for it."""
    found = platform_stack(name)
    images = {
        each.name: f"localhost/{each.name}:{name}-0a1b2c3d"
        for each in found.components
        if isinstance(each.source, Build)
    }
    return manifests_of(found, place=PLATFORM, images=images)
