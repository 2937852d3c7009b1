"""Where embedded servers keep their data: in memory where there is plenty, else on disk."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from orchestration.engines.embedded.account import Account
from orchestration.errors import EngineError

_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - only directories of our own are made there
_DISKS: Final = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108 - as above
_GIBIBYTE: Final = 1 << 30


def scratch_parent(account: Account | None, own: Path, memory: Path = _MEMORY) -> Path:
    """A directory in which `account` can reach one of its own; `own` for this user itself.

    A fresh PostgreSQL cluster is a thousand small files, 40 MB: in memory it is there in 0.4 s
    whatever else uses the disk (0.45 to 1.6 s on disk), and a restart of the machine removes it.
    Raises EngineError when there is no such directory.
    """
    if _plenty(memory) and _fit(memory) and (account is None or account.enters(memory)):
        return memory
    if account is None:
        return own
    for candidate in _disks():
        if account.enters(candidate) and _fit(candidate):
            return candidate
    raise EngineError(
        f"user {account.uid} can reach no directory for temporary files",
        fix="set TMPDIR to one that every user can enter and that has the sticky bit, or that only "
        "you can write to",
    )


def scratch_name(mark: str) -> str:
    """What the scratch directory of the instance with that mark is called."""
    return f"stackwright-{mark}"


def find_scratch(mark: str, own: Path) -> Path | None:
    """The scratch directory of that instance, where nothing tells any more where it was made."""
    for parent in (own, _MEMORY, *_disks()):
        found = parent / scratch_name(mark)
        if found.is_dir() and not found.is_symlink():
            return found
    return None


def _disks() -> Iterator[Path]:
    """Directories for temporary files; a full one is no reason not to look into it."""
    with suppress(FileNotFoundError):
        yield Path(tempfile.gettempdir())
    yield from _DISKS


def _fit(directory: Path) -> bool:
    """Whether nobody else can rename or remove what is made there: `/tmp` has the sticky bit."""
    try:
        found = directory.stat()
    except OSError:
        return False
    replaceable = found.st_mode & stat.S_IWOTH and not found.st_mode & stat.S_ISVTX
    return not replaceable and found.st_uid in (0, os.geteuid())


def _plenty(memory: Path) -> bool:
    """Whether files fit there without hurting: the default of a container, 64 MB, does not do."""
    try:
        room = os.statvfs(memory)
        table = Path("/proc/meminfo").read_text()
    except OSError:
        return False
    available = next(
        (int(line.split()[1]) << 10 for line in table.splitlines() if "MemAvailable" in line), 0
    )
    return (
        os.access(memory, os.W_OK | os.X_OK)
        and room.f_bavail * room.f_frsize >= _GIBIBYTE
        and available >= 2 * _GIBIBYTE
    )
