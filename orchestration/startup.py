"""Start one component and wait at its gate; every way it can fail becomes one error."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final, assert_never

from orchestration.background import TICK_S, Background, Job
from orchestration.errors import (
    ComponentError,
    GateError,
    OneShotError,
    PortError,
    StackwrightError,
    StoppedError,
)
from orchestration.events import Emit, Notice, StepFailed, Waiting
from orchestration.evidence import collect
from orchestration.filled_launch import launch_of
from orchestration.hold import LOOK_S, Cancelled, Died, Opened, Refused, TimedOut, hold
from orchestration.model import (
    Evidence,
    HostPort,
    Instance,
    Launch,
    Life,
    Pacing,
    PortBinding,
    State,
    Verdict,
)
from orchestration.patience import stop_if_asked
from orchestration.ports import Cancel, Clock, Engine, Gate, Runs
from orchestration.references import Peer
from orchestration.running import InstanceTarget
from orchestration.stack import Component, Stack
from orchestration.steps import step

UNKNOWN_S: Final = 0.4
"""How long the engine may not know of a death that no log or file tells (0.3 s), and what a server
may need to die of what it did after it had said that it was ready."""

AGAIN_S: Final = 5.0
"""How long the gate of a running component may take to open again."""

PORT_CHOICES: Final = 5
"""How often an engine may choose a port that another run has just leased."""

LEAVE_S: Final = 2.0
"""How long a start that nobody wants any more is awaited; the teardown waits for the rest."""


@dataclass(slots=True, kw_only=True)
class Startup:
    """Starts the components of one run, one after another.

    Whatever is awaited, those that run are looked at every LOOK_S, and a tick. A failure is told
    first, then its evidence is collected.
    `witness`: the engine as it is asked for evidence. `background`: where starts and probes run.
    `deadline`: the moment of `clock.now()` at which the whole run must be up.
    """

    engine: Engine
    witness: Engine
    background: Background
    runs: Runs
    stack: Stack
    run: str
    labels: Mapping[str, str]
    clock: Clock
    cancel: Cancel
    emit: Emit
    deadline: float
    started: dict[str, Instance] = field(default_factory=dict)
    launches: dict[str, Launch] = field(default_factory=dict)
    peers: dict[str, Peer] = field(default_factory=dict)
    _others_due: float = 0.0
    _unknown_until: float = 0.0

    def start(self, component: Component, image: str) -> Instance:
        """Start `component` from `image` and return when its gate is open.

        Raises ComponentError, GateError, OneShotError, PortError, ClaimError or StoppedError, each
        with evidence.
        """
        for port in component.open_ports:
            told = f"port {port.name} of {component.name} is open to other machines"
            self.emit(Notice(text=f"{told}: the configuration binds it to {port.bind}"))
        launch = self._launch(component, image)
        self.launches[component.name] = launch
        instance = self._begin(component, launch)
        self.started[component.name] = instance
        if component.gate is None:
            self._await_exit(component, instance)
        else:
            with self._step("gate", component, component.gate.describe()):
                self._await_gate(component, component.gate, instance, self.deadline)
                self._check_alive(component.name)
                self._see_out(component)
        return instance

    def know(self, component: Component, instance: Instance) -> None:
        """Take a component that runs already for started, so that others can refer to it."""
        self.started[component.name] = instance
        self.peers[component.name] = Peer(
            host=self.engine.peer_host(component.name),
            ports=instance.ports,
            gate=component.gate,
        )

    def ask_again(self, component: Component, gate: Gate, instance: Instance) -> None:
        """Pass the gate of a component that has been running, within a few seconds.

        Raises as `start` does.
        """
        soon = min(self.deadline, self.clock.now() + AGAIN_S)
        with self._step("gate", component, gate.describe()):
            self._await_gate(component, gate, instance, soon)

    def await_image(self, component: Component, image: Callable[[Callable[[], None]], str]) -> str:
        """What `image` comes to; it calls what it is given on every tick of its wait.

        Raises what `image` does, with evidence, and ComponentError when another one dies meanwhile.
        """
        begun = self.clock.now()
        with self._witnessed():
            try:
                return image(self._keep_watch)
            except StoppedError:
                raise
            except ComponentError as error:
                elapsed = self.clock.now() - begun
                self.emit(
                    StepFailed(
                        step="image", component=component.name, reason=error.what, elapsed_s=elapsed
                    )
                )
                raise
            except StackwrightError as error:
                error.evidence = Evidence(component=component.name, step="image", elapsed_s=0.0)
                raise

    def stop_if_asked(self) -> None:
        """Raise StoppedError when a stop was requested."""
        stop_if_asked(self.cancel)

    def _keep_watch(self, besides: str = "") -> None:
        self.stop_if_asked()
        if self.clock.now() >= self._others_due:
            self._check_alive(besides)

    def _check_alive(self, besides: str) -> None:
        """Raise ComponentError when a component that had passed its gate is no longer alive."""
        for name, instance in self.started.items():
            component = self.stack.component(name)
            if component.one_shot or name == besides:
                continue
            state = self.engine.look(instance.id)
            if not state.alive:
                raise ComponentError(
                    f"component {name} died after its gate had opened: {state.describe()}",
                    fix=f"its log says why: `stackwright stack logs --component {name}` with "
                    "`--keep`, or the end of it above",
                    evidence=Evidence(component=name, step="gate", elapsed_s=0.0, state=state),
                )
        self._others_due = self.clock.now() + LOOK_S

    def _see_out(self, component: Component) -> None:
        """After the last one nobody else watches those whose log or file showed them ready."""
        if component.name != self.stack.components[-1].name:
            return
        while (left := self._unknown_until - self.clock.now()) > 0:
            self._keep_watch()
            self.cancel.pause(min(left, TICK_S))
        if self._unknown_until:
            self._check_alive("")

    def _launch(self, component: Component, image: str) -> Launch:
        bindings = self._plan_ports(component)
        self.peers[component.name] = Peer(
            host=self.engine.peer_host(component.name), ports=bindings, gate=component.gate
        )
        return launch_of(
            component,
            image=image,
            ports=bindings,
            stack=self.stack.name,
            run=self.run,
            peers=self.peers,
            labels=self.labels,
        )

    def _plan_ports(self, component: Component) -> tuple[PortBinding, ...]:
        """Where the ports will be. What the engine chose is leased; pinned ports are already."""
        pinned = {request.name for request in component.ports if request.host is not None}
        for left in reversed(range(PORT_CHOICES)):
            bindings = self.engine.plan_ports(component.ports)
            chosen = tuple(
                HostPort(each.bind, each.host)
                for each in bindings
                if each.host and each.name not in pinned
            )
            if not chosen:
                return bindings
            try:
                self.runs.lease(self.run, chosen)
            except PortError:
                if not left:
                    raise
            else:
                return bindings
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _begin(self, component: Component, launch: Launch) -> Instance:
        self.stop_if_asked()
        begun = self.clock.now()
        job: Job[Instance] | None = None
        try:
            with self._step("start", component):
                # Not before the step is told: what is told of comes after it.
                job = self.background.begin(
                    lambda: self.engine.start(launch), makes=f"start {component.name}"
                )
                try:
                    return job.result(self._keep_watch)
                except StoppedError:
                    raise
                except StackwrightError as error:
                    if error.evidence is None:
                        error.evidence = Evidence(
                            component=component.name,
                            step="start",
                            elapsed_s=self.clock.now() - begun,
                        )
                    raise
        finally:
            if job is not None:
                self._see_off(job)

    def _see_off(self, job: Job[Instance]) -> None:
        """What is still being made is easier to remove when it is there."""
        for _ in range(int(LEAVE_S / TICK_S)):
            if self.cancel.requested() is not None or job.wait(TICK_S):
                return

    def _await_gate(
        self, component: Component, gate: Gate, instance: Instance, deadline: float
    ) -> None:
        probe = gate.describe()
        target = InstanceTarget(self.engine, instance)

        def answered(answer: str, elapsed: float) -> None:
            waiting = Waiting(
                component=component.name, probe=probe, answer=answer, elapsed_s=elapsed
            )
            self.emit(waiting)

        def probed(keep: Callable[[], None]) -> Verdict:
            # In the background: it may take seconds at a component that does not answer.
            return self.background.begin(lambda: gate.look(target)).result(keep)

        held = hold(
            probed,
            gate.pacing,
            look=lambda: self.engine.look(instance.id),
            still=lambda: self._keep_watch(component.name),
            clock=self.clock,
            cancel=self.cancel,
            on_answer=answered,
            deadline=deadline,
        )
        name = component.name
        known = Evidence(
            component=name,
            step="gate",
            elapsed_s=held.elapsed_s,
            probe=probe,
            answers=held.answers,
        )
        match held:
            case Opened():
                if held.lasting:
                    self._unknown_until = self.clock.now() + UNKNOWN_S
            case Cancelled():
                self.stop_if_asked()
                raise StoppedError("stopped", signal=held.signal)
            case Died():
                # It may have died of the death of another one.
                self._check_alive(name)
                raise ComponentError(
                    f"component {name} died {held.elapsed_s:.1f} s after its start, "
                    f"before its gate opened: {held.state.describe()}",
                    fix="the end of its log, below, usually says why",
                    evidence=replace(known, state=held.state),
                )
            case Refused():
                raise GateError(
                    f"the gate of component {name} can never open: {held.reason}",
                    why=f"the probe ({probe}) got an answer that waiting does not change",
                    fix="correct the gate's settings, or what the component is given "
                    "(password, user, command)",
                    evidence=known,
                )
            case TimedOut():
                limit = "the run's deadline" if held.by_deadline else "its timeout"
                raise GateError(
                    f"the gate of component {name} did not open within "
                    f"{held.elapsed_s:.1f} s ({limit})",
                    why=f"the probe ({probe}) last answered: "
                    f"{held.answers[-1] if held.answers else 'nothing'}",
                    fix=f"see its log below; if it is only slow, raise "
                    f"`stacks.{self.stack.name}.components.{name}.gate.timeout`",
                    evidence=known,
                )
            case never:
                assert_never(never)

    def _await_exit(self, component: Component, instance: Instance) -> None:
        name = component.name
        with self._step("run", component):
            state, elapsed = self._until_exit(component, instance)
            # It may have failed because another one died.
            self._check_alive(name)
            # The code alone is not enough: Podman says 0 of a container that never started.
            if state.exit_code != 0 or not state.started or state.error:
                raise OneShotError(
                    f"one-shot {name} failed: {state.describe()}",
                    fix="the end of its log, below, says which statement or command failed",
                    evidence=Evidence(component=name, step="run", elapsed_s=elapsed, state=state),
                )
            self._see_out(component)

    def _until_exit(self, component: Component, instance: Instance) -> tuple[State, float]:
        begun = self.clock.now()
        limit = min(begun + component.timeout, self.deadline)
        pauses = Pacing(interval=0.01, longest=LOOK_S).intervals()
        while True:
            self._keep_watch(component.name)
            state = self.engine.look(instance.id)
            elapsed = self.clock.now() - begun
            if state.life not in (Life.RUNNING, Life.CREATED):
                return state, elapsed
            if self.clock.now() >= limit:
                raise OneShotError(
                    f"one-shot {component.name} has not ended after {elapsed:.1f} s",
                    fix="see its log below; raise its `timeout` if it is only slow",
                    evidence=Evidence(
                        component=component.name, step="run", elapsed_s=elapsed, state=state
                    ),
                )
            waiting = Waiting(
                component=component.name, probe="exit code 0", answer="running", elapsed_s=elapsed
            )
            self.emit(waiting)
            due = min(self._others_due, limit) - self.clock.now()
            self.cancel.pause(min(next(pauses), max(due, 0.0)))

    @contextmanager
    def _step(self, name: str, component: Component, detail: str = "") -> Iterator[None]:
        with (
            self._witnessed(),
            step(name, component.name, detail, clock=self.clock, emit=self.emit),
        ):
            yield

    @contextmanager
    def _witnessed(self) -> Iterator[None]:
        """Complete the evidence of a failure that has been told."""
        try:
            yield
        except StackwrightError as error:
            if error.evidence is not None:
                error.evidence = collect(
                    self.witness,
                    self.stack,
                    error.evidence,
                    started=self.started,
                    launches=self.launches,
                )
            raise
