"""Run records as files: one JSON file a run, all changes under one lock."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from orchestration.errors import ClaimError, StackwrightError
from orchestration.model import Lifetime
from orchestration.ports import Owners
from orchestration.record import Phase, RunRecord
from orchestration.state.home import closed_directory
from orchestration.state.record_json import decode, encode

_LOCK_S: Final = 10.0


class FileRuns:
    """`Runs` in a directory of the user. Writes are atomic: a reader sees the old or the new."""

    def __init__(self, home: Path, owners: Owners) -> None:
        self._directory = closed_directory(home / "runs")
        self._lock = FileLock(self._directory / ".lock", timeout=_LOCK_S, mode=0o600)
        self._owners = owners
        place = f"{socket.gethostname()}:{self._directory.resolve()}"
        self._identity = hashlib.sha256(place.encode()).hexdigest()[:12]

    @property
    def identity(self) -> str:
        """A digest of host and directory."""
        return self._identity

    def claim(self, record: RunRecord) -> None:
        """Store a new run unless its key is held; a dead holder that never came up gives way."""
        with self._locked():
            for other in self._read():
                if other.key == record.key:
                    self._yield_or_refuse(other)
            self._write(record)

    def update(self, record: RunRecord) -> None:
        """Store what has become of a run."""
        with self._locked():
            self._write(record)

    def release(self, run: str) -> None:
        """Forget a run."""
        with self._locked():
            self._path(run).unlink(missing_ok=True)

    def get(self, run: str) -> RunRecord | None:
        """The record of a run; None when unknown or unreadable."""
        return _load(self._path(run))

    def all(self) -> tuple[RunRecord, ...]:
        """All records, oldest first."""
        return tuple(sorted(self._read(), key=lambda each: each.created))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            with self._lock:
                yield
        except Timeout as error:
            raise StackwrightError(
                f"the run records have been locked for {_LOCK_S:.0f} s",
                why=f"another process holds {self._lock.lock_file}",
                fix="end that process; the lock goes with it",
            ) from error

    def _yield_or_refuse(self, other: RunRecord) -> None:
        since = datetime.fromtimestamp(other.created).astimezone().strftime("%H:%M:%S on %Y-%m-%d")
        holder = f"run {other.run}, process {other.owner.pid}, since {since}"
        if other.phase in (Phase.UP, Phase.WRECK) and other.lifetime is Lifetime.KEPT:
            state = "already up" if other.phase is Phase.UP else "kept as it failed"
            raise ClaimError(
                f"stack {other.stack} is {state} ({holder})",
                fix="`--reuse` to use it as it is, or `stackwright stack down` to remove it first"
                if other.phase is Phase.UP
                else "look at it, then `stackwright stack down`",
            )
        if self._owners.alive(other.owner) is not False:
            doing = {Phase.STARTING: "being brought up", Phase.STOPPING: "being taken down"}
            raise ClaimError(
                f"stack {other.stack} is {doing.get(other.phase, 'in use')} ({holder})",
                fix="wait for it, or stop that process",
            )
        # Its resources, if any, still carry its labels: the sweep that follows finds them.
        self._path(other.run).unlink(missing_ok=True)

    def _path(self, run: str) -> Path:
        return self._directory / f"{run}.json"

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


def _load(path: Path) -> RunRecord | None:
    """A half-written or foreign file is no record: the labels on what it made still are."""
    reader: Callable[[str], object] = json.loads
    try:
        return decode(reader(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None
