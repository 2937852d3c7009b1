"""The life of one pod: its sandbox, its init containers one after the other, its containers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Final

from tests.kube.containers.container_engine import ContainerEngine
from tests.kube.containers.container_environment import PodFacts
from tests.kube.containers.container_order import ContainerOrder, grace
from tests.kube.containers.container_run import ContainerRun, Surroundings
from tests.kube.containers.pod_volumes import PodVolumes
from tests.kube.containers.refused_error import RefusedError
from tests.kube.containers.undone import undone
from tests.kube.json_values import Doc, docs, text
from tests.kube.kubelet import ContainerLook, PodLook, PodOrder, Running, Terminated, Waiting
from tests.kube.kubelet_view import KubeletView

_MOUNT_AGAIN_S: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What all pods of a kubelet share. `images`: the local image of a pod's image. `sandbox`: the
    image whose `sleep` holds a pod's network. `hosts`: the file with a namespace's names."""

    engine: ContainerEngine
    view: KubeletView
    directory: Path
    images: Callable[[str], str]
    sandbox: str
    hosts: Callable[[str], Path]
    back_off_s: float
    longest_grace_s: int


@dataclass(slots=True)
class PodRun:
    """A pod that runs in threads of its own. `ended`: when nothing of it is left.

    `failure`: what went wrong inside of the kubelet itself.
    """

    order: PodOrder
    house: House
    stopping: Event = field(default_factory=Event)
    ended: Event = field(default_factory=Event)
    failure: Exception | None = None
    ip: str = ""
    _init: list[ContainerRun] = field(default_factory=list)
    _main: list[ContainerRun] = field(default_factory=list)
    _before: Waiting = field(default_factory=lambda: Waiting(reason="ContainerCreating"))
    _sandbox: str = ""
    _memory: list[str] = field(default_factory=list)
    _volumes: PodVolumes = field(init=False)
    _threads: list[Thread] = field(default_factory=list)
    _end: Thread | None = None

    def __post_init__(self) -> None:
        self._volumes = PodVolumes(self.house.directory / self.order.uid, self._make_memory)

    def start(self) -> None:
        self._threads.append(self._spawn(self._live, "pod"))

    def _spawn(self, work: Callable[[], object], what: str) -> Thread:
        thread = Thread(
            target=self._guarded, args=(work,), name=f"{what} {self.order.name}", daemon=True
        )
        thread.start()
        return thread

    def _guarded(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as problem:  # noqa: BLE001 - told by `look`, in the cluster's thread
            # Of what is removed while it is made nobody needs to know.
            if not self.stopping.is_set() or work == self._finish:
                self.failure = problem
        self.house.view.nudge()

    def _make_memory(self, volume: str, group: int | None) -> str:
        name = f"{self.house.engine.name}-{self.order.uid[:8]}-{volume}"
        self._memory.append(name)
        return self.house.engine.memory(name, group)

    def _live(self) -> None:
        missing = undone(self.order.doc)
        if missing:
            told = f"this kubelet does not do {missing}"
            self._wait(Waiting(reason="CreatePodSandboxError", message=told))
            return
        facts = self._mounted()
        if facts is None or not self._furnish(facts):
            return
        for init in self._init:
            if not init.run():
                return
        if self.stopping.is_set():
            return
        for each in self._main[1:]:
            self._threads.append(self._spawn(each.run, each.name))
        self._main[0].run()

    def _wait(self, why: Waiting) -> None:
        self._before = why
        self.house.view.nudge()

    def _mounted(self) -> PodFacts | None:
        """The pod's facts when its volumes are there; None when it stops first."""
        facts = PodFacts(view=self.house.view, pod=self.order.doc, ip="")
        while not self.stopping.is_set():
            try:
                self._volumes.prepare(facts)
            except RefusedError as refused:
                told = f"MountVolume.SetUp failed: {refused}"
                self._wait(Waiting(reason="ContainerCreating", message=told))
                self.stopping.wait(_MOUNT_AGAIN_S)
            else:
                return facts
        return None

    def _furnish(self, facts: PodFacts) -> bool:
        """Start the sandbox, whose network and memory the containers share."""
        engine = self.house.engine
        hosts = str(self.house.hosts(self.order.namespace))
        order = ContainerOrder(
            name=f"{engine.name}-{self.order.uid[:8]}",
            image=self.house.sandbox,
            entrypoint=["sleep", "2147483647"],
            binds=(f"{hosts}:/etc/hosts:ro", *self._volumes.held()),
            hostname=self.order.name[:63],
        )
        self._sandbox = engine.create(order)
        if self.stopping.is_set():
            return False
        engine.start(self._sandbox)
        self.ip = engine.address(self._sandbox)
        around = Surroundings(
            engine=engine,
            facts=PodFacts(view=facts.view, pod=facts.pod, ip=self.ip),
            volumes=self._volumes,
            images=self.house.images,
            hosts=hosts,
            sandbox=self._sandbox,
            stopping=self.stopping,
            changed=self.house.view.nudge,
            back_off_s=self.house.back_off_s,
        )
        init, main = (docs(self.order.doc, "spec", key) for key in ("initContainers", "containers"))
        first = Waiting(reason="PodInitializing" if init else "ContainerCreating")
        self._init = [_run(each, around, first, init=True) for each in init]
        self._main = [_run(each, around, first, init=False) for each in main]
        self.house.view.nudge()
        return True

    def look(self) -> PodLook:
        """How it is. Raises what went wrong inside of the kubelet."""
        if self.failure is not None:
            raise self.failure
        init, main = (
            tuple(each.look for each in runs)
            if runs
            else tuple(
                ContainerLook(name=text(each, "name"), state=self._before)
                for each in docs(self.order.doc, "spec", key)
            )
            for runs, key in ((self._init, "initContainers"), (self._main, "containers"))
        )
        phase = _phase(text(self.order.doc, "spec", "restartPolicy"), init, main)
        return PodLook(phase=phase, containers=main, init=init, ip=self.ip)

    def logs(self, container: str, *, previous: bool) -> str:
        found = [each for each in (*self._init, *self._main) if each.name == container]
        return found[0].logs(previous=previous) if found else ""

    def stop(self) -> None:
        """Begin to end it; `ended` tells when that is done."""
        if self._end is None:
            self.stopping.set()
            self._end = self._spawn(self._finish, "end of pod")

    def join(self) -> None:
        """Wait until none of its threads runs, once `stopping` is set."""
        for each in (*self._threads, *((self._end,) if self._end is not None else ())):
            each.join()

    def _finish(self) -> None:
        engine = self.house.engine
        for each in self._threads:
            each.join()
        seconds = min(grace(self.order.doc), self.house.longest_grace_s)
        made = [container for run in (*self._init, *self._main) for container in run.made]
        with ThreadPoolExecutor(max(1, len(made))) as pool:
            list(pool.map(lambda each: engine.end(each, seconds), made))
        engine.remove(*made, *([self._sandbox] if self._sandbox else []))
        engine.remove_volumes(*self._memory)
        self._volumes.remove()
        self.ended.set()
        self.house.view.nudge()


def _run(spec: Doc, around: Surroundings, first: Waiting, *, init: bool) -> ContainerRun:
    look = ContainerLook(name=text(spec, "name"), state=first)
    return ContainerRun(spec=spec, around=around, init=init, look=look)


def _phase(policy: str, init: tuple[ContainerLook, ...], main: tuple[ContainerLook, ...]) -> str:
    """After the kubelet's `getPhase`."""
    if any(not each.ready for each in init):
        over = any(isinstance(each.state, Terminated) and each.state.exit_code for each in init)
        return "Failed" if over and policy == "Never" else "Pending"
    states = [each.state for each in main]
    if any(isinstance(each.state, Waiting) and each.last is None for each in main):
        return "Pending"
    if any(isinstance(each, Running) for each in states) or policy == "Always":
        return "Running"
    codes = [each.exit_code for each in states if isinstance(each, Terminated)]
    if len(codes) < len(states):
        return "Running"
    if not any(codes):
        return "Succeeded"
    return "Failed" if policy == "Never" else "Running"
