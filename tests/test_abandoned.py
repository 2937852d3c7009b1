"""A watchdog whose run is not removed at once: it goes on, over fakes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.errors import EngineError, StateError
from orchestration.operations import abandoned
from orchestration.record import Phase, RunRecord
from orchestration.wiring import Workplace
from tests.clocks import FakeClock
from tests.records import DEAD, KnownOwners, record
from tests.runs_in_memory import MemoryRuns, RecordedWatchdogs

RUN = "0a1b2c3d"


class LockedRuns(MemoryRuns):
    """Records that cannot be changed at the calls in `fails`, counted from 1."""

    def __init__(self, *fails: int) -> None:
        super().__init__()
        self._fails = fails
        self._calls = 0

    def change(self, run: str, edit: Callable[[RunRecord], RunRecord]) -> RunRecord | None:
        self._calls += 1
        if self._calls in self._fails:
            raise StateError("the run records cannot be written")
        return super().change(run, edit)


def cleaned(
    runs: MemoryRuns, home: Path, patch: pytest.MonkeyPatch, take_down: Callable[[], int]
) -> list[str]:
    """Have the watchdog of the run clean up; what it has noted."""
    workplace = Workplace(
        environ={},
        cwd=home,
        home=home,
        clock=FakeClock(),
        owners=KnownOwners(),
        runs=runs,
        watchdogs=RecordedWatchdogs(),
    )
    runs.claim(record(phase=Phase.STOPPING, starter=DEAD))
    patch.setenv("STACKWRIGHT_STATE", str(home))
    patch.setattr(Workplace, "here", lambda: workplace)
    patch.setattr(abandoned, "_take_down", lambda *_: take_down())
    abandoned.clean_up(RUN, home=str(home))
    noted = (home / "watchdog.log").read_text().splitlines()
    return [line.partition(f"run {RUN}: ")[2] for line in noted]


def test_a_watchdog_that_cannot_note_that_it_failed_tries_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts = iter([EngineError("not now"), EngineError("not now"), None])

    def take_down() -> int:
        problem = next(attempts)
        if problem is not None:
            raise problem
        return 2

    noted = cleaned(LockedRuns(2), tmp_path, monkeypatch, take_down)
    assert noted == [
        "not now; tried again for 10 min",
        "its process was killed; 2 things removed",
    ]


def test_a_watchdog_says_when_it_gives_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def take_down() -> int:
        raise EngineError("not now")

    noted = cleaned(LockedRuns(2, 4), tmp_path, monkeypatch, take_down)
    assert noted == ["not now; tried again for 10 min", "given up: not now"]
