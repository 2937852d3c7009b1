"""The matrix: one cell is one run, ended in one way at one step."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from chaos.leftovers import KILLED_S, left_by
from chaos.ports import free_port
from chaos.scene import Runner, Scene
from chaos.trial import EngineName, Trial

Ending = Literal[
    "INT", "TERM", "HUP", "INT twice", "KILL", "KILL group", "KILL controller", "exception"
]

STEPS: Final = (
    "network",
    "start postgres",
    "gate postgres",
    "start migrations",
    "run migrations",
    "start redis",
    "gate redis",
    "start app",
    "gate app",
)
BUILDS: Final = ("build app",)
"""The steps of engines with images besides."""

_ENDINGS: Final[dict[Runner, tuple[Ending, ...]]] = {
    "cli": ("INT", "TERM", "HUP", "INT twice", "KILL", "KILL group", "exception"),
    "down": ("INT", "TERM", "KILL"),
    "api": ("INT", "TERM", "KILL", "exception"),
    "pytest": ("INT", "TERM", "KILL", "exception"),
    "xdist": ("INT", "TERM", "KILL", "KILL group", "KILL controller"),
}
SIGNALS: Final[dict[Ending, signal.Signals]] = {
    "INT": signal.SIGINT,
    "TERM": signal.SIGTERM,
    "HUP": signal.SIGHUP,
    "INT twice": signal.SIGINT,
    "KILL": signal.SIGKILL,
    "KILL group": signal.SIGKILL,
    "KILL controller": signal.SIGKILL,
}


_REACHED_S: Final = 60.0
_ENDED_S: Final = 60.0
_WATCHDOG_GOES_S: Final = 2.0
SECOND_S: Final = 0.15
"""Between the first and the second Ctrl-C."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """`runner` brings the stack up on `engine`; when `step` begins, `ending` happens.

    `step` is as an event names it, `tests` inside the tests or the block, and `remove` in a
    teardown. Under xdist `KILL` ends the worker that has reached the step, `KILL group` controller
    and workers, and all others go to the controller.
    """

    runner: Runner
    engine: EngineName
    step: str
    ending: Ending

    def __str__(self) -> str:
        return f"{self.engine}, {self.runner}, {self.ending} at {self.step}"

    @property
    def table(self) -> str:
        """As Case says."""
        return "every ending at every step"

    @property
    def row(self) -> str:
        """As Case says."""
        return f"{self.engine} {self.runner}"

    @property
    def column(self) -> str:
        """As Case says."""
        return self.ending

    @property
    def codes(self) -> frozenset[int]:
        """The exit codes that are right.

        pytest says 2 of an interruption and 1 of failed tests; a worker that was killed is
        replaced, and the test it ran counts as failed.
        """
        if self.ending == "exception":
            return frozenset({1})
        number = SIGNALS[self.ending]
        match self.runner:
            case "xdist" if self.ending == "KILL":
                return frozenset({1})
            case _ if number is signal.SIGKILL:
                return frozenset({-number})
            case "pytest" | "xdist":
                return frozenset({2})
            case "api" if number is signal.SIGINT:
                # Python ends itself with the signal once KeyboardInterrupt has passed through.
                return frozenset({-number, 128 + number})
            case "down":
                # A teardown that is asked to stop is what was asked for: it goes on to its end.
                return frozenset({0, 128 + number})
            case _ if self.ending == "INT twice":
                # The second may come when the work is done and Python has put its handlers away; a
                # shell calls both 130.
                return frozenset({-number, 128 + number})
            case _:
                return frozenset({128 + number})

    @property
    def killed(self) -> bool:
        """Whether nobody is left who could clean up at once."""
        return SIGNALS.get(self.ending) is signal.SIGKILL

    @property
    def grace(self) -> float:
        """Seconds after the exit in which something may still be there."""
        if self.killed or (self.step == "remove" and self.ending == "exception"):
            return KILLED_S
        # After any other end the run itself must have removed all before it ended. The watchdogs of
        # xdist's workers go when those have gone.
        return _WATCHDOG_GOES_S if self.runner == "xdist" else 0.0

    def play(self) -> Trial:
        """As Case says."""
        directory = Path(tempfile.mkdtemp(prefix="stackwright-chaos-"))
        try:
            return _play(self, directory)
        finally:
            shutil.rmtree(directory, ignore_errors=True)


def matrix(engines: tuple[EngineName, ...]) -> Iterator[Cell]:
    """All cells of these engines."""
    for engine in engines:
        steps = STEPS if engine == "embedded" else (*BUILDS, *STEPS)
        for runner, endings in _ENDINGS.items():
            for step in _steps(runner, steps):
                for ending in endings:
                    yield Cell(runner=runner, engine=engine, step=step, ending=ending)


def _steps(runner: Runner, steps: tuple[str, ...]) -> tuple[str, ...]:
    match runner:
        case "cli":
            return steps
        case "down":
            return ("remove",)
        case "api" | "pytest":
            return (*steps, "tests", "remove")
        case "xdist":
            # One step of each kind: the matrix would double for the same code.
            chosen = tuple(each for each in steps if each.split()[-1] in ("app", "network"))
            return (*chosen, "tests")


def _play(cell: Cell, directory: Path) -> Trial:
    port = free_port()
    scene = Scene.of(
        directory,
        port,
        runner=cell.runner,
        engine=cell.engine,
        step=cell.step,
        raises=cell.ending == "exception",
    )
    if cell.runner == "down":
        up = scene.product.run("stack", "up", "--engine", cell.engine, "--progress", "plain")
        if up.code:
            problem = f"`up` before the cell: exit {up.code}"
            return Trial(case=cell, problems=(problem,), output=up.err)
    process = scene.begin()
    problems: list[str] = []
    begun = time.monotonic()
    if cell.ending != "exception":
        problems += _end(cell, process, scene.stop)
        begun = time.monotonic()
    try:
        output, _ = process.communicate(timeout=_ENDED_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        problems.append(f"it did not end within {_ENDED_S:.0f} s")
    took = time.monotonic() - begun
    if process.returncode not in cell.codes:
        expected = " or ".join(str(each) for each in sorted(cell.codes))
        problems.append(f"exit code {process.returncode}, not {expected}")
    if "Traceback" in output and cell.ending != "exception" and cell.runner in ("cli", "down"):
        problems.append("a traceback")
    if took > 6.0 and cell.ending in ("INT", "TERM", "HUP", "INT twice"):
        problems.append(f"it took {took:.1f} s to end, of 6 s that it may")
    grace = cell.grace
    problems += [
        f"left: {each}" for each in left_by(cell.engine, scene.product, port, within=grace)
    ]
    if cell.killed:
        times = {"from SIGKILL until nothing was left": time.monotonic() - begun}
    else:
        times = {"from the signal to the exit": took}
    if problems:
        # Whatever it is must not spoil the next cell.
        scene.product.run("stack", "down", "--force")
        scene.product.run("stack", "clean")
    return Trial(case=cell, problems=tuple(problems), took=times, output=output)


def _end(cell: Cell, process: subprocess.Popen[str], stop: Path) -> list[str]:
    """Wait for the step and send what the cell ends with; what went wrong meanwhile."""
    until = time.monotonic() + _REACHED_S
    while not stop.exists():
        if process.poll() is not None or time.monotonic() > until:
            return [f"it never reached {cell.step}"]
        time.sleep(0.005)
    reached = int(stop.read_text())
    number = SIGNALS[cell.ending]
    if cell.ending == "KILL group":
        os.killpg(process.pid, number)
    elif cell.ending == "KILL":
        os.kill(reached, number)
    else:
        process.send_signal(number)
    stop.unlink()
    if cell.ending == "INT twice":
        time.sleep(SECOND_S)
        process.send_signal(number)
    return []
