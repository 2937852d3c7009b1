"""A stack as objects of a cluster: Deployments, Jobs and Services, its gates as their probes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from orchestration.cluster.container_limit import LIMIT
from orchestration.cluster.deferred import AFTER
from orchestration.cluster.gate_probes import GateProbes, probes_of
from orchestration.cluster.manifest import Manifest, Place
from orchestration.cluster.manifest_mistakes import ManifestMistakes
from orchestration.cluster.stack_environment import environment_of
from orchestration.cluster.stack_objects import Body, StackObjects, is_host_name, is_label
from orchestration.cluster.stack_secrets import tells_of
from orchestration.cluster.stack_services import container_ports, node_service, services_of
from orchestration.cluster.stack_volumes import StackVolume, refuse_nested, volume_of
from orchestration.errors import ConfigError
from orchestration.model import PortBinding
from orchestration.nearest import suggest
from orchestration.references import Peer, names_in
from orchestration.stack import Component, Stack

STOP_S: Final = 2
"""How long a container may take to end: nothing in it is worth more."""

NodePorts = Mapping[tuple[str, str], int]
"""The ports of every node that lead to a port of a component, by the names of both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weakened:
    """A gate whose probe sees less than itself: `gate` in a few words, `reason` what is missing."""

    component: str
    gate: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StackManifests:
    """What a stack became. `notices`: what the user should read once, `weakened` included."""

    manifests: tuple[Manifest, ...]
    weakened: tuple[Weakened, ...]
    notices: tuple[str, ...]


def manifests_of(
    stack: Stack,
    *,
    place: Path,
    images: Mapping[str, str],
    lines: Mapping[str, int] | None = None,
    node_ports: NodePorts | None = None,
) -> StackManifests:
    """The objects of `stack`, in start order, without a namespace.

    What has a gate becomes a Deployment of one pod, a one-shot a Job; each begins when the one
    before it is ready, and all that it names (the annotation `stackwright.io/after`). Peers reach
    each other by name, as they do in a container network.

    Timeouts of gates and one-shots stand at the pods, for whoever waits (`container_limit`): they
    count from when a container runs. All that Kubernetes itself can end counts from when a node has
    the pod or earlier, while its image is still to be pulled, and is the stack's whole deadline.

    `place`: the configuration, and `lines` where in it each component is, as far as it is known.
    `images`: what was built, by component; the others run what the stack says. `node_ports`: those
    to open on every node. Raises ConfigError with everything that has no meaning in a cluster.
    """
    making = _Making(
        stack=stack,
        place=place,
        images=images,
        lines=lines or {},
        node_ports=node_ports or {},
        peers={each.name: _peer(each) for each in stack.components},
        tells=tells_of(stack),
    )
    making.check_node_ports()
    for component in stack.components:
        with making.noting(component):
            making.add(component)
    making.mistakes.raise_if_any()
    return StackManifests(
        manifests=tuple(making.made),
        weakened=tuple(making.weakened),
        notices=(*_host_ports(stack, making.node_ports), *_told(making.weakened), *making.notices),
    )


@dataclass(slots=True, kw_only=True)
class _Making:
    """`services`: the names of Services, and the component that has each."""

    stack: Stack
    place: Path
    images: Mapping[str, str]
    lines: Mapping[str, int]
    node_ports: NodePorts
    peers: Mapping[str, Peer]
    tells: Callable[[str], bool]
    services: dict[str, str] = field(default_factory=dict)
    made: list[Manifest] = field(default_factory=list)
    weakened: list[Weakened] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    mistakes: ManifestMistakes = field(default_factory=ManifestMistakes)

    @contextmanager
    def noting(self, component: Component) -> Iterator[None]:
        """Note what is wrong at the component's place, and go on with the next one."""
        try:
            yield
        except ConfigError as error:
            self.mistakes.add(self._place(component), error.what, why=error.why, fix=error.fix)

    def add(self, component: Component) -> None:
        """Make the objects of one component. Raises ConfigError."""
        objects = StackObjects(self.stack, component)
        names = self._service_names(component)
        needs = self._needs(component)
        probes = self._probes(component)
        environment = environment_of(
            objects, self.peers, probes.env if probes is not None else {}, self.tells
        )
        volumes = self._volumes(objects)
        container: Body = {
            "name": component.name,
            "image": self._image(component),
            # What was loaded onto the nodes is in no registry.
            "imagePullPolicy": "IfNotPresent",
        }
        if environment.args:
            # As for a container engine, `command` takes the place of CMD and not of ENTRYPOINT.
            container["args"] = list(environment.args)
        if environment.env:
            container["env"] = list(environment.env)
        if component.ports:
            container["ports"] = container_ports(component.ports)
        if volumes:
            container["volumeMounts"] = [each.mount for each in volumes]
        if probes is not None:
            container["startupProbe"] = dict(probes.startup)
            container["readinessProbe"] = dict(probes.readiness)
        pod: Body = {
            # The variables that it would make of Services (REDIS_PORT=tcp://…) are others than
            # people mean by these names.
            "enableServiceLinks": False,
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": STOP_S,
            "containers": [container],
        }
        if volumes:
            pod["volumes"] = [each.volume for each in volumes]
        if environment.secret is not None:
            self._put(component, environment.secret)
        for volume in volumes:
            self._put(component, volume.object)
        for service in services_of(objects, names, self._node_ports(component)):
            self._put(component, service)
        self._put(component, _workload(objects, pod, needs))

    def check_node_ports(self) -> None:
        """Note node ports of what the stack does not have."""
        known = {(each.name, port.name) for each in self.stack.components for port in each.ports}
        for component, port in self.node_ports:
            if (component, port) not in known:
                self.mistakes.add(
                    Place(path=self.place, line=1),
                    f"a node port is asked for port {port} of {component}, which stack "
                    f"{self.stack.name} does not have",
                    fix=suggest(f"{component}:{port}", [":".join(each) for each in known]),
                )

    def _place(self, component: Component) -> Place:
        return Place(path=self.place, line=self.lines.get(component.name, 1))

    def _put(self, component: Component, body: Body) -> None:
        metadata = body["metadata"]
        name = metadata["name"] if isinstance(metadata, dict) else ""
        self.made.append(
            Manifest(
                api_version=str(body["apiVersion"]),
                kind=str(body["kind"]),
                name=str(name),
                namespace=None,
                body=body,
                place=self._place(component),
            )
        )

    def _service_names(self, component: Component) -> tuple[str, ...]:
        """Its own name and its aliases; none where nobody could ever ask for it."""
        if not is_label(component.name):
            raise ConfigError(
                f"component {component.name} has a name that nothing in a cluster can have",
                why="names there do not end in a hyphen",
                fix="give it another name",
            )
        if component.one_shot and not component.ports and not component.aliases:
            return ()
        # DNS does not tell upper from lower case, and Services are written in lower case.
        names = tuple(
            dict.fromkeys((component.name, *(each.lower() for each in component.aliases)))
        )
        extra = (node_service(component.name),) if self._node_ports(component) else ()
        for name in (*names, *extra):
            other = self.services.setdefault(name, component.name)
            if not is_host_name(name):
                what = "a name" if name == component.name else f"an alias `{name}`, a name"
                raise ConfigError(
                    f"component {component.name} has {what} that no Service can have",
                    why="the name of a Service is letters, digits and hyphens, begins with a "
                    "letter and does not end in a hyphen",
                    fix="give it another one",
                )
            if other != component.name:
                raise ConfigError(
                    f"components {other} and {component.name} are both called `{name}`",
                    why="in a cluster a name leads to one Service",
                    fix="give one of them another name or alias",
                )
        return names

    def _needs(self, component: Component) -> tuple[str, ...]:
        """Whom it waits for: `Deployment/postgres`. The one before it is always among them."""
        texts = (*component.env.values(), *component.command)
        referred = [name for text in texts for name in names_in(text)]
        order = tuple(self.peers)
        before = order[: order.index(component.name)][-1:]
        wanted = dict.fromkeys((*before, *component.after, *referred))
        names = [name for name in wanted if name != component.name]
        for name in names:
            if name not in self.peers:
                raise ConfigError(
                    f"component {component.name} waits for {name}, which stack "
                    f"{self.stack.name} does not have",
                    fix=suggest(name, self.peers),
                )
        return tuple(f"{_kind(each)}/{each.name}" for each in map(self.stack.component, names))

    def _probes(self, component: Component) -> GateProbes | None:
        gate = component.gate
        if gate is None:
            return None
        ports = {port.name: port.container for port in component.ports}
        try:
            probes = probes_of(gate, ports)
        except ConfigError as error:
            raise ConfigError(
                f"component {component.name}: {error.what}", why=error.why, fix=error.fix
            ) from None
        if probes.weaker:
            self.weakened.append(
                Weakened(component=component.name, gate=gate.describe(), reason=probes.weaker)
            )
        return probes

    def _volumes(self, objects: StackObjects) -> tuple[StackVolume, ...]:
        refuse_nested(objects)
        mounts = enumerate(objects.component.mounts, start=1)
        found = tuple(volume_of(objects, number, mount, self.tells) for number, mount in mounts)
        self.notices += [each.notice for each in found if each.notice]
        return found

    def _image(self, component: Component) -> str:
        if component.name in self.images:
            return self.images[component.name]
        if isinstance(component.source, str):
            return component.source
        raise ConfigError(
            f"component {component.name} has no image",
            why="a cluster runs nothing but images"
            if component.source is None
            else "none was built for it",
            fix='write image = "redis:7-alpine", or build = { context = "." }',
        )

    def _node_ports(self, component: Component) -> dict[str, int]:
        return {
            port: number
            for (name, port), number in self.node_ports.items()
            if name == component.name
        }


def _peer(component: Component) -> Peer:
    """As the others reach it: by its Service, at the container's ports."""
    ports = tuple(
        PortBinding(name=port.name, inside=port.container, host=0) for port in component.ports
    )
    return Peer(host=component.name, ports=ports, gate=component.gate)


def _kind(component: Component) -> str:
    return "Job" if component.gate is None else "Deployment"


def _workload(objects: StackObjects, pod: Body, needs: tuple[str, ...]) -> Body:
    component = objects.component
    gate = component.gate
    after = {AFTER: ", ".join(needs)} if needs else {}
    limit = component.timeout if gate is None else gate.pacing.timeout
    template: Body = {
        "metadata": {"labels": objects.labels, "annotations": {LIMIT: f"{limit:g}"}},
        "spec": pod,
    }
    whole = math.ceil(objects.stack.deadline)
    if gate is None:
        pod["restartPolicy"] = "Never"
        spec: Body = {
            "backoffLimit": 0,
            "activeDeadlineSeconds": whole,
            "template": template,
        }
        return objects.make("batch/v1", "Job", component.name, {"spec": spec}, after)
    spec = {
        "replicas": 1,
        "strategy": {"type": "Recreate"},
        "progressDeadlineSeconds": whole,
        "selector": {"matchLabels": objects.selector},
        "template": template,
    }
    return objects.make("apps/v1", "Deployment", component.name, {"spec": spec}, after)


def _host_ports(stack: Stack, node_ports: NodePorts) -> Iterator[str]:
    pinned = [
        f"{port.host} ({port.name} of {each.name})"
        for each in stack.components
        for port in each.ports
        if port.host is not None and (each.name, port.name) not in node_ports
    ]
    if pinned:
        yield f"host ports mean nothing in a cluster, and are left out: {', '.join(pinned)}"


def _told(weakened: Iterable[Weakened]) -> Iterator[str]:
    """One line for each reason, with all whom it concerns."""
    by_reason: dict[str, list[str]] = {}
    for each in weakened:
        by_reason.setdefault(each.reason, []).append(f"{each.component} ({each.gate})")
    for reason, whom in by_reason.items():
        yield f"the probe sees less than the gate of {', '.join(whom)}: {reason}"
