"""Which process owns what, and whether it still lives."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from orchestration.owner import Owner

_FIRST_NAMESPACE: Final = 0xEFFFFFFC
"""The number of the PID namespace that sees all others (PID_NS_INIT_INO of linux/nsfs.h)."""


class HostOwners:
    """`Owners` from this host's process table. `pid`: who answers for runs; None: this process."""

    def __init__(self, pid: int | None = None) -> None:
        self._pid = pid

    def me(self) -> Owner:
        """The process that answers for what is made here."""
        return owner_of(self._pid or os.getpid())

    def here(self) -> Owner:
        """This process."""
        return owner_of(os.getpid())

    def terminal(self) -> Owner:
        """The session leader of this process, alive or gone: the kernel gives the number of a
        leader to no other process as long as its session lasts.

        A leader outside of this PID namespace has no number here (as in some CI sandboxes): the
        first process of the namespace stands for it.
        """
        leader = os.getsid(0) or 1
        return replace(self.here(), pid=leader, started=_told_start(leader) or 0)

    def alive(self, owner: Owner) -> bool | None:
        """Whether the very process lives; None where that cannot be told: on another host, in a PID
        namespace that is not seen from here, and of a process that /proc does not show.
        """
        if not owner.pid:
            return False
        if owner.host != socket.gethostname():
            return None
        if owner.boot != boot_id():
            return False
        try:
            if owner.namespace not in (0, pid_namespace()):
                return _alive_below(owner)
            return owner.started == process_start(owner.pid)
        except PermissionError:
            return None


def owner_of(pid: int) -> Owner:
    """The owner that a live process of this user is; ProcessLookupError when there is none."""
    started = _told_start(pid)
    if started is None:
        raise ProcessLookupError(pid)
    return Owner(
        host=socket.gethostname(),
        boot=boot_id(),
        pid=pid,
        started=started,
        uid=os.geteuid(),
        namespace=pid_namespace(),
    )


@cache
def boot_id() -> str:
    """Names this boot of this machine."""
    source = Path("/proc/sys/kernel/random/boot_id")
    if source.exists():
        return source.read_text().strip()
    import psutil

    return str(int(psutil.boot_time()))


def pid_namespace() -> int:
    """The number of this process's PID namespace; 0 where there are none.

    A number is given again when its namespace has ended, and so all processes in it.
    """
    try:
        return Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return 0


def process_start(pid: int) -> int | None:
    """The start of a process in clock ticks since boot; None when it is gone or a zombie.

    Linux tells it in ticks, which a change of the system's date does not move (proc(5)). Raises
    PermissionError for a process that is there and of which nothing is told: with `hidepid`, and
    where /proc is that of another PID namespace (`unshare --pid --fork`).
    """
    if Path("/proc/self/stat").exists():
        mine = str(os.getpid())
        if str(pid) == mine:
            stat = Path("/proc/self/stat")
        elif os.readlink("/proc/self") == mine:  # noqa: PTH115 - a number, no path
            stat = Path(f"/proc/{pid}/stat")
        else:
            _raise_if_there(pid)
            return None
        try:
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            _raise_if_there(pid)
            return None
        return None if fields[0] in "ZX" else int(fields[19])
    import psutil

    try:
        return int(psutil.Process(pid).create_time() * 100)
    except psutil.AccessDenied as error:
        raise PermissionError(pid) from error
    except psutil.Error:
        return None


def _told_start(pid: int) -> int | None:
    """As `process_start`; 0 for a process of which nothing is told."""
    try:
        return process_start(pid)
    except PermissionError:
        return 0


def _raise_if_there(pid: int) -> None:
    """Raises PermissionError when a process exists of which /proc says nothing."""
    with suppress(ProcessLookupError, OverflowError):
        os.kill(pid, 0)
        raise PermissionError(pid)


def _alive_below(owner: Owner) -> bool | None:
    """`alive` for a process of another PID namespace: told by the first one, which sees them all
    (unless `hidepid` hides them, the first process of the system then too).

    Raises PermissionError when one that it may be does not tell.
    """
    if pid_namespace() != _FIRST_NAMESPACE or not Path("/proc/1/stat").exists():
        return None
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            status = (entry / "status").read_text(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        numbers = status.partition("\nNSpid:")[2].partition("\n")[0].split()
        if not numbers:
            return None
        if int(numbers[-1]) != owner.pid or _is_elsewhere(entry, owner.namespace):
            continue
        if owner.started in (0, process_start(int(entry.name))):
            return True
    return False


def _is_elsewhere(process: Path, namespace: int) -> bool:
    """Whether it is known to be in another PID namespace: each has a process 1 of its own. Of other
    users' processes only root is told.
    """
    try:
        return (process / "ns/pid").stat().st_ino != namespace
    except OSError:
        return False
