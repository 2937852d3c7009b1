"""A stack as the user means it: components in order, each with its gate. Frozen nouns, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.model import Embedded, Mount, PortRequest, Text
from orchestration.ports import Gate


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """An image made from the project's tree. `containerfile` is relative to `context`."""

    context: Path
    containerfile: str = "Containerfile"
    args: Mapping[str, Text] = field(default_factory=dict)
    target: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One container or process of a stack.

    `source`: an image reference, or how to build one; None when it can only run embedded.
    `env` and `command` may hold `${component.host}`-style references (see `references`).
    `gate` is None exactly for one-shots, whose gate is exit code 0 within `timeout` seconds.
    """

    name: str
    source: str | Build | None = None
    ports: tuple[PortRequest, ...] = ()
    env: Mapping[str, Text] = field(default_factory=dict, repr=False)
    mounts: tuple[Mount, ...] = ()
    command: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    gate: Gate | None = None
    after: tuple[str, ...] = ()
    one_shot: bool = False
    timeout: float = 60.0
    embedded: Embedded | None = None

    @property
    def open_ports(self) -> tuple[PortRequest, ...]:
        """The ports that other machines reach."""
        return tuple(each for each in self.ports if not each.bind.startswith(("127.", "::1")))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """What is brought up for one service. `components` stand in start order.

    `project`: the directory of the configuration; nothing is mounted from outside of it.
    `service`: the consumer that tags of built images name. `deadline`: seconds for the whole run.
    """

    name: str
    service: str
    project: Path
    components: tuple[Component, ...]
    deadline: float = 300.0

    def component(self, name: str) -> Component:
        """The component of that name; KeyError when there is none."""
        for component in self.components:
            if component.name == name:
                return component
        raise KeyError(name)

    def dependencies(self, name: str) -> tuple[str, ...]:
        """What `name` waits for, directly or not, in start order."""
        wanted: set[str] = set()
        pending = list(self.component(name).after)
        while pending:
            current = pending.pop()
            if current not in wanted:
                wanted.add(current)
                pending.extend(self.component(current).after)
        return tuple(each.name for each in self.components if each.name in wanted)
