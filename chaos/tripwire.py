"""Inside the process under test: stop exactly where a step begins, until the end comes.

A pytest plugin too (`-p chaos.tripwire`). The step stands in CHAOS_STEP; the first process to reach
it creates the file CHAOS_FILE with its pid, and waits until the file is gone: by then whoever runs
the cell has sent its signals. With CHAOS_RAISE it raises instead. CHAOS_RUN is the run's name, for
those who must know it beforehand.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from orchestration import wiring
from orchestration.errors import StackwrightError
from orchestration.events import Emit, Event, StepStarted
from orchestration.ports import Cancel, Engine
from orchestration.runner import Runner
from orchestration.wiring import Workplace

_OnFailure = Callable[[StackwrightError, Callable[[str], str]], None]

_WAIT_S: Final = 20.0


class ChaosError(Exception):
    """The exception of a cell that ends with one."""


def reach(step: str) -> None:
    """Stop here if `step` is where this cell ends."""
    if step != os.environ.get("CHAOS_STEP"):
        return
    file = Path(os.environ["CHAOS_FILE"])
    done = file.with_suffix(".done")
    try:
        descriptor = os.open(done, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        return
    os.close(descriptor)
    if os.environ.get("CHAOS_RAISE"):
        raise ChaosError(step)
    written = file.with_suffix(".new")
    written.write_text(str(os.getpid()))
    written.rename(file)
    until = time.monotonic() + _WAIT_S
    while file.exists() and time.monotonic() < until:
        time.sleep(0.005)


def install() -> None:
    """Hear of every step of every run of this process."""
    # The one place through which whoever brings up or takes down gets a runner.
    made = Workplace.runner

    def runner(
        workplace: Workplace, engine: Engine, *, cancel: Cancel, emit: Emit, **more: _OnFailure
    ) -> Runner:
        def tell(event: Event) -> None:
            emit(event)
            if isinstance(event, StepStarted):
                reach(f"{event.step} {event.component}".strip())

        return made(workplace, engine, cancel=cancel, emit=tell, **more)

    setattr(Workplace, "runner", runner)  # noqa: B010 - to assign a method is no type error this way
    if run := os.environ.get("CHAOS_RUN"):
        foretold = iter((UUID(hex=run.ljust(32, "0")),))
        setattr(wiring, "uuid4", lambda: next(foretold, None) or uuid4())  # noqa: B010 - the same


install()
