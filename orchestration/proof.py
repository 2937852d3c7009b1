"""Prove that a running stack is the one that is meant, and bring its one-shots up to date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

from orchestration.engine_calls import EngineCalls
from orchestration.errors import ReuseError, StackwrightError, StoppedError
from orchestration.events import Emit, Notice
from orchestration.model import Instance, Kind, Label
from orchestration.patience import stop_if_asked
from orchestration.ports import Gate, Runs
from orchestration.record import RunRecord
from orchestration.stack import Build, Component
from orchestration.startup import Startup

_AGAIN: Final = "`stackwright stack down`, then bring it up again"
_LOOK_S: Final = 0.1


@contextmanager
def in_turn(runs: Runs, record: RunRecord, calls: EngineCalls, emit: Emit) -> Iterator[None]:
    """Join, prove and leave a run while no other process does: two would run its changed one-shots
    at once, each removing those of the other, and one that fails would give back the hold of
    another that shares it. Whoever comes second finds in the record what the first has done.

    Raises ReuseError when the deadline of `calls` comes first, and StoppedError.
    """
    told = False
    while True:
        with runs.alone(record.run) as ours:
            if ours:
                yield
                return
        if calls.clock.now() >= calls.deadline:
            raise ReuseError(
                f"the running stack {record.stack} cannot be proved in time",
                why="another process has been proving it until the deadline of the stack",
                fix="wait for that process, or end it; then try again",
            )
        if not told:
            told = True
            emit(Notice(text=f"stack {record.stack} is being proved by another: waiting for it"))
        stop_if_asked(calls.cancel)
        calls.cancel.pause(_LOOK_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """One attempt to reuse the run of `record`. `inputs`: what it would be made from now."""

    startup: Startup
    runs: Runs
    record: RunRecord
    inputs: Mapping[str, str]

    def establish(self) -> RunRecord:
        """Compare inputs, run changed one-shots again, pass every gate again; the record after it.

        A one-shot (a migration) whose files or command changed runs again on the running stack; one
        whose inputs are the same does not. Any other difference, a component that is gone and a
        gate that does not open are a ReuseError that names it.
        """
        changed = self._changed()
        again = {component.name for component in self._one_shots() if changed.get(component.name)}
        differing = sorted(
            name for owner, names in changed.items() if owner not in again for name in names
        )
        if differing:
            raise ReuseError(
                f"the running stack {self.record.stack} is not what the configuration says now",
                why=f"changed since it was started: {', '.join(differing)}",
                fix=_AGAIN,
            )
        for component in self.startup.stack.components:
            instance = self.record.instances.get(component.name)
            if instance is None:
                raise ReuseError(
                    f"the running stack {self.record.stack} has no {component.name}", fix=_AGAIN
                )
            self.startup.know(component, instance)
            if component.gate is not None:
                self._pass(component, component.gate, instance)
            elif component.name in again:
                self._run_again(component, changed[component.name])
        return self.runs.get(self.record.run) or self.record

    def _changed(self) -> dict[str, list[str]]:
        """The names of inputs that differ, by the component they belong to ("" for all)."""
        components = [each.name for each in self.startup.stack.components]
        found: dict[str, list[str]] = {}
        for name in sorted({*self.inputs, *self.record.inputs}):
            if self.inputs.get(name) != self.record.inputs.get(name):
                owner = next((each for each in components if name.startswith(f"{each}.")), "")
                found.setdefault(owner, []).append(name)
        return found

    def _one_shots(self) -> list[Component]:
        """Those that can run again: what is built would have to be built again first."""
        return [
            each
            for each in self.startup.stack.components
            if each.one_shot and not isinstance(each.source, Build)
        ]

    def _pass(self, component: Component, gate: Gate, instance: Instance) -> None:
        try:
            self.startup.ask_again(component, gate, instance)
        except StoppedError:
            raise
        except StackwrightError as error:
            raise ReuseError(
                f"the running stack {self.record.stack} is not healthy: {error.what}",
                why=error.why,
                fix=_AGAIN,
                evidence=error.evidence,
            ) from error

    def _run_again(self, component: Component, names: list[str]) -> None:
        """Until it has succeeded its inputs are noted as unknown: a failed migration may have done
        half of its work, and must not count as either."""
        startup = self.startup
        startup.emit(
            Notice(text=f"{component.name} runs again: {', '.join(names)} changed since it ran")
        )
        self._note(dict.fromkeys(names, ""), {})
        old: dict[str, str] = {Label.RUN: self.record.run, Label.COMPONENT: component.name}
        for resource in startup.engine.list_resources(old):
            if resource.kind is Kind.CONTAINER:
                startup.engine.remove(resource)
        try:
            image = self._image(component)
            instance = startup.start(component, image)
        except StoppedError:
            raise
        except StackwrightError as error:
            self._note({}, {component.name: startup.started[component.name]})
            raise ReuseError(
                f"{component.name} changed and failed when it ran again on the running stack: "
                f"{error.what}",
                why=error.why,
                fix=f"correct it, or start afresh: {_AGAIN}",
                evidence=error.evidence,
            ) from error
        self._note({name: self.inputs.get(name, "") for name in names}, {component.name: instance})

    def _image(self, component: Component) -> str:
        if not self.startup.engine.info.uses_images or not isinstance(component.source, str):
            return ""
        found = self.startup.engine.find_image(component.source)
        if found is None:
            raise ReuseError(f"the image {component.source} is gone", fix=_AGAIN)
        return found

    def _note(self, inputs: Mapping[str, str], instances: Mapping[str, Instance]) -> None:
        self.runs.change(
            self.record.run,
            lambda now: replace(
                now,
                inputs={**now.inputs, **inputs},
                instances={**now.instances, **instances},
            ),
        )
