"""Which process owns what, and whether it still lives."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from functools import cache
from pathlib import Path

from orchestration.model import Owner


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
        started = process_start(leader)
        return replace(self.here(), pid=leader, started=0 if started is None else started)

    def alive(self, owner: Owner) -> bool | None:
        """Whether the very process lives; None on another host (or in another container)."""
        if owner.host != socket.gethostname():
            return None
        return owner.boot == boot_id() and owner.started == process_start(owner.pid)


def owner_of(pid: int) -> Owner:
    """The owner that a live process of this user is; ProcessLookupError when there is none."""
    started = process_start(pid)
    if started is None:
        raise ProcessLookupError(pid)
    return Owner(
        host=socket.gethostname(),
        boot=boot_id(),
        pid=pid,
        started=started,
        uid=os.geteuid(),
    )


@cache
def boot_id() -> str:
    """Names this boot of this machine."""
    source = Path("/proc/sys/kernel/random/boot_id")
    if source.exists():
        return source.read_text().strip()
    import psutil

    return str(int(psutil.boot_time()))


def process_start(pid: int) -> int | None:
    """The start of a process in clock ticks since boot; None when it is gone or a zombie.

    Linux tells it in ticks, which a change of the system's date does not move (proc(5)).
    """
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        return None if fields[0] in "ZX" else int(fields[19])
    import psutil

    try:
        return int(psutil.Process(pid).create_time() * 100)
    except psutil.Error:
        return None
