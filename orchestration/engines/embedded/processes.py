"""Processes by identity: a pid together with its start, so that a reused pid is never mistaken."""

from __future__ import annotations

import os
import signal
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Final

from orchestration.errors import EngineError

MARK: Final = "STACKWRIGHT_INSTANCE"
"""The variable that every process of an instance inherits; its value names the instance."""

_POLL_S: Final = 0.001
_KILL_WITHIN_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Process:
    """One process for ever. `started`: clock ticks since boot, field 22 of proc(5)'s stat."""

    pid: int
    started: int

    def alive(self) -> bool:
        """Whether this very process runs; a zombie does not."""
        seen = _seen(self.pid)
        return seen is not None and seen[0] == self

    def mark(self) -> str:
        """The mark it carries; "" for none, and when it does not run."""
        if not self.alive():
            return ""
        try:
            environment = Path(f"/proc/{self.pid}/environ").read_bytes()
        except OSError:
            return ""
        name = f"{MARK}=".encode()
        found = [each for each in environment.split(b"\0") if each.startswith(name)]
        return found[0].removeprefix(name).decode(errors="replace") if found else ""

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Signal it, if it still is the one."""
        if self.alive():
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


def end(supervisor: Process | None, mark: str) -> None:
    """Kill a supervisor, everything below it, and everything that carries `mark`; return when gone.

    Raises EngineError when something does not die within 5 s.
    """
    deadline = monotonic() + _KILL_WITHIN_S
    while victims := _victims(supervisor, mark):
        if monotonic() > deadline:
            names = ", ".join(str(each.pid) for each in victims)
            raise EngineError(
                f"processes {names} do not die of SIGKILL",
                why="they belong to another user, or hang in the kernel",
                fix="end them by hand",
            )
        for each in victims:
            with suppress(PermissionError):
                each.kill()
        wait_for_end(victims, 0.05)


def child_of(parent: Process, pid: int) -> Process | None:
    """The process `pid`, if it is a child of `parent`."""
    seen = _seen(pid) if parent.alive() else None
    return seen[0] if seen is not None and seen[1] == parent.pid else None


def wait_for_end(processes: list[Process], seconds: float) -> None:
    """Wait until none of them is alive, or so long."""
    deadline = monotonic() + seconds
    while any(each.alive() for each in processes) and monotonic() < deadline:
        sleep(_POLL_S)


def bury(pid: int) -> bool:
    """Collect the exit status of a child of this process; False while it still runs."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


def _victims(supervisor: Process | None, mark: str) -> list[Process]:
    """What is to be killed next: the supervisor last, so that no orphan escapes its sight."""
    marked = _marked(mark)
    if supervisor is None:
        return marked
    found = {*_descendants(supervisor), *marked} - {supervisor}
    if not found and supervisor.alive():
        return [supervisor]
    return list(found)


def _descendants(root: Process) -> list[Process]:
    if not root.alive():
        return []
    children: defaultdict[int, list[Process]] = defaultdict(list)
    for process, parent in _all():
        children[parent].append(process)
    found: list[Process] = []
    pending = [root.pid]
    while pending:
        below = children[pending.pop()]
        found.extend(below)
        pending.extend(each.pid for each in below)
    return found


def _marked(mark: str) -> list[Process]:
    """Processes that left their supervisor's tree, by what they inherited."""
    wanted = f"{MARK}={mark}".encode()
    found: list[Process] = []
    for process, _ in _all():
        try:
            environment = Path(f"/proc/{process.pid}/environ").read_bytes()
        except OSError:
            continue
        if wanted in environment.split(b"\0"):
            found.append(process)
    return found


def _all() -> Iterator[tuple[Process, int]]:
    for name in os.listdir("/proc"):  # noqa: PTH208 - names, not paths
        if name.isdecimal() and (seen := _seen(int(name))) is not None:
            yield seen


def _seen(pid: int) -> tuple[Process, int] | None:
    """The process of that pid and its parent; None when there is none, or a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    fields = stat.rpartition(b")")[2].split()
    if fields[0] in (b"Z", b"X"):
        return None
    return Process(pid, int(fields[19])), int(fields[1])
