"""Start one component and wait at its gate; every way it can fail becomes one error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, assert_never

from orchestration.background import Background
from orchestration.errors import (
    ComponentError,
    GateError,
    OneShotError,
    PortError,
    StackwrightError,
    StoppedError,
)
from orchestration.events import Emit, Notice, Waiting
from orchestration.evidence import collect
from orchestration.hold import Cancelled, Died, Opened, Refused, TimedOut, hold
from orchestration.model import (
    Evidence,
    HostPort,
    Instance,
    Label,
    Launch,
    Life,
    Pacing,
    PortBinding,
    State,
)
from orchestration.patience import stop_if_asked
from orchestration.ports import Cancel, Clock, Engine, Gate, Runs
from orchestration.prompt_gate import PromptGate
from orchestration.references import Peer, expand
from orchestration.running import InstanceTarget
from orchestration.stack import Component, Stack
from orchestration.steps import step
from orchestration.tags import instance_name, network_name

AGAIN_S: Final = 5.0
"""How long the gate of a running component may take to open again."""

PORT_CHOICES: Final = 5
"""How often an engine may choose a port that another run has just leased."""

OTHERS_S: Final = 0.25
"""How long, while one gate is awaited, the death of an earlier component may go unseen."""


@dataclass(slots=True, kw_only=True)
class Startup:
    """Starts the components of one run, one after another.

    `witness`: the engine as it is asked for evidence. `background`: where probes are made.
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
            self._await_gate(component, component.gate, instance, self.deadline)
        self.check_alive(besides=component.name)
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
        self._await_gate(component, gate, instance, soon)

    def blame(self, error: StackwrightError, component: Component, at: str) -> None:
        """Give an error that knows nothing of the run the evidence of it."""
        if error.evidence is None:
            error.evidence = self._evidence(component, at, 0.0)

    def check_alive(self, *, besides: str = "") -> None:
        """Raise ComponentError when a component that had passed its gate is no longer alive."""
        self._others_due = self.clock.now() + OTHERS_S
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
                    evidence=self._evidence(component, "gate", 0.0, state=state),
                )

    def stop_if_asked(self) -> None:
        """Raise StoppedError when a stop was requested."""
        stop_if_asked(self.cancel)

    def _launch(self, component: Component, image: str) -> Launch:
        bindings = self._plan_ports(component)
        self.peers[component.name] = Peer(
            host=self.engine.peer_host(component.name), ports=bindings, gate=component.gate
        )

        def filled(text: str) -> str:
            value = expand(text, component.name, self.peers)
            return value if isinstance(value, str) else value.value

        embedded = component.embedded
        if embedded is not None:
            embedded = replace(
                embedded,
                command=tuple(filled(word) for word in embedded.command),
                env={
                    key: expand(value, component.name, self.peers)
                    for key, value in embedded.env.items()
                },
            )
        return Launch(
            name=instance_name(self.stack.name, component.name, self.run),
            component=component.name,
            image=image,
            ports=bindings,
            network=network_name(self.stack.name, self.run),
            command=tuple(filled(word) for word in component.command),
            env={
                key: expand(value, component.name, self.peers)
                for key, value in component.env.items()
            },
            mounts=component.mounts,
            aliases=(component.name, *component.aliases),
            labels={**self.labels, Label.COMPONENT: component.name},
            embedded=embedded,
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
        with step("start", component.name, clock=self.clock, emit=self.emit):
            try:
                return self.engine.start(launch)
            except StoppedError:
                raise
            except StackwrightError as error:
                error.evidence = self._evidence(component, "start", self.clock.now() - begun)
                raise

    def _await_gate(
        self, component: Component, gate: Gate, instance: Instance, deadline: float
    ) -> None:
        probe = gate.describe()

        def answered(answer: str, elapsed: float) -> None:
            waiting = Waiting(
                component=component.name, probe=probe, answer=answer, elapsed_s=elapsed
            )
            self.emit(waiting)

        def look() -> State:
            if self.clock.now() >= self._others_due:
                self.check_alive(besides=component.name)
            return self.engine.look(instance.id)

        with step("gate", component.name, probe, clock=self.clock, emit=self.emit):
            held = hold(
                PromptGate(gate, self.background, self.stop_if_asked),
                InstanceTarget(self.engine, instance),
                look=look,
                clock=self.clock,
                cancel=self.cancel,
                on_answer=answered,
                deadline=deadline,
            )
            name = component.name
            match held:
                case Opened():
                    return
                case Cancelled():
                    self.stop_if_asked()
                    raise StoppedError("stopped", signal=held.signal)
                case Died():
                    raise ComponentError(
                        f"component {name} died {held.elapsed_s:.1f} s after its start, "
                        f"before its gate opened: {held.state.describe()}",
                        fix="the end of its log, below, usually says why",
                        evidence=self._evidence(
                            component,
                            "gate",
                            held.elapsed_s,
                            probe=probe,
                            answers=held.answers,
                            state=held.state,
                        ),
                    )
                case Refused():
                    raise GateError(
                        f"the gate of component {name} can never open: {held.reason}",
                        why=f"the probe ({probe}) got an answer that waiting does not change",
                        fix="correct the gate's settings, or what the component is given "
                        "(password, user, command)",
                        evidence=self._evidence(
                            component, "gate", held.elapsed_s, probe=probe, answers=held.answers
                        ),
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
                        evidence=self._evidence(
                            component, "gate", held.elapsed_s, probe=probe, answers=held.answers
                        ),
                    )
                case never:
                    assert_never(never)

    def _await_exit(self, component: Component, instance: Instance) -> None:
        name = component.name
        with step("run", name, clock=self.clock, emit=self.emit):
            state, elapsed = self._until_exit(component, instance)
            # The code alone is not enough: Podman says 0 of a container that never started.
            if state.exit_code != 0 or not state.started or state.error:
                raise OneShotError(
                    f"one-shot {name} failed: {state.describe()}",
                    fix="the end of its log, below, says which statement or command failed",
                    evidence=self._evidence(component, "run", elapsed, state=state),
                )

    def _until_exit(self, component: Component, instance: Instance) -> tuple[State, float]:
        begun = self.clock.now()
        limit = min(begun + component.timeout, self.deadline)
        pauses = Pacing(interval=0.01, longest=0.25).intervals()
        while True:
            self.stop_if_asked()
            if self.clock.now() >= self._others_due:
                self.check_alive(besides=component.name)
            state = self.engine.look(instance.id)
            elapsed = self.clock.now() - begun
            if state.life not in (Life.RUNNING, Life.CREATED):
                return state, elapsed
            if self.clock.now() >= limit:
                raise OneShotError(
                    f"one-shot {component.name} has not ended after {elapsed:.1f} s",
                    fix="see its log below; raise its `timeout` if it is only slow",
                    evidence=self._evidence(component, "run", elapsed, state=state),
                )
            waiting = Waiting(
                component=component.name, probe="exit code 0", answer="running", elapsed_s=elapsed
            )
            self.emit(waiting)
            self.cancel.pause(min(next(pauses), limit - self.clock.now()))

    def _evidence(
        self,
        component: Component,
        at: str,
        elapsed: float,
        *,
        probe: str = "",
        answers: tuple[str, ...] = (),
        state: State | None = None,
    ) -> Evidence:
        return collect(
            self.witness,
            self.stack,
            component.name,
            at,
            elapsed_s=elapsed,
            started=self.started,
            launch=self.launches.get(component.name),
            probe=probe,
            answers=answers,
            state=state,
        )
