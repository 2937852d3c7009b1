"""Hand-written fakes of the runner's ports, held to the same contract as the real sides."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from orchestration.errors import (
    BuildError,
    ClaimError,
    ComponentError,
    EngineError,
    ImageError,
    PortError,
    StoppedError,
)
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

PODMAN_LIKE = EngineInfo(
    name="podman", version="0", url="unix:///nowhere.sock", rule="a fake", uses_images=True
)


@dataclass(slots=True, kw_only=True)
class FakeProgram:
    """What a component does: prints `lines` at once, and lives.

    `exit_code`: it ends with that instead, as its `exits_at`th look sees. `answers`: what commands
    run inside it answer; others are not found. `ticks`: it prints a line whenever somebody follows.
    `runnable`: False where its command cannot be run at all. `error`: what the engine says of its
    end, `oom_killed`, `restarts`: likewise.
    """

    lines: tuple[str, ...] = ()
    exit_code: int | None = None
    exits_at: int = 1
    answers: dict[tuple[str, ...], Executed] = field(default_factory=dict)
    ticks: bool = False
    runnable: bool = True
    error: str = ""
    oom_killed: bool = False
    restarts: int = 0


@dataclass(slots=True, kw_only=True)
class FakeBuild:
    """How the build of a tag goes: its lines, then an image, or BuildError with `why`."""

    lines: tuple[str, ...] = ()
    why: str = ""


@dataclass(slots=True)
class Hang:
    """A call that does not return. `entered` is set when it was made; `release` lets it go."""

    entered: threading.Event = field(default_factory=threading.Event)
    _released: threading.Event = field(default_factory=threading.Event)

    def release(self) -> None:
        self._released.set()

    def suffer(self) -> None:
        """Wait as the engine's client would, then give up as it does."""
        self.entered.set()
        if not self._released.wait(30.0):
            raise EngineError("the fake engine stopped answering")


@dataclass(slots=True)
class _Running:
    launch: Launch
    instance: Instance
    program: FakeProgram
    looks: int = 0


class FakeEngine:
    """`Engine` in memory. Components behave as `programs` says, by component name.

    `images`: reference to id. `builds`: tag up to its colon to how it goes. `busy_ports`: host port
    to holder. `calls`: every call so far, as `start postgres`. `fail`, `hang` and `silence` inject
    faults.
    """

    def __init__(
        self,
        *,
        info: EngineInfo = PODMAN_LIKE,
        programs: Mapping[str, FakeProgram] | None = None,
        images: Mapping[str, str] | None = None,
    ) -> None:
        self.info = info
        self.programs = dict(programs or {})
        self.images = dict(images or {})
        self.builds: dict[str, FakeBuild] = {}
        self.busy_ports: dict[int, str] = {}
        self.calls: list[str] = []
        self.closed = False
        self._faults: dict[tuple[str, int], Callable[[], None]] = {}
        self._counted: Counter[str] = Counter()
        self._silent_from: int | None = None
        self._silence = Hang()
        self._running: dict[str, _Running] = {}
        self._networks: dict[str, Mapping[str, str]] = {}
        self._built: dict[str, tuple[str, Mapping[str, str]]] = {}
        self._ids = count(1)
        self._free_ports = count(40000)
        self._lock = threading.RLock()

    def fail(self, method: str, error: Exception, *, nth: int = 1) -> None:
        """Make the `nth` call of `method` from now raise `error`."""

        def raise_it() -> None:
            raise error

        self._faults[method, self._counted[method] + nth] = raise_it

    def hang(self, method: str, *, nth: int = 1) -> Hang:
        """Make the `nth` call of `method` from now hang."""
        hang = Hang()
        self._faults[method, self._counted[method] + nth] = hang.suffer
        return hang

    def silence(self, *, after: int) -> Hang:
        """Make every call hang once so many more have been made."""
        self._silent_from = len(self.calls) + after
        self._silence = Hang()
        return self._silence

    def create_network(self, name: str, labels: Mapping[str, str]) -> None:
        self._called("create_network", name)
        with self._lock:
            if name in self._networks:
                raise ClaimError(f"the network name {name} is taken", fix="stack down")
            self._networks[name] = dict(labels)

    def find_image(self, reference: str) -> str | None:
        self._called("find_image", reference)
        with self._lock:
            if reference in self.images:
                return self.images[reference]
            return reference if reference in self.images.values() else None

    def pull_image(self, reference: str, cancel: Cancel) -> str:
        self._called("pull_image", reference)
        if (signal := cancel.requested()) is not None:
            raise StoppedError(f"stopped pulling {reference}", signal=signal)
        raise ImageError(
            f"image {reference} is not here and cannot be pulled",
            why="the fake engine has no registry",
            fix="`invoke images.build`",
        )

    def build_image(self, order: BuildOrder, on_line: Callable[[str], None], cancel: Cancel) -> str:
        self._called("build_image", order.tag)
        if not (order.context / order.containerfile).is_file():
            raise BuildError(f"image {order.tag} cannot be built: no {order.containerfile}", fix="")
        build = self.builds.get(order.tag.rpartition(":")[0], FakeBuild())
        for line in build.lines:
            on_line(line)
            if (signal := cancel.requested()) is not None:
                raise StoppedError(f"stopped building {order.tag}", signal=signal)
        if build.why:
            why = "\n".join((*build.lines, build.why))
            raise BuildError(f"image {order.tag} does not build", why=why, fix="correct it")
        with self._lock:
            image = f"sha256:{next(self._ids):064x}"
            self.images[order.tag] = image
            self._built[image] = (order.tag, dict(order.labels))
        return image

    def plan_ports(self, requests: tuple[PortRequest, ...]) -> tuple[PortBinding, ...]:
        self._called("plan_ports", "")
        return tuple(
            PortBinding(name=each.name, inside=each.container, host=each.host or 0, bind=each.bind)
            for each in requests
        )

    def peer_host(self, alias: str) -> str:
        return alias

    def start(self, launch: Launch) -> Instance:
        self._called("start", launch.component)
        with self._lock:
            program = self.programs.get(launch.component, FakeProgram())
            if any(each.launch.name == launch.name for each in self._running.values()):
                raise ClaimError(f"the name {launch.name} is taken", fix="stack down")
            for port in launch.ports:
                if holder := self._holder(port.host):
                    raise PortError(f"host port {port.host} is in use by {holder}", fix="free it")
            if self.info.uses_images and launch.image not in self.images.values():
                raise ImageError(f"image {launch.image} is not here", fix="`invoke images.build`")
            if not program.runnable:
                raise ComponentError(
                    f"the command of {launch.component} cannot be run: command not found",
                    fix="correct it",
                )
            instance = Instance(
                id=f"fake-{next(self._ids)}",
                name=launch.name,
                ports=tuple(
                    port if port.host else replace(port, host=next(self._free_ports))
                    for port in launch.ports
                ),
            )
            self._running[instance.id] = _Running(launch, instance, program)
            return instance

    def look(self, instance: str) -> State:
        self._called("look", self._name(instance))
        with self._lock:
            found = self._running.get(instance)
            if found is None:
                return State(life=Life.MISSING, started=False)
            found.looks += 1
            program = found.program
            if not self._lives(found):
                return State(
                    life=Life.EXITED,
                    exit_code=program.exit_code,
                    oom_killed=program.oom_killed,
                    error=program.error,
                )
            return State(life=Life.RUNNING, restarts=program.restarts)

    def logs(self, instance: str, *, tail: int | None = None) -> str:
        self._called("logs", self._name(instance))
        with self._lock:
            found = self._running.get(instance)
            lines = found.program.lines if found is not None else ()
            kept = lines if tail is None else lines[len(lines) - min(tail, len(lines)) :]
            return "".join(f"{line}\n" for line in kept)

    def follow(self, instance: str, cancel: Cancel) -> Iterator[str]:
        self._called("follow", self._name(instance))
        for tick in count(1):
            found = self._running.get(instance)
            if found is None or not self._lives(found) or cancel.requested() is not None:
                return
            if found.program.ticks:
                yield f"tick {tick}"
            else:
                found.looks += 1
            cancel.pause(0.01)

    def execute(self, instance: str, command: tuple[str, ...], *, timeout: float) -> Executed:
        self._called("execute", self._name(instance))
        with self._lock:
            found = self._running.get(instance)
            if found is None or not self._lives(found):
                return Executed(exit_code=137, output="the component is not running")
            unknown = Executed(exit_code=127, output=f"{command[0]}: not found")
            return found.program.answers.get(command, unknown)

    def list_resources(self, labels: Mapping[str, str]) -> tuple[Resource, ...]:
        self._called("list_resources", "")
        with self._lock:
            everything = (
                *(
                    Resource(
                        kind=Kind.CONTAINER,
                        id=key,
                        name=each.launch.name,
                        labels=each.launch.labels,
                    )
                    for key, each in self._running.items()
                ),
                *(
                    Resource(kind=Kind.NETWORK, id=name, name=name, labels=held)
                    for name, held in self._networks.items()
                ),
                *(
                    Resource(kind=Kind.IMAGE, id=key, name=tag, labels=held)
                    for key, (tag, held) in self._built.items()
                ),
            )
            return tuple(
                each
                for each in everything
                if all(
                    key in each.labels and value in ("", each.labels[key])
                    for key, value in labels.items()
                )
            )

    def remove(self, resource: Resource) -> None:
        self._called("remove", resource.name)
        with self._lock:
            match resource.kind:
                case Kind.CONTAINER:
                    self._running.pop(resource.id, None)
                case Kind.NETWORK:
                    self._networks.pop(resource.name, None)
                case Kind.IMAGE:
                    tag, _ = self._built.pop(resource.id, ("", {}))
                    self.images.pop(tag, None)
                case Kind.VOLUME:
                    pass

    def close(self) -> None:
        self.closed = True

    def _called(self, method: str, subject: str) -> None:
        with self._lock:
            self.calls.append(f"{method} {subject}".rstrip())
            self._counted[method] += 1
            fault = self._faults.pop((method, self._counted[method]), None)
            if self._silent_from is not None and len(self.calls) > self._silent_from:
                fault = self._silence.suffer
        if fault is not None:
            fault()

    def _name(self, instance: str) -> str:
        found = self._running.get(instance)
        return found.launch.component if found is not None else instance

    def _holder(self, port: int) -> str | None:
        for each in self._running.values():
            if any(held.host == port for held in each.instance.ports):
                return f"container {each.launch.name}"
        return self.busy_ports.get(port)

    @staticmethod
    def _lives(running: _Running) -> bool:
        program = running.program
        return program.exit_code is None or running.looks < program.exits_at
