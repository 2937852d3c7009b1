"""Wait for whoever is moving a stack that this process wants to share."""

from __future__ import annotations

import sys
from signal import Signals
from typing import Final

from orchestration.errors import StoppedError
from orchestration.record import Phase, RunRecord
from orchestration.sharing import abandoned
from orchestration.state import SignalCancel
from orchestration.wiring import Workplace

_LOOK_S: Final = 0.1


def settled(workplace: Workplace, key: str) -> RunRecord | None:
    """The run that is up under `key`; None when there is none, or one that cannot be shared.

    While another process brings it up or takes it down this waits, as long as that process lives
    and its own deadline lets it. Raises StoppedError.
    """
    told = ""
    with SignalCancel() as cancel:
        while (run := workplace.record(key)) is not None:
            if run.phase is Phase.WRECK or abandoned(run, workplace.owners):
                return None
            if run.phase is Phase.UP:
                return run
            signal = cancel.requested()
            if signal is not None:
                raise StoppedError(f"stopped by {Signals(signal).name}", signal=signal)
            if told != run.phase:
                told = run.phase
                print(
                    f"stack {run.stack} is {run.phase}: waiting for run {run.run}, "
                    f"process {run.starter.pid}",
                    file=sys.stderr,
                )
            cancel.pause(_LOOK_S)
    return None


def moved_on(workplace: Workplace, key: str, seen: RunRecord | None) -> bool:
    """Whether the run under `key` is no longer as it was seen, so that trying again makes sense."""
    now = workplace.record(key)
    if now is not None and now.phase is Phase.WRECK:
        return False
    return _standing(now) != _standing(seen)


def _standing(run: RunRecord | None) -> tuple[str, Phase] | None:
    return (run.run, run.phase) if run is not None else None
