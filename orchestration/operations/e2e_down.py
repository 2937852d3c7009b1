"""`e2e down`: a platform that was left up goes."""

from __future__ import annotations

import sys
from pathlib import Path

from orchestration.cluster.loop import EventLoop
from orchestration.errors import ClaimError, ClusterError
from orchestration.events import Emit
from orchestration.operations.e2e_records import runs_meant
from orchestration.operations.formats import as_format
from orchestration.operations.outcome import outcome
from orchestration.platform_removal import PlatformRemoval
from orchestration.progress import choose
from orchestration.record import Phase, RunRecord
from orchestration.sharing import abandoned
from orchestration.state import SignalCancel
from orchestration.wiring import Workplace


def down(
    *,
    service: str | None = None,
    everything: bool = False,
    progress: str = "auto",
    config: Path | None = None,
) -> int:
    """Remove one platform, or every one of the project, and verify that nothing is left."""

    def command() -> int:
        workplace = Workplace.here()
        records = runs_meant(workplace, config, service, everything=everything)
        if not records:
            print("nothing is up", file=sys.stderr)
            return 0
        with choose(as_format(progress), sys.stderr, workplace.environ) as emit:
            for record in records:
                end_platform(workplace, record, emit)
        return 0

    return outcome(command)


def end_platform(workplace: Workplace, record: RunRecord, emit: Emit) -> int:
    """Remove a run and forget it; the number of things removed.

    Raises ClaimError while it is on its way, TeardownError, ClusterError, EngineError and
    StoppedError; its watchdog goes on then.
    """
    moving = record.phase in (Phase.STARTING, Phase.STOPPING)
    if moving and not abandoned(record, workplace.owners):
        raise ClaimError(
            f"platform {record.stack} is still {record.phase} (process {record.starter.pid})",
            fix="stop that process (Ctrl-C there): it removes what it made",
        )
    with SignalCancel() as cancel, EventLoop() as loop:
        removal = PlatformRemoval(workplace=workplace, loop=loop, cancel=cancel, emit=emit)
        try:
            return removal.end(record)
        except ClusterError as error:
            file = workplace.home / "runs" / f"{record.run}.json"
            raise ClusterError(
                error.what, why=error.why, fix=f"{error.fix}; if it is gone for good, delete {file}"
            ) from error
