"""The life of one container of a pod: made, watched, probed, and started again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import Final

from orchestration.model import Life, State
from tests.kube.containers import container_environment
from tests.kube.containers.container_engine import ContainerEngine, LocalImage
from tests.kube.containers.container_environment import PodFacts
from tests.kube.containers.container_order import ContainerOrder, grace, memory_limit
from tests.kube.containers.pod_volumes import PodVolumes
from tests.kube.containers.probe import Probe
from tests.kube.containers.refused_error import RefusedError
from tests.kube.containers.rights import rights
from tests.kube.json_values import Doc, child, number, text
from tests.kube.kubelet import ContainerLook, Running, Terminated, Waiting

PULL_AGAIN_S: Final = 0.3
"""From ErrImagePull to ImagePullBackOff; a real kubelet asks the registry again in between."""
_CONFIG_AGAIN_S: Final = 1.0
_LONGEST_BACK_OFF_S: Final = 300.0
_QUICK_S, _STEADY_S, _QUICKLY_FOR_S = 0.1, 0.25, 3.0
"""How often to look whether it still runs: at first, later, and how long the beginning is."""
_CANNOT_START: Final = 128
_KILLED: Final = 137


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the containers of one pod share. `hosts`: the file with the names of Services."""

    engine: ContainerEngine
    facts: PodFacts
    volumes: PodVolumes
    images: Callable[[str], str]
    hosts: str
    sandbox: str
    stopping: Event
    changed: Callable[[], None]
    back_off_s: float


@dataclass(slots=True)
class ContainerRun:
    """`look`: how it is now. `made`: ids of its containers, the newest last."""

    spec: Doc
    around: Surroundings
    init: bool
    look: ContainerLook
    made: list[str] = field(default_factory=list)
    _pause_s: float = 0.0
    _starts: int = 0
    _put_down: bool = False

    @property
    def name(self) -> str:
        return text(self.spec, "name")

    def run(self) -> bool:
        """Live until it is not started again, or the pod stops; whether it ended well."""
        while not self.around.stopping.is_set():
            started = self._start()
            if started is None:
                continue
            ended = self._watch(started)
            if ended is None:
                break
            well = ended.exit_code == 0
            self._see(ended, ready=self.init and well)
            if not self._comes_again(well=well):
                return well
            self._back_off()
        return False

    def _see(
        self,
        state: Waiting | Running | Terminated,
        *,
        ready: bool = False,
        unhealthy: str = "",
    ) -> None:
        before = self.look
        ended = before.state if isinstance(before.state, Terminated) else None
        self.look = ContainerLook(
            name=self.name,
            state=state,
            ready=ready,
            restarts=max(0, self._starts - 1),
            last=before.last if ended is None or ended is state else ended,
            unhealthy=unhealthy,
        )
        if self.look != before:
            self.around.changed()

    def _comes_again(self, *, well: bool) -> bool:
        policy = text(self.around.facts.pod, "spec", "restartPolicy")
        if self.init:
            return not well and policy != "Never"
        return policy == "Always" or (policy == "OnFailure" and not well)

    def _back_off(self) -> None:
        """Come again at once the first time, then after 10 s, 20 s, … as a kubelet does."""
        pause, self._pause_s = self._pause_s, self._pause_s * 2 or self.around.back_off_s
        self._pause_s = min(self._pause_s, _LONGEST_BACK_OFF_S)
        if pause:
            metadata = child(self.around.facts.pod, "metadata")
            message = (
                f"back-off {pause:g}s restarting failed container={self.name} "
                f"pod={text(metadata, 'name')}_{text(metadata, 'namespace')}"
                f"({text(metadata, 'uid')})"
            )
            self._see(Waiting(reason="CrashLoopBackOff", message=message))
            self.around.stopping.wait(pause)

    def _start(self) -> float | Terminated | None:
        """Since when it runs; how it ended when it cannot be started; None when it waits."""
        try:
            image = self._image()
            if image is None:
                return None
            container = self.around.engine.create(self._order(image))
        except RefusedError as refused:
            self._see(Waiting(reason=refused.reason, message=str(refused)))
            self.around.stopping.wait(_CONFIG_AGAIN_S)
            return None
        self.made.append(container)
        while len(self.made) > 2:
            self.around.engine.remove(self.made.pop(0))
        if self.around.stopping.is_set():
            return None
        began = self.around.facts.view.now()
        self._starts += 1
        self._put_down = False
        try:
            self.around.engine.start(container)
        except RefusedError as refused:
            return Terminated(
                exit_code=_CANNOT_START,
                reason=refused.reason,
                started=began,
                finished=began,
                message=str(refused),
            )
        return began

    def _image(self) -> LocalImage | None:
        wanted = text(self.spec, "image")
        found = self.around.engine.image(self.around.images(wanted))
        if found is not None:
            return found
        stopping = self.around.stopping
        if text(self.spec, "imagePullPolicy") == "Never":
            told = f'Container image "{wanted}" is not present with pull policy of Never'
            self._see(Waiting(reason="ErrImageNeverPull", message=told))
            stopping.wait(self.around.back_off_s)
            return None
        told = f'failed to pull image "{wanted}": the engine does not have it, and pulls nothing'
        self._see(Waiting(reason="ErrImagePull", message=told))
        stopping.wait(PULL_AGAIN_S)
        told = f'Back-off pulling image "{wanted}": ErrImagePull: {told}'
        self._see(Waiting(reason="ImagePullBackOff", message=told))
        stopping.wait(self.around.back_off_s)
        return None

    def _order(self, image: LocalImage) -> ContainerOrder:
        around = self.around
        variables = container_environment.environment(around.facts, self.spec)
        return ContainerOrder(
            name=f"{around.engine.name}-{around.sandbox[:8]}-{self.name}-{self._starts}",
            image=image.id,
            entrypoint=container_environment.words(self.spec, "command", variables),
            command=container_environment.words(self.spec, "args", variables),
            env=variables,
            binds=(*around.volumes.binds(self.spec), f"{around.hosts}:/etc/hosts:ro"),
            inside=around.sandbox,
            workdir=text(self.spec, "workingDir"),
            memory=memory_limit(self.spec),
            rights=rights(around.facts.pod, self.spec, image.user),
        )

    def _watch(self, started: float | Terminated) -> Terminated | None:
        """Until it ends; None when the pod stops first."""
        if isinstance(started, Terminated):
            return started
        container, began = self.made[-1], time.monotonic()
        probes = self._probes(container, began)
        self._show(started, probes)
        while not self.around.stopping.is_set():
            state = self.around.engine.look(container)
            if state.life not in (Life.RUNNING, Life.CREATED):
                return self._ended(state, started)
            for probe in self._due(probes):
                if probe.look(time.monotonic) or probe.told:
                    self._show(started, probes)
                if probe.holds is False and probe.sort != "Readiness":
                    self._put_down = True
                    self.around.engine.end(container, grace(self.around.facts.pod))
                    break
            young = time.monotonic() - began < _QUICKLY_FOR_S
            self.around.stopping.wait(_QUICK_S if young else _STEADY_S)
        return None

    def _due(self, probes: dict[str, Probe]) -> list[Probe]:
        now = time.monotonic()
        first = probes.get("Startup")
        if first is not None and not first.holds:
            return [first] if now >= first.next_at else []
        return [each for each in probes.values() if each is not first and now >= each.next_at]

    def _show(self, started: float, probes: dict[str, Probe]) -> None:
        ready = all(probes[sort].holds for sort in ("Startup", "Readiness") if sort in probes)
        told = next((each.told for each in probes.values() if each.told), "")
        self._see(Running(started=started), ready=ready and not self.init, unhealthy=told)

    def _probes(self, container: str, began: float) -> dict[str, Probe]:
        found: dict[str, Probe] = {}
        for sort in () if self.init else ("Startup", "Liveness", "Readiness"):
            spec = child(self.spec, f"{sort.lower()}Probe")
            if spec:
                found[sort] = Probe(
                    sort=sort,
                    spec=spec,
                    container=self.spec,
                    ip=self.around.facts.ip,
                    execute=lambda command, timeout: self.around.engine.execute(
                        container, command, timeout=timeout
                    ),
                    next_at=began + number(spec, "initialDelaySeconds"),
                )
        return found

    def _ended(self, state: State, started: float) -> Terminated:
        code = _KILLED if state.exit_code is None else state.exit_code
        starved = state.oom_killed or (
            code == _KILLED
            and memory_limit(self.spec) > 0
            and not (self._put_down or self.around.engine.tells_oom)
        )
        reason = "OOMKilled" if starved else "Error" if code else "Completed"
        return Terminated(
            exit_code=code,
            reason=reason,
            started=started,
            finished=self.around.facts.view.now(),
        )

    def logs(self, *, previous: bool) -> str:
        """What it wrote in this run, or in the one before."""
        wanted = self.made[-2:-1] if previous and not self._between() else self.made[-1:]
        return self.around.engine.logs(wanted[0]) if wanted else ""

    def _between(self) -> bool:
        """Whether the newest container is the run before, because the next is not made yet."""
        return isinstance(self.look.state, Waiting) and self.look.last is not None
