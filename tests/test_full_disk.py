"""A full disk under the state directory, or records that stay locked, stop no removal.

A limit on the size of files stands for the disk: the same calls fail in the same places, and it can
be put on one process while it runs.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.errors import GateError, StateError, TeardownError
from orchestration.events import Event, Notice
from orchestration.model import Label, Lifetime
from orchestration.record import Hold, Phase, RunRecord
from orchestration.sharing import leave, taken_over
from orchestration.state import FileRuns
from tests.fakes import FakeEngine
from tests.product import Finished, Product, leftovers
from tests.records import ALIVE, DEAD, KnownOwners, record
from tests.runs_in_memory import MemoryRuns, OpenGate, Rig, component, plan
from tests.test_failures import HTTP, ONE, SERVE
from tests.watched import at_step, killed, killed_unwatched, left_after_all, watchdogs

NEVER = HTTP.replace("8s", "0.4s")
SILENT = "import time; time.sleep(300)"
FULL = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
sys.argv = ["stackwright", "stack", "{}"]
runpy.run_module("orchestration", run_name="__main__")
"""


def product(tmp_path: Path, code: str = SERVE, gate: str = HTTP) -> Product:
    return Product.at(tmp_path, ONE.format(code=code, gate=gate))


def disk_full_for(pid: int) -> None:
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, 0))


def ended(process: subprocess.Popen[str]) -> Finished:
    out, err = process.communicate(timeout=60)
    assert "Traceback" not in err
    return Finished(code=process.returncode, out=out, err=err)


def test_a_gate_that_fails_on_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    """The disk of the project is full as well: there is no room for a bundle either."""
    ours = product(tmp_path, SILENT, NEVER)
    process = ours.begin("stack", "up", "--engine", "embedded", "--progress", "json")
    at_step(process, "gate app")
    disk_full_for(process.pid)
    up = ended(process)
    assert up.code == 9
    assert up.err.count("error: ") == 1
    assert "did not open" in up.err
    assert "no bundle was written" in up.err
    (told,) = (each["text"] for each in up.events() if each["event"] == "notice")
    assert "File too large" in told
    assert str(ours.state / "runs") in told
    assert left_after_all("embedded", ours) == []


def test_down_on_a_full_disk_takes_the_stack_down(tmp_path: Path) -> None:
    ours = product(tmp_path)
    up = ours.run("stack", "up", "--engine", "embedded", "--progress", "plain")
    assert up.code == 0, up.err
    down = ended(ours.begin_python(FULL.format("down")))
    assert down.code == 0, down.err
    assert str(ours.state / "runs") in down.err
    assert left_after_all("embedded", ours) == []


def test_an_up_on_a_full_disk_is_one_message_that_names_it(tmp_path: Path) -> None:
    ours = product(tmp_path)
    up = ended(ours.begin_python(FULL.format("up")))
    assert up.code == StateError.exit_code
    assert up.err.count("error: ") == 1
    assert "File too large" in up.err
    assert str(ours.state / "runs") in up.err
    assert left_after_all("embedded", ours) == []


def test_a_watchdog_on_a_full_disk_cleans_up(tmp_path: Path) -> None:
    ours = product(tmp_path, SILENT)
    process = ours.begin("stack", "up", "--engine", "embedded", "--progress", "json")
    at_step(process, "gate app")
    (watchdog,) = watchdogs(ours)
    disk_full_for(watchdog)
    killed(process)
    assert left_after_all("embedded", ours) == []


def test_two_that_clean_at_once_on_a_full_disk_leave_nothing(tmp_path: Path) -> None:
    ours = product(tmp_path, SILENT)
    killed_unwatched(ours, "embedded", "gate app")
    assert leftovers("embedded", ours)
    both = [ours.begin_python(FULL.format("clean")) for _ in range(2)]
    assert [(each.code, each.err) for each in map(ended, both)] == [(0, "")] * 2
    assert left_after_all("embedded", ours) == []


class FullDisk(MemoryRuns):
    """Nothing can be written any more once it is `full`; what is forgotten needs no room."""

    full = False

    def change(self, run: str, edit: Callable[[RunRecord], RunRecord]) -> RunRecord | None:
        if self.full:
            if run in self.records:
                edit(self.records[run])
            raise StateError("the run records cannot be written", why="No space left on device")
        return super().change(run, edit)


class Locked(FullDisk):
    """Somebody keeps the lock, and is stopped."""

    def change(self, run: str, edit: Callable[[RunRecord], RunRecord]) -> RunRecord | None:
        self._wait()
        return super().change(run, edit)

    def release(self, run: str) -> None:
        self._wait()
        super().release(run)

    def _wait(self) -> None:
        if self.full:
            raise StateError("the run records have been locked for 10 s")


RECORDS = pytest.mark.parametrize("kind", [FullDisk, Locked])


def rig(kind: type[FullDisk]) -> tuple[Rig, FullDisk]:
    runs = kind()
    return Rig(runs=runs), runs


def held(engine: FakeEngine) -> int:
    return len(engine.list_resources({Label.RUN: ""}))


def notices(events: list[Event]) -> list[str]:
    return [each.text for each in events if isinstance(each, Notice)]


@RECORDS
def test_what_cannot_be_marked_is_removed(kind: type[FullDisk]) -> None:
    ours, runs = rig(kind)

    def shut() -> bool:
        runs.full = True
        return False

    with pytest.raises(GateError):
        ours.runner.up(plan(component("app", gate=OpenGate(opens=shut))))
    assert held(ours.engine) == 0
    told = notices(ours.events)
    assert "its removal goes on" in told[0]
    # The record goes where that needs no room; where it stays, that is told, and its watchdog too.
    stays = kind is Locked
    assert bool(runs.records) is stays
    assert [each for each in told if "the record of run" in each] == told[1:]
    assert bool(told[1:]) is stays
    assert bool(ours.watchdogs.watched) is stays


@RECORDS
def test_a_wreck_that_cannot_be_marked_is_not_kept(kind: type[FullDisk]) -> None:
    ours, runs = rig(kind)

    def shut() -> bool:
        runs.full = True
        return False

    meant = plan(component("app", gate=OpenGate(opens=shut)), keep_wreck=True)
    with pytest.raises(GateError):
        ours.runner.up(meant)
    assert held(ours.engine) == 0
    assert "cannot be kept as it failed" in notices(ours.events)[0]


def test_a_stack_that_cannot_be_marked_as_up_does_not_come_up() -> None:
    ours, runs = rig(FullDisk)

    def filling() -> bool:
        runs.full = True
        return True

    with pytest.raises(StateError, match="cannot be written"):
        ours.runner.up(plan(component("app", gate=OpenGate(opens=filling))))
    assert held(ours.engine) == 0
    assert not runs.records


@RECORDS
def test_down_removes_what_cannot_be_marked(kind: type[FullDisk]) -> None:
    ours, runs = rig(kind)
    running = ours.runner.up(plan(component("app")))
    runs.full = True
    hold = Hold(owner=ALIVE, lifetime=Lifetime.KEPT)
    if kind is Locked:
        with pytest.raises(StateError, match="locked"):
            ours.runner.give_back(running.run, hold)
        assert running.run in runs.records
    else:
        assert ours.runner.give_back(running.run, hold) == 2
        assert not runs.records
    assert held(ours.engine) == 0


@RECORDS
def test_a_use_that_cannot_be_given_back_keeps_the_stack_of_the_others(
    kind: type[FullDisk],
) -> None:
    runs = kind()
    mine, theirs = (
        Hold(owner=ALIVE, lifetime=Lifetime.SESSION, use=use) for use in ("mine", "theirs")
    )
    runs.claim(record(holds=(mine, theirs)))
    runs.full = True
    with pytest.raises(StateError):
        leave(runs, KnownOwners(), "0a1b2c3d", mine)
    with pytest.raises(StateError):
        leave(runs, KnownOwners(), "0a1b2c3d", theirs)
    last = leave(runs, KnownOwners(), "0a1b2c3d", mine, theirs)
    assert last is not None
    assert last.phase is Phase.STOPPING


@RECORDS
@pytest.mark.parametrize(("starter", "ours"), [(DEAD, True), (ALIVE, False)])
def test_a_run_that_cannot_be_marked_is_taken_over_only_from_the_dead(
    kind: type[FullDisk], starter: object, ours: bool
) -> None:
    runs = kind()
    runs.claim(record(phase=Phase.STOPPING, starter=starter))
    runs.full = True
    with taken_over(runs, KnownOwners(), "0a1b2c3d") as found:
        assert found is ours


def test_a_removal_that_fails_is_the_error_whatever_the_disk_says() -> None:
    runs = FullDisk()
    runs.claim(record(phase=Phase.STOPPING, starter=DEAD))

    def fails() -> None:
        with taken_over(runs, KnownOwners(), "0a1b2c3d"):
            runs.full = True
            raise TeardownError("the engine is gone")

    with pytest.raises(TeardownError):
        fails()


def test_of_two_sweepers_the_slower_one_ends_well() -> None:
    ours, runs = rig(FullDisk)
    ours.runner.up(plan(component("app")))
    (run,) = runs.records
    runs.records[run] = replace(runs.records[run], phase=Phase.STOPPING, starter=DEAD)
    runs.full = True
    quick = Rig(engine=ours.engine, runs=runs)
    first = [quick.runner]
    remove = ours.engine.remove

    def meanwhile(resource: object) -> None:
        if first:
            first.pop().sweep()
        remove(resource)  # type: ignore[arg-type]  # as it was given

    ours.engine.remove = meanwhile  # type: ignore[method-assign]  # the other one comes between
    ours.runner.sweep()
    assert held(ours.engine) == 0
    assert not runs.records


def test_a_record_that_stays_keeps_no_other_dead_run_from_its_removal() -> None:
    ours, runs = rig(Locked)
    runner = ours.runner
    for key in ("one", "two"):
        run = runner.up(plan(component("app"), key=key)).run
        runs.records[run] = replace(runs.records[run], phase=Phase.STOPPING)
    runs.records = {run: replace(each, starter=DEAD) for run, each in runs.records.items()}
    runs.full = True
    with pytest.raises(StateError, match="locked"):
        runner.sweep()
    assert held(ours.engine) == 0


@pytest.fixture
def runs(tmp_path: Path) -> FileRuns:
    return FileRuns(tmp_path / "state", KnownOwners())


def test_a_record_that_cannot_be_written_stays_as_it_was(
    runs: FileRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs.claim(record())

    def no_room(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(json, "dump", no_room)
    with pytest.raises(StateError, match="cannot be written") as caught:
        runs.change("0a1b2c3d", lambda now: replace(now, phase=Phase.STOPPING))
    assert caught.value.why == f"No space left on device ({tmp_path / 'state' / 'runs'})"
    assert runs.all() == (record(),)
    runs.release("0a1b2c3d")
    assert [each.name for each in (tmp_path / "state" / "runs").iterdir()] == [".lock"]


def test_records_that_stay_locked_are_an_error_that_names_the_lock(
    runs: FileRuns, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.state.runs._LOCK_S", 0.01)
    runs.claim(record())

    def again(now: RunRecord) -> RunRecord:
        with pytest.raises(StateError, match="locked") as caught:
            FileRuns(tmp_path / "state", KnownOwners()).release(now.run)
        assert ".lock" in caught.value.why
        return now

    runs.change("0a1b2c3d", again)
