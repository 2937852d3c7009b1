"""The one thread in which all controllers take turns."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from tests.kube import garbage
from tests.kube.controllers import deployments, jobs, stateful_sets, surroundings
from tests.kube.controllers.pods import Pods
from tests.kube.controllers.world import World

_LONGEST_S = 3600.0


@dataclass(slots=True)
class Loop:
    """Runs rounds while anything changes or is due.

    `failure`: what ended it before `stop`; a test that uses the cluster looks at it.
    """

    world: World
    pods: Pods = field(default_factory=Pods)
    failure: BaseException | None = None
    _stopped: bool = False
    _nudged: bool = False
    _idle_at: int = -1
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self.world.registry.clock.on_move(self.nudge)
        self._thread = threading.Thread(target=self._run, name="controllers", daemon=True)
        self._thread.start()

    def nudge(self) -> None:
        """Have it look again: time was moved, or a script changed."""
        store = self.world.registry.store
        with store.changed:
            self._nudged = True
            store.changed.notify_all()

    def settle(self, timeout: float = 10.0) -> None:
        """Wait until nothing is left to do before time goes on. Raises what ended the loop, and
        TimeoutError."""
        store = self.world.registry.store
        with store.changed:
            done = store.changed.wait_for(
                lambda: self._failed() or (self._idle_at == store.revision and not self._nudged),
                timeout,
            )
        self.check()
        if not done:
            raise TimeoutError(f"the controllers are still at work after {timeout} s")

    def check(self) -> None:
        """Raises what ended the loop before its time."""
        if self.failure is not None:
            raise self.failure

    def _failed(self) -> bool:
        return self.failure is not None

    def stop(self) -> None:
        """End it, and everything that the kubelet runs."""
        self._stopped = True
        self.nudge()
        if self._thread is not None:
            self._thread.join(10.0)
        self.world.kubelet.close()

    def _run(self) -> None:
        try:
            while not self._stopped:
                self._turn()
        except BaseException as problem:
            self.failure = problem
            self.nudge()
            raise

    def _turn(self) -> None:
        store = self.world.registry.store
        with store.lock:
            before = store.revision
            self._nudged = False
        self.world.sleep_on()
        self.round()
        with store.changed:
            if store.revision != before:
                return
            if not self._called():
                self._idle_at = before
                store.changed.notify_all()
        clock, due = self.world.registry.clock, self.world.wake_s
        pause = clock.real_wait(due) if due is not None else _LONGEST_S
        store.wait(before, max(0.001, pause), self._called)

    def _called(self) -> bool:
        return self._stopped or self._nudged

    def round(self) -> None:
        """Every controller once."""
        lock = self.world.registry.store.lock
        garbage.collect(self.world.registry)
        for each in (surroundings, deployments, stateful_sets, jobs):
            with lock:
                each.reconcile(self.world)
        self.pods.reconcile(self.world)
