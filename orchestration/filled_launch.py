"""What the engine is told of one component: references filled in, names and labels of its run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from orchestration.model import Label, Launch, PortBinding
from orchestration.references import Peer, expand
from orchestration.stack import Component
from orchestration.tags import instance_name, network_name


def launch_of(
    component: Component,
    *,
    image: str,
    ports: tuple[PortBinding, ...],
    stack: str,
    run: str,
    peers: Mapping[str, Peer],
    labels: Mapping[str, str],
) -> Launch:
    """The launch of `component`. `peers`: itself, and all that its settings refer to."""

    def filled(text: str) -> str:
        value = expand(text, component.name, peers)
        return value if isinstance(value, str) else value.value

    embedded = component.embedded
    if embedded is not None:
        embedded = replace(
            embedded,
            command=tuple(filled(word) for word in embedded.command),
            env={key: expand(value, component.name, peers) for key, value in embedded.env.items()},
        )
    return Launch(
        name=instance_name(stack, component.name, run),
        component=component.name,
        image=image,
        ports=ports,
        network=network_name(stack, run),
        command=tuple(filled(word) for word in component.command),
        env={key: expand(value, component.name, peers) for key, value in component.env.items()},
        mounts=component.mounts,
        aliases=(component.name, *component.aliases),
        labels={**labels, Label.COMPONENT: component.name},
        embedded=embedded,
    )
