"""Who uses a run: joining it, leaving it, and telling that nobody answers for it any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace

from orchestration.errors import ReuseError, StateError
from orchestration.events import Emit, Notice
from orchestration.model import Instance, Lifetime
from orchestration.owner import Owner
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


def untold(record: RunRecord, owners: Owners) -> Owner | None:
    """Who alone may still answer for the run, and cannot be judged from here; None when somebody is
    known to, when it waits for nobody, and when it is abandoned.
    """
    users: tuple[Owner, ...]
    match record.phase:
        case Phase.STARTING | Phase.STOPPING:
            users = (record.starter,)
        case Phase.UP if all(each.lifetime is Lifetime.SESSION for each in record.holds):
            users = tuple(each.owner for each in record.holds)
        case _:
            return None
    judged = {each: owners.alive(each) for each in users}
    if True in judged.values():
        return None
    return next((each for each, alive in judged.items() if alive is None), None)


def not_told(owner: Owner) -> str:
    """Why what belongs to an owner that cannot be judged from here is left alone."""
    return f"its owner belongs to another host, PID namespace or user ({owner.encode()})"


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

    The last one out gets it although it could not be marked. Raises StateError when others use it,
    and would not hear that these do not.
    """
    last = False

    def go(record: RunRecord) -> RunRecord:
        nonlocal last
        left = _living(tuple(each for each in record.holds if each not in holds), owners)
        last = record.phase is Phase.UP and not left
        if last:
            return replace(record, holds=(), phase=Phase.STOPPING, starter=owners.here())
        return replace(record, holds=left)

    try:
        changed = runs.change(run, go)
    except StateError:
        found = runs.get(run)
        changed = None if found is None else go(found)
        if found is not None and not last:
            raise
    return changed if last else None


def mark_stopping(runs: Runs, owners: Owners, run: str, emit: Emit) -> None:
    """Answer for the removal of `run`. It goes on where that cannot be written down, and that is
    told: nothing else would make room on a full disk.
    """
    here = owners.here()
    try:
        runs.change(run, lambda record: replace(record, phase=Phase.STOPPING, starter=here))
    except StateError as error:
        why = f"{error.what}: {error.why}"
        emit(Notice(text=f"run {run} cannot be marked, its removal goes on: {why}"))


def mark_wreck(runs: Runs, run: str, instances: Mapping[str, Instance], emit: Emit) -> bool:
    """Whether what failed is kept as it is, which is told: not without a record that says so."""
    try:
        changed = runs.change(
            run, lambda record: replace(record, phase=Phase.WRECK, instances=dict(instances))
        )
    except StateError as error:
        why = f"{error.what}: {error.why}"
        emit(Notice(text=f"run {run} cannot be kept as it failed: {why}"))
        return False
    command = "stack" if changed is None else changed.command
    emit(Notice(text=f"kept as it failed: run {run}; `stackwright {command} down`"))
    return True


@contextmanager
def taken_over(runs: Runs, owners: Owners, run: str, *, alone: bool = False) -> Iterator[bool]:
    """Answer for the removal of an abandoned run while the context lasts; False when somebody else
    does, and so nothing is to be done. True as well when there is no record of it.

    After an exception anybody may take it over. Where it cannot be written down that somebody
    answers for it, several may remove it at once: they all end when nothing of it is left. `alone`:
    nothing else in this process removes it, so what names this process is a note of an earlier
    attempt that could not be taken back.
    """
    ours = True
    here = owners.here()

    def take(record: RunRecord) -> RunRecord:
        nonlocal ours
        ours = abandoned(record, owners) or (alone and record.starter == here)
        return replace(record, phase=Phase.STOPPING, starter=here) if ours else record

    try:
        runs.change(run, take)
    except StateError:
        found = runs.get(run)
        if found is not None:
            take(found)
    try:
        yield ours
    except BaseException:
        if ours:
            # Who cannot write it down answers for it until the end of this process.
            with suppress(StateError):
                hand_over(runs, owners, run)
        raise


def hand_over(runs: Runs, owners: Owners, run: str) -> None:
    """Answer for the removal of `run` no longer: anybody may take it over from here on."""
    here = owners.here()
    # No process, wherever it is read.
    nobody = replace(here, pid=0, started=0)
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
