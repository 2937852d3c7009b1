"""`e2e down`: a platform that was left up goes."""

from __future__ import annotations

import sys
from pathlib import Path

from orchestration.cluster.loop import EventLoop
from orchestration.errors import ClusterError, StackwrightError, StoppedError
from orchestration.events import Emit
from orchestration.operations.e2e_records import runs_meant
from orchestration.operations.formats import as_format
from orchestration.operations.holds import holds_from_here, refuse_moving, tell_who_stays
from orchestration.operations.outcome import outcome, raise_last
from orchestration.platform_removal import PlatformRemoval
from orchestration.progress import choose
from orchestration.record import Phase, RunRecord
from orchestration.sharing import leave
from orchestration.state import SignalCancel
from orchestration.wiring import Workplace


def down(
    *,
    service: str | None = None,
    everything: bool = False,
    force: bool = False,
    progress: str = "auto",
    config: Path | None = None,
) -> int:
    """Give one platform back, or every one of the project; the last one out removes it. `force`:
    whoever else uses it.
    """

    def command() -> int:
        workplace = Workplace.here()
        records = runs_meant(workplace, config, service, everything=everything)
        if not records:
            print("nothing is up", file=sys.stderr)
            return 0
        problems: list[StackwrightError] = []
        with choose(as_format(progress), sys.stderr, workplace.environ) as emit:
            for record in records:
                try:
                    end_platform(workplace, record, emit, force=force)
                except StoppedError:
                    raise
                except StackwrightError as error:
                    # The next one may be on a cluster that answers.
                    problems.append(error)
        raise_last(problems)
        return 0

    return outcome(command)


def end_platform(
    workplace: Workplace, record: RunRecord, emit: Emit, *, force: bool = False
) -> int:
    """Give a run back; the last one out removes it: the number of things removed. `force`: whoever
    else uses it.

    Raises ClaimError while it is on its way, TeardownError, ClusterError, EngineError and
    StoppedError; its watchdog goes on then.
    """
    refuse_moving(workplace, record, force=force)
    if not force and record.phase is Phase.UP:
        ours = holds_from_here(workplace, record)
        last = leave(workplace.runs, workplace.owners, record.run, *ours)
        if last is None:
            tell_who_stays(workplace, record)
            return 0
        record = last
    with SignalCancel() as cancel, EventLoop() as loop:
        removal = PlatformRemoval(workplace=workplace, loop=loop, cancel=cancel, emit=emit)
        try:
            return removal.end(record)
        except ClusterError as error:
            file = workplace.home / "runs" / f"{record.run}.json"
            raise ClusterError(
                error.what, why=error.why, fix=f"{error.fix}; if it is gone for good, delete {file}"
            ) from error
