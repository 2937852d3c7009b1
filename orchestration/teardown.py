"""Remove everything of a run, and make sure of it."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from orchestration.errors import StackwrightError, TeardownError
from orchestration.events import Emit, Removed
from orchestration.model import Kind, Label, Resource
from orchestration.ports import Clock, Engine

ATTEMPTS: Final = 4
"""An engine may still be busy with what was being created when the run stopped."""

_PAUSE_S: Final = 0.2


def tear_down(engine: Engine, run: str, *, clock: Clock, emit: Emit, thorough: bool = False) -> int:
    """Remove all that carries the label of `run`; the number of things removed.

    By label, not from memory: whatever was in the making when the run ended is found too.
    `thorough`: look once more after a pause, because a call to the engine may still be in flight.
    Components go in reverse order of creation, all at once and without a stop grace: nothing in a
    test stack outlives its run. Raises TeardownError naming what is left.
    """
    started = clock.now()
    gone: set[str] = set()
    problems: dict[str, str] = {}
    looks_due = 2 if thorough else 1
    left: tuple[Resource, ...] = ()
    for _ in range(ATTEMPTS):
        left = engine.list_resources({Label.RUN: run})
        if left:
            problems = _remove_all(engine, left)
            gone.update(each.id for each in left if each.describe() not in problems)
        else:
            looks_due -= 1
            if not looks_due:
                break
        # What was removed is looked for at once; what was not, or may still come, after a pause.
        if problems or not left:
            clock.sleep(_PAUSE_S)
    else:
        left = engine.list_resources({Label.RUN: run})
    emit(
        Removed(
            count=len(gone),
            left=tuple(each.describe() for each in left),
            elapsed_s=clock.now() - started,
        )
    )
    if left:
        raise _left_behind(run, left, problems)
    return len(gone)


def _remove_all(engine: Engine, resources: Iterable[Resource]) -> dict[str, str]:
    """Kind by kind, each kind concurrently; the problems by description."""
    problems: dict[str, str] = {}

    def remove(resource: Resource) -> None:
        try:
            engine.remove(resource)
        except StackwrightError as error:
            problems[resource.describe()] = error.why or error.what

    found = tuple(resources)
    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="remove") as pool:
        for kind in Kind:
            list(pool.map(remove, [each for each in reversed(found) if each.kind is kind]))
    return problems


def _left_behind(run: str, left: tuple[Resource, ...], problems: dict[str, str]) -> TeardownError:
    names = ", ".join(each.describe() for each in left)
    reasons = "; ".join(f"{name}: {why}" for name, why in problems.items())
    return TeardownError(
        f"{len(left)} of run {run} could not be removed: {names}",
        why=reasons or "the engine accepted the removal, and still lists them",
        fix="`stackwright stack clean` tries again; remove them by hand if it fails too",
    )
