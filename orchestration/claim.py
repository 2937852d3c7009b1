"""Take the place of a stack, in the records, before anything of it is made."""

from __future__ import annotations

from typing import Final

from orchestration.errors import ClaimError, PortError
from orchestration.events import Emit, Notice
from orchestration.patience import stop_if_asked
from orchestration.ports import Cancel, Clock, Runs
from orchestration.record import Phase, RunRecord

_LOOK_S: Final = 0.1


def claim(
    runs: Runs, record: RunRecord, *, deadline: float, clock: Clock, cancel: Cancel, emit: Emit
) -> None:
    """Store the record of a run. What is being taken down is about to give its place back: that is
    waited for, until `deadline` on the clock.

    Raises ClaimError, PortError, StoppedError.
    """
    told = False
    while True:
        try:
            return runs.claim(record)
        except (ClaimError, PortError) as error:
            if not _is_going(runs, record) or clock.now() >= deadline:
                raise
            if not told:
                told = True
                emit(Notice(text=f"{error.what}: waiting for its end"))
        stop_if_asked(cancel)
        cancel.pause(_LOOK_S)


def _is_going(runs: Runs, wanted: RunRecord) -> bool:
    """Whether what stands in the way of `wanted` is being taken down."""
    return any(
        each.phase is Phase.STOPPING
        and (
            each.key == wanted.key
            or any(mine.clashes(theirs) for mine in wanted.ports for theirs in each.ports)
        )
        for each in runs.all()
    )
