"""Who uses a run: joining it, leaving it, and telling that nobody answers for it any more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from orchestration.errors import ReuseError
from orchestration.model import Lifetime
from orchestration.ports import Owners, Runs
from orchestration.record import Hold, Phase, RunRecord


def abandoned(record: RunRecord, owners: Owners) -> bool:
    """Whether nobody answers for the run any more, provably.

    A run on its way up or down depends on the process that moves it, whoever owns it. One that is
    up depends on whoever uses it. A wreck was kept on request, until `stack down`.
    """
    match record.phase:
        case Phase.STARTING | Phase.STOPPING:
            return owners.alive(record.starter) is False
        case Phase.UP:
            return not _living(record.holds, owners)
        case Phase.WRECK:
            return False


def join(runs: Runs, owners: Owners, run: str, hold: Hold) -> tuple[RunRecord, bool]:
    """Use a run that is up, so that nobody takes it down meanwhile; its record, and whether the
    hold is new: joining twice with one hold is joining once.

    Raises ReuseError when it is not up (any more).
    """
    new = True

    def enter(record: RunRecord) -> RunRecord:
        nonlocal new
        new = hold not in record.holds
        if record.phase is not Phase.UP or abandoned(record, owners):
            raise ReuseError(
                f"the running stack {record.stack} is going down",
                fix="try again in a moment: a new one is started then",
            )
        return replace(record, holds=(*record.holds, hold)) if new else record

    joined = runs.change(run, enter)
    if joined is None:
        raise ReuseError(
            f"run {run} is not up any more", fix="try again: a new one is started then"
        )
    return joined, new


def leave(runs: Runs, owners: Owners, run: str, *holds: Hold) -> RunRecord | None:
    """Give `holds` back. The record, marked as stopping, for the last one out, who must take it
    down; None when others still use it, when somebody else takes it down, or when it is gone.
    """
    last = False

    def go(record: RunRecord) -> RunRecord:
        nonlocal last
        left = _living(tuple(each for each in record.holds if each not in holds), owners)
        last = record.phase is Phase.UP and not left
        if last:
            return replace(record, holds=(), phase=Phase.STOPPING, starter=owners.here())
        return replace(record, holds=left)

    changed = runs.change(run, go)
    return changed if last else None


@contextmanager
def taken_over(runs: Runs, owners: Owners, run: str) -> Iterator[bool]:
    """Answer for the removal of an abandoned run while the context lasts; False when somebody else
    does, and so nothing is to be done. True as well when there is no record of it.

    After an exception anybody may take it over.
    """
    ours = True
    here = owners.here()

    def take(record: RunRecord) -> RunRecord:
        nonlocal ours
        ours = abandoned(record, owners)
        return replace(record, phase=Phase.STOPPING, starter=here) if ours else record

    runs.change(run, take)
    try:
        yield ours
    except BaseException:
        if ours:
            hand_over(runs, owners, run)
        raise


def hand_over(runs: Runs, owners: Owners, run: str) -> None:
    """Answer for the removal of `run` no longer: anybody may take it over from here on."""
    here = owners.here()
    # A process that never was: nobody answers for it.
    nobody = replace(here, started=0)
    runs.change(
        run,
        lambda record: replace(record, starter=nobody) if record.starter == here else record,
    )


def _living(holds: tuple[Hold, ...], owners: Owners) -> tuple[Hold, ...]:
    return tuple(
        each
        for each in holds
        if each.lifetime is Lifetime.KEPT or owners.alive(each.owner) is not False
    )
