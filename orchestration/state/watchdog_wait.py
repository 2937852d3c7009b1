"""The watchdog of one run: `python -I -S watchdog_wait.py RUN < order`.

It outlives the processes that use the run, and cleans up after them when they were killed. A script
that imports next to nothing, because one sleeps beside every session (8 ms to start, 8 MB); the
product is imported only when there is something to clean.

The order is marshalled, its length before it. After it, a `q` says that the run is over, and an `a`
that it is left to the watchdog now, although its process lives. `armed` is said on standard output
as soon as nothing can be missed any more. Whoever dies before that is not missed either, once the
order is written: it is looked for first.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # what `signal` wraps in enums, for 5 ms
import marshal
import os
import select
import sys

Process = tuple[int, int]
"""A pid, and the start of the process as `Owner` tells it."""

LENGTH = 4
_POLL_MS = 500
OVER = b"q"
ACT = b"a"
# What is sent to every process of a job or a terminal must not end the one that cleans up.
_UNHEARD = (1, 2, 3, 15)


def main() -> None:
    """Wait for the end of whoever uses the run, and clean up unless it ended well."""
    for number in _UNHEARD:
        # A handler, because what is ignored would be ignored by all that this process starts, too.
        _signal.signal(number, lambda *_: None)
    order = marshal.loads(read(int.from_bytes(read(LENGTH))))  # noqa: S302 - from our own parent
    if os.fork():
        os._exit(0)
    os.chdir("/")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 2)
    try:  # noqa: SIM105 - contextlib costs a millisecond
        os.write(1, b"armed")
    except OSError:
        pass  # nobody listens any more: they were killed, or have said that it is over
    os.dup2(nothing, 1)
    os.closerange(3, 1 << 16)
    # After the standard library: nothing of the user's project stands in its place.
    sys.path += order["path"]
    awaited = order["processes"]
    while awaited:
        if wait_for(awaited):
            return
        awaited = next_to_await(order["record"], order["place"], order["boot"])
    if os.path.exists(order["record"]):  # noqa: PTH110 - pathlib costs as much as all the rest here
        clean(order)


def read(size: int) -> bytes:
    """So many bytes of standard input, and none of what may come after them."""
    found = b""
    while len(found) < size:
        more = os.read(0, size - len(found))
        if not more:
            # Killed while it wrote: it had not made anything yet.
            sys.exit(0)
        found += more
    return found


def wait_for(processes: list[Process]) -> bool:
    """Return when one of them has ended or leaves the run to the watchdog (False), or when the run
    is over (True).
    """
    poll = select.poll()
    poll.register(0, select.POLLIN)
    handles = []
    for pid, _ in processes:
        try:
            handles.append(os.pidfd_open(pid))
            poll.register(handles[-1], select.POLLIN)
        except (OSError, AttributeError):
            continue
    forever = len(handles) == len(processes)
    try:
        while all(alive(*each) for each in processes):
            for descriptor, _ in poll.poll(None if forever else _POLL_MS):
                if descriptor == 0:
                    said = os.read(0, 1)
                    if said == OVER:
                        return True
                    if said == ACT:
                        return False
                    # Nobody can say it any more: the ends of the processes must tell.
                    poll.unregister(0)
                else:
                    return False
        return False
    finally:
        for handle in handles:
            os.close(handle)


def next_to_await(record: str, place: str, boot: str) -> list[Process]:
    """Whose ends decide about the run now, by its record; empty when nobody is left.

    Exits where the run may stay, or is gone.
    """
    import json

    try:
        with open(record, encoding="utf-8") as file:  # noqa: PTH123 - as above
            now = json.load(file)
        moving = now["phase"] in ("starting", "stopping")
        sessions = [each["owner"] for each in now["holds"] if each["lifetime"] == "session"]
        kept = len(sessions) < len(now["holds"])
        users = [now["starter"]] if moving else sessions
    except (OSError, ValueError, KeyError, TypeError):
        sys.exit(0)
    if now["phase"] == "wreck":
        sys.exit(0)
    living = []
    for user in users:
        user_place, user_boot, pid, started, _uid = user.rsplit("/", 4)
        if user_place != place:
            # The process of another machine or PID namespace cannot be watched from here; its own
            # watchdog does that.
            sys.exit(0)
        if user_boot == boot and alive(int(pid), int(started)):
            living.append((int(pid), int(started)))
    if kept and not moving and not living:
        sys.exit(0)
    return living


def alive(pid: int, started: int) -> bool:
    """Whether that very process runs, or one does that /proc does not tell from it."""
    try:
        if os.readlink("/proc/self") != str(os.getpid()):  # noqa: PTH115 - as above
            return there(pid)  # /proc is another PID namespace's
        with open(f"/proc/{pid}/stat", errors="replace") as stat:  # noqa: PTH123 - as above
            fields = stat.read().rpartition(")")[2].split()
    except OSError:
        if os.path.exists("/proc/self/stat"):  # noqa: PTH110 - as above
            return there(pid)
        return _alive_elsewhere(pid, started)
    return fields[0] not in "ZX" and int(fields[19]) == started


def there(pid: int) -> bool:
    """Whether a process of that number runs, by what no /proc hides; 0 is nobody's."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # somebody else's
    try:
        handle = os.pidfd_open(pid)
    except (OSError, AttributeError):
        return pid != 0
    try:
        # One whose end nobody has heard of yet has ended all the same.
        return not select.select([handle], [], [], 0)[0]
    finally:
        os.close(handle)


def _alive_elsewhere(pid: int, started: int) -> bool:
    """The same where there is no /proc."""
    from orchestration.state.owners import process_start

    try:
        return process_start(pid) == started
    except PermissionError:
        return True


def clean(order: dict[str, object]) -> None:
    """Take the run down with the product itself.

    What does it is named in the order: nothing here may import what stands above.
    """
    module, _, function = str(order["cleaner"]).partition(":")
    getattr(__import__(module, fromlist=[function]), function)(order["run"], home=order["home"])


if __name__ == "__main__":
    main()
