"""One component killed while its stack comes up, and how soon the run knows."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from orchestration.errors import StackwrightError, StoppedError
from orchestration.events import Event, RunStarted, StepFailed, StepFinished, Waiting
from orchestration.shared_stack import SharedStack
from soak.killer import WAYS, Killer, cue
from soak.outcome import Death
from soak.scene import Scene
from soak.stopwatch import stopwatch
from soak.victim import main_process


@dataclass(frozen=True, slots=True, kw_only=True)
class SuddenDeath:
    """`victim` ends by `how`, `delay` seconds after its start (or after its gate)."""

    scene: Scene
    victim: str
    how: str
    delay: float

    def play(self) -> Death:
        """Up until the run fails. Raises KeyboardInterrupt when stopped."""
        course = _Course(self)
        error: StackwrightError | None = None
        with stopwatch() as watch:
            shared = SharedStack(
                cwd=self.scene.directory,
                service=None,
                engine=self.scene.engine,
                config=self.scene.doomed,
                fresh=True,
                keep=False,
                xdist=None,
                progress=lambda _redact: course.hear,
            )
            try:
                shared.acquire()
                shared.release()
            except StoppedError as stopped:
                raise KeyboardInterrupt from stopped
            except StackwrightError as raised:
                error = raised
        course.killer.wait()
        died, noticed, told = course.killer.died, watch.noticed, course.told
        evidence = error.evidence if error is not None else None
        return Death(
            engine=self.scene.engine,
            victim=self.victim,
            how=self.how,
            delay_s=self.delay,
            during=course.failed_in,
            noticed_s=_after(noticed, died),
            told_s=_after(told, died),
            blamed=evidence.component if evidence is not None else "",
            problem=course.killer.problem or _problem(error, course.killer.acted, noticed),
            left=self.scene.left(),
        )


def _after(moment: float | None, died: float | None) -> float | None:
    return max(moment - died, 0.0) if moment is not None and died is not None else None


def _problem(error: StackwrightError | None, acted: float | None, noticed: float | None) -> str:
    if error is None:
        return "the stack came up all the same"
    if noticed is None or acted is None or noticed < acted:
        return f"the run failed for another reason: {' '.join(str(error).split())}"
    return ""


@dataclass(slots=True)
class _Course:
    """Hears what happens, and sets the killer going."""

    plan: SuddenDeath
    run: str = ""
    told: float | None = None
    failed_in: str = ""
    cue: str = field(init=False)
    killer: Killer = field(init=False)

    def __post_init__(self) -> None:
        plan = self.plan
        self.cue = cue(plan.victim, plan.how)
        self.killer = Killer(
            find=lambda: main_process(plan.scene, self.run, plan.victim),
            number=WAYS[plan.victim][plan.how],
            delay=plan.delay,
            orderly=plan.victim in ("postgres", "redis") and plan.how != "SIGKILL",
        )

    def hear(self, event: Event) -> None:
        """As an Emit."""
        victim = self.plan.victim
        match event:
            case RunStarted():
                self.run = event.run
            case StepFinished(component=component, step=step) if component == victim:
                if step == self.cue:
                    self.killer.begin()
            case Waiting(component=component) if component == victim == "late":
                # Only what has answered can hear a signal: before, a first process ignores it.
                if "503" in event.answer:
                    self.killer.begin()
            case StepFailed() if self.told is None:
                self.told = time.monotonic()
                self.failed_in = f"{event.step} {event.component}"
