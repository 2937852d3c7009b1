"""Whose use of a run `down` ends, and who keeps it up."""

from __future__ import annotations

import sys

from orchestration.errors import ClaimError
from orchestration.model import Lifetime
from orchestration.record import Hold, RunRecord
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
