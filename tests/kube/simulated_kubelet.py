"""A kubelet that runs nothing: pods live by a script and by the clock."""

from __future__ import annotations

import fnmatch
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import assert_never

from tests.kube.behaviours import (
    BadConfig,
    Behaviour,
    Crashes,
    Ends,
    NoImage,
    Runs,
    Unschedulable,
)
from tests.kube.cluster_clock import ClusterClock
from tests.kube.json_values import docs, text
from tests.kube.kubelet import (
    ContainerLook,
    PodLook,
    PodOrder,
    Running,
    Terminated,
    Waiting,
)
from tests.kube.kubelet_view import KubeletView


@dataclass(slots=True)
class _Life:
    order: PodOrder
    behaviour: Behaviour
    since: float
    ip: str


@dataclass(slots=True)
class SimulatedKubelet:
    """Behaviours by workload: `behave("Deployment/api", NoImage())`.

    A key is `Kind/name`, `namespace/Kind/name` or a pattern of these (`*/Deployment/api-*`); the
    one that was given last wins. Without one, pods of Jobs end well and all others become ready at
    once. `stop_s`: how long a pod takes to end.
    """

    clock: ClusterClock
    stop_s: float = 0.0
    changed: Callable[[], None] = field(default=lambda: None)
    _script: list[tuple[str, Behaviour]] = field(default_factory=list)
    _lives: dict[str, _Life] = field(default_factory=dict)
    _stops: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _count: int = 0

    def attach(self, view: KubeletView) -> None:
        self.changed = view.nudge

    def behave(self, workload: str, behaviour: Behaviour, *, now: bool = False) -> None:
        """From now on, new pods of `workload` behave so; with `now` those that live, too."""
        with self._lock:
            self._script.insert(0, (workload, behaviour))
            for life in self._lives.values() if now else ():
                if self._fits(workload, life.order):
                    life.behaviour = behaviour
                    life.since = self.clock.now()
        self.changed()

    def _fits(self, key: str, order: PodOrder) -> bool:
        full = f"{order.namespace}/{order.workload}"
        return fnmatch.fnmatchcase(full if key.count("/") > 1 else order.workload, key)

    def start(self, order: PodOrder) -> None:
        with self._lock:
            ends = text(order.doc, "spec", "restartPolicy") != "Always"
            found: Behaviour = next(
                (each for key, each in self._script if self._fits(key, order)),
                Ends() if ends else Runs(),
            )
            self._count += 1
            ip = f"10.244.{self._count // 250}.{self._count % 250 + 1}"
            self._lives[order.uid] = _Life(order, found, self.clock.now(), ip)

    def look(self, uid: str) -> PodLook:
        with self._lock:
            life = self._lives[uid]
            age = self.clock.now() - life.since
            match life.behaviour:
                case Runs(ready_s=ready_s):
                    ready = ready_s is not None and age >= ready_s
                    left = None if ready_s is None or ready else ready_s - age
                    return self._running(life, ready=ready, again_s=left)
                case NoImage(message=message, backoff_s=backoff_s):
                    backs_off = age >= backoff_s
                    image = text(docs(life.order.doc, "spec", "containers")[0], "image")
                    return self._waiting(
                        life,
                        "ImagePullBackOff" if backs_off else "ErrImagePull",
                        f'Back-off pulling image "{image}": {message}' if backs_off else message,
                        None if backs_off else backoff_s - age,
                    )
                case BadConfig(message=message):
                    return self._waiting(life, "CreateContainerConfigError", message, None)
                case Unschedulable(message=message):
                    return PodLook(phase="Pending", unschedulable=message)
                case Crashes() as crashes:
                    return self._crashing(life, crashes, age)
                case Ends() as ends:
                    return self._ending(life, ends, age)
                case never:
                    assert_never(never)

    def _running(self, life: _Life, *, ready: bool, again_s: float | None) -> PodLook:
        return PodLook(
            phase="Running",
            containers=tuple(
                ContainerLook(
                    name=name,
                    state=Running(started=life.since),
                    ready=ready,
                    unhealthy="" if ready else "Readiness probe failed",
                )
                for name in _names(life)
            ),
            ip=life.ip,
            again_s=again_s,
        )

    def _waiting(self, life: _Life, reason: str, message: str, again_s: float | None) -> PodLook:
        state = Waiting(reason=reason, message=message)
        return PodLook(
            phase="Pending",
            containers=tuple(ContainerLook(name=name, state=state) for name in _names(life)),
            ip=life.ip,
            again_s=again_s,
        )

    def _crashing(self, life: _Life, crashes: Crashes, age: float) -> PodLook:
        if age < crashes.runs_s:
            return self._running(life, ready=False, again_s=crashes.runs_s - age)
        cycle = crashes.runs_s + crashes.backoff_s
        runs, into = divmod(age, cycle)
        ended = int(runs) + (1 if into >= crashes.runs_s else 0)
        if crashes.recovers_after is not None and ended >= crashes.recovers_after:
            back = life.since + crashes.recovers_after * cycle
            if self.clock.now() >= back:
                look = self._running(life, ready=True, again_s=None)
                return self._restarted(look, life, crashes, crashes.recovers_after)
        if into < crashes.runs_s:
            look = self._running(life, ready=False, again_s=crashes.runs_s - into)
        else:
            name = _names(life)[0]
            message = (
                f"back-off {crashes.backoff_s:g}s restarting failed container={name} "
                f"pod={life.order.name}_{life.order.namespace}({life.order.uid})"
            )
            waiting = self._waiting(life, "CrashLoopBackOff", message, cycle - into)
            look = PodLook(
                phase="Running",
                containers=waiting.containers,
                ip=life.ip,
                again_s=waiting.again_s,
            )
        return self._restarted(look, life, crashes, ended)

    def _restarted(self, look: PodLook, life: _Life, crashes: Crashes, ended: int) -> PodLook:
        cycle = crashes.runs_s + crashes.backoff_s
        started = life.since + (ended - 1) * cycle
        last = Terminated(
            exit_code=crashes.exit_code,
            reason="Error",
            started=started,
            finished=started + crashes.runs_s,
        )
        return PodLook(
            phase="Running",
            containers=tuple(
                ContainerLook(
                    name=each.name,
                    state=each.state,
                    ready=each.ready,
                    restarts=ended,
                    last=last,
                    unhealthy=each.unhealthy,
                )
                for each in look.containers
            ),
            ip=look.ip,
            again_s=look.again_s,
        )

    def _ending(self, life: _Life, ends: Ends, age: float) -> PodLook:
        if age < ends.after_s:
            return self._running(life, ready=True, again_s=ends.after_s - age)
        code = 1 if life.order.attempt < ends.fails_first else ends.exit_code
        state = Terminated(
            exit_code=code,
            reason="Error" if code else "Completed",
            started=life.since,
            finished=life.since + ends.after_s,
        )
        return PodLook(
            phase="Failed" if code else "Succeeded",
            containers=tuple(ContainerLook(name=name, state=state) for name in _names(life)),
            ip=life.ip,
        )

    def stop(self, uid: str) -> bool:
        with self._lock:
            began = self._stops.setdefault(uid, self.clock.now())
            if self.clock.now() - began < self.stop_s:
                return False
            self._lives.pop(uid, None)
            self._stops.pop(uid)
            return True

    def logs(self, uid: str, container: str, *, previous: bool) -> str:
        with self._lock:
            life = self._lives.get(uid)
            if life is None or isinstance(life.behaviour, NoImage | BadConfig | Unschedulable):
                return ""
            return life.behaviour.log

    def close(self) -> None:
        with self._lock:
            self._lives.clear()


def _names(life: _Life) -> list[str]:
    return [text(each, "name") for each in docs(life.order.doc, "spec", "containers")]
