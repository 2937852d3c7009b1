"""Whose use of a run `down` ends, and who keeps it up."""

from __future__ import annotations

import sys

from orchestration.errors import ClaimError
from orchestration.model import Lifetime
from orchestration.record import Hold, Phase, RunRecord
from orchestration.sharing import abandoned, untold
from orchestration.wiring import Workplace


def holds_from_here(workplace: Workplace, run: RunRecord) -> tuple[Hold, ...]:
    """The holds that `down` from here gives back: this terminal's, else the only one there is, else
    those of terminals that are gone. Raises ClaimError when all are others' and alive.
    """
    kept = tuple(each for each in run.holds if each.lifetime is Lifetime.KEPT)
    here = tuple(each for each in kept if each.owner == workplace.owners.terminal())
    gone = tuple(each for each in kept if workplace.owners.alive(each.owner) is False)
    ours = here or (kept if len(kept) == 1 else gone)
    if kept and not ours:
        others = ", ".join(str(each.owner.pid) for each in kept)
        raise ClaimError(
            f"{run.noun} {run.stack} is used from {len(kept)} other terminals or jobs "
            f"(session leaders {others})",
            fix=f"`stackwright {run.command} down` there, or here with `--force`",
        )
    return ours


def refuse_moving(workplace: Workplace, run: RunRecord, *, force: bool) -> None:
    """Raises ClaimError while a process brings the run up or takes it down. `force`: only while it
    is known to live, since nobody could ever tell of one whose container is gone.
    """
    if run.phase not in (Phase.STARTING, Phase.STOPPING) or abandoned(run, workplace.owners):
        return
    unseen = untold(run, workplace.owners)
    if unseen is None:
        raise ClaimError(
            f"{run.noun} {run.stack} is still {run.phase} (process {run.starter.pid})",
            fix="stop that process (Ctrl-C there): it removes what it made",
        )
    if not force:
        raise ClaimError(
            f"{run.noun} {run.stack} is still {run.phase} (process {unseen.pid} of {unseen.place})",
            why="another host, PID namespace or user: whether it lives is not seen from here",
            fix=f"stop it there; if it is gone for good, `stackwright {run.command} down --force`",
        )


def tell_who_stays(workplace: Workplace, run: RunRecord) -> None:
    """On stderr, if anybody still uses it."""
    now = workplace.runs.get(run.run)
    if now is None or not now.holds:
        return
    users = ", ".join(
        f"process {each.owner.pid}"
        if each.lifetime is Lifetime.SESSION
        else f"the terminal or job of process {each.owner.pid}"
        for each in now.holds
    )
    print(
        f"{run.noun} {run.stack} stays up for {users}: the last one out takes it down "
        "(`--force` takes it down now)",
        file=sys.stderr,
    )
