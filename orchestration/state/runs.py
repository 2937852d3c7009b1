"""Run records as files: one JSON file a run, all changes under one lock."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from orchestration.errors import ClaimError, PortError, StateError
from orchestration.model import HostPort, Lifetime
from orchestration.ports import Owners
from orchestration.record import Phase, RunRecord
from orchestration.sharing import abandoned
from orchestration.state.home import closed_directory
from orchestration.state.record_json import decode, encode

_LOCK_S: Final = 10.0


class FileRuns:
    """`Runs` in a directory of the user. Writes are atomic: a reader sees the old or the new."""

    def __init__(self, home: Path, owners: Owners) -> None:
        self._directory = closed_directory(home / "runs")
        self._owners = owners
        place = f"{socket.gethostname()}:{self._directory.resolve()}"
        self._identity = hashlib.sha256(place.encode()).hexdigest()[:12]

    @property
    def identity(self) -> str:
        """A digest of host and directory."""
        return self._identity

    def claim(self, record: RunRecord) -> None:
        """Store a new run unless its key or a port of it is held; who is provably gone gives way.

        What the gone have left still carries their labels: the sweep that follows finds it.
        """
        with self._locked():
            self._clear_torn_writes()
            others = [self._without_key(each, record.key) for each in self._read()]
            for other in others:
                if other.key == record.key:
                    raise _held(other)
            self._check_ports(record.ports, others)
            self._write(record)

    def lease(self, run: str, ports: tuple[HostPort, ...]) -> None:
        """Add to the ports of a run, unless another run that lives has one of them."""
        with self._locked():
            record = self.get(run)
            if record is None:
                raise ClaimError(
                    f"the record of run {run} is gone",
                    why="somebody removed it, or took this run for dead",
                    fix="leave the state directory alone while a stack comes up; run it again",
                )
            self._check_ports(ports, [each for each in self._read() if each.run != run])
            self._write(replace(record, ports=(*record.ports, *ports)))

    def change(self, run: str, edit: Callable[[RunRecord], RunRecord]) -> RunRecord | None:
        """Read, edit and store a record while nobody else can."""
        with self._locked():
            record = self.get(run)
            if record is None:
                return None
            changed = edit(record)
            if changed != record:
                self._write(changed)
            return changed

    @contextmanager
    def alone(self, run: str) -> Iterator[bool]:
        """Have a run to oneself; the lock goes with the process."""
        lock = FileLock(self._lock_of(run), timeout=0, mode=0o600)
        with self._locked():
            # Not for a run that is gone: nobody would remove the file.
            known = self._path(run).exists()
            if known:
                with suppress(Timeout):
                    lock.acquire()
        try:
            yield lock.is_locked or not known
        finally:
            lock.release()

    def release(self, run: str) -> None:
        """Forget a run."""
        with self._locked():
            self._path(run).unlink(missing_ok=True)
            self._lock_of(run).unlink(missing_ok=True)

    def get(self, run: str) -> RunRecord | None:
        """The record of a run; None when unknown or unreadable."""
        return _load(self._path(run))

    def all(self) -> tuple[RunRecord, ...]:
        """All records, oldest first."""
        return tuple(sorted(self._read(), key=lambda each: each.created))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # Made anew each time: one that was made before a fork may not be used after it.
        lock = FileLock(self._directory / ".lock", timeout=_LOCK_S, mode=0o600)
        try:
            with lock:
                yield
        except Timeout as error:
            raise StateError(
                f"the run records have been locked for {_LOCK_S:.0f} s",
                why=f"another process holds {lock.lock_file}",
                fix="end that process; the lock goes with it",
            ) from error
        except OSError as error:
            raise StateError(
                "the run records cannot be written",
                why=f"{error.strerror or error} ({self._directory})",
                fix="make room on that disk, or see that you may write there",
            ) from error

    def _without_key(self, other: RunRecord, key: str) -> RunRecord:
        """The record, which gives up what it holds when it is the key's and nobody answers for it.

        It is kept, without key and ports, until the sweep has removed what the run had made.
        """
        if other.key != key or not abandoned(other, self._owners):
            return other
        freed = replace(other, key="", ports=(), phase=Phase.STOPPING)
        self._write(freed)
        return freed

    def _check_ports(self, ports: tuple[HostPort, ...], others: list[RunRecord]) -> None:
        for other in others:
            taken = [port for port in ports if any(port.clashes(each) for each in other.ports)]
            if taken and not abandoned(other, self._owners):
                raise PortError(
                    f"port {taken[0]} is taken by stack {other.stack} ({_holder(other)})",
                    why=f"both {other.config} and this stack pin it",
                    fix="take that stack down (`stackwright stack down`), pin another port, "
                    "or leave the choice to the engine",
                )

    def _clear_torn_writes(self) -> None:
        """What a killed process was writing; nobody writes while we hold the lock."""
        for left in self._directory.glob(".????????.*"):
            left.unlink(missing_ok=True)

    def _path(self, run: str) -> Path:
        return self._directory / f"{run}.json"

    def _lock_of(self, run: str) -> Path:
        return self._directory / f"{run}.lock"

    def _read(self) -> list[RunRecord]:
        found = (_load(path) for path in sorted(self._directory.glob("*.json")))
        return [record for record in found if record is not None]

    def _write(self, record: RunRecord) -> None:
        handle, name = tempfile.mkstemp(dir=self._directory, prefix=f".{record.run}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(encode(record), file, indent=1)
            Path(name).replace(self._path(record.run))
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _holder(record: RunRecord) -> str:
    since = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S on %Y-%m-%d")
    return f"run {record.run}, process {record.starter.pid}, since {since}"


def _held(record: RunRecord) -> ClaimError:
    what = f"{'platform' if record.command == 'e2e' else 'stack'} {record.stack}"
    down = f"`stackwright {record.command} down`"
    away = record.cluster is not None
    share = "" if away else "`--reuse` to share it, or "
    wait = "" if away else "`--reuse` to wait for it and share it, or "
    match record.phase, record.lifetime:
        case Phase.UP, Lifetime.KEPT:
            return ClaimError(
                f"{what} is already up ({_holder(record)})",
                fix=f"{share}{down} to remove it first",
            )
        case Phase.WRECK, _:
            return ClaimError(
                f"{what} is kept as it failed ({_holder(record)})",
                fix=f"look at it, then {down}",
            )
        case Phase.STARTING, _:
            return ClaimError(
                f"{what} is being brought up ({_holder(record)})",
                fix=f"{wait}stop that process",
            )
        case Phase.STOPPING, _:
            return ClaimError(
                f"{what} is being taken down ({_holder(record)})",
                fix="wait for it, or stop that process",
            )
        case _:
            return ClaimError(
                f"{what} is in use ({_holder(record)})",
                fix="wait for that session to end",
            )


def _load(path: Path) -> RunRecord | None:
    """A half-written or foreign file is no record: the labels on what it made still are."""
    reader: Callable[[str], object] = json.loads
    try:
        return decode(reader(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None
