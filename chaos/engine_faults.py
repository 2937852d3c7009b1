"""The engine itself is killed at a step, and started again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from chaos.api_faults import CONTAINERFILE, STACK
from chaos.leftovers import KILLED_S
from chaos.own_engine import OwnEngine, external_containers
from chaos.stage import Command, Stage
from chaos.trial import EngineName, Trial

Return = Literal["back at once", "back after 3 s"]

_AWAY_S: Final = 3.0
_OTHERS_BUILD_S: Final = 8.0
_IN_THE_BUILD_S: Final = 1.0
_STEPS: Final[dict[EngineName, tuple[str, ...]]] = {
    "podman": (
        *("build app", "network", "start once", "run once", "start app", "gate app"),
        *("start side", "gate side", "remove"),
    ),
    # A daemon of our own takes 5 s to have, with its images.
    "docker": ("build app", "start app", "gate app", "remove"),
}
_SLOW_BUILD: Final = CONTAINERFILE + "RUN sleep 2\n"
_IMAGE: Final = "localhost/stackwright-python:3.11"


def engine_faults(engine: EngineName) -> Iterator[EngineFault]:
    """All of them on one engine."""
    returns: tuple[Return, ...] = ("back at once", "back after 3 s")
    for step in _STEPS[engine]:
        for returned in returns:
            yield EngineFault(engine=engine, step=step, returned=returned)


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFault:
    """`up` and `down` on an engine of our own, which gets SIGKILL when `step` begins.

    `remove` is the step of `down`. A build is killed 1 s after it began.
    """

    engine: EngineName
    step: str
    returned: Return

    def __str__(self) -> str:
        return f"{self.engine}, engine killed at {self.step}, {self.returned}"

    @property
    def table(self) -> str:
        """As Case says."""
        return "the engine is killed"

    @property
    def row(self) -> str:
        """As Case says."""
        return self.returned

    @property
    def column(self) -> str:
        """As Case says."""
        return self.engine

    def play(self) -> Trial:
        """As Case says."""
        files = {"app/Containerfile": _SLOW_BUILD if self.step == "build app" else CONTAINERFILE}
        before = external_containers() if self.engine == "podman" else set()
        with Stage.of(self.engine, STACK, files) as stage:
            own = OwnEngine(engine=self.engine, directory=stage.directory)
            stage.url = own.url
            with own.serving(_IMAGE):
                took = self._play(stage, own)
                if self.engine == "podman":
                    left = _lasting(before)
                    stage.problems += [f"left: container of a build {each}" for each in left]
                stage.close()
            codes = ", ".join(str(each.code) for each in stage.commands)
            return Trial(
                case=self,
                problems=tuple(stage.problems),
                took=took,
                output=stage.output,
                note=f"exit {codes}",
            )

    def _play(self, stage: Stage, own: OwnEngine) -> dict[str, float]:
        up = stage.up(step=self.step)
        if self.step != "remove":
            self._kill(stage, own, up)
        up.ended()
        if self.step == "remove":
            stage.judge(up, frozenset({0}))
        elif self.returned == "back at once":
            # Nothing need have been asked meanwhile. Docker's containers die with it.
            stage.judge(up, frozenset({0, 3, 7, 8, 10}))
        else:
            stage.judge(up, frozenset({3, 7}))
        if up.code == 0:
            down = stage.down(step=self.step)
            if self.step == "remove":
                self._kill(stage, own, down)
            down.ended()
            stage.judge(down, frozenset({0, 3, 11}))
        elif up.code is not None:
            stage.judge_evidence(code=up.code, component="")
        begun = time.monotonic()
        stage.judge_left(within=KILLED_S)
        return {
            "from the exit after the engine's death until nothing was left": (
                time.monotonic() - begun
            )
        }

    def _kill(self, stage: Stage, own: OwnEngine, command: Command) -> None:
        if not command.reached():
            stage.problems.append(f"it never reached {self.step}")
            return
        if self.step == "build app":
            command.go_on()
            time.sleep(_IN_THE_BUILD_S)
        own.kill()
        if self.returned == "back at once":
            own.start()
        if self.step != "build app":
            command.go_on()
        if self.returned == "back after 3 s":
            time.sleep(_AWAY_S)
            own.start()


def _lasting(before: set[str]) -> set[str]:
    """What of builds is there, was not `before`, and stays: others may be building."""
    found = external_containers() - before
    until = time.monotonic() + _OTHERS_BUILD_S
    while found and time.monotonic() < until:
        time.sleep(0.5)
        found &= external_containers()
    return found
