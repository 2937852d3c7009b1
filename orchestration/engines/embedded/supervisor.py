"""The parent of one embedded component: `python -I -S supervisor.py NAME < order > report`.

A script that imports next to nothing (7 ms to start, 10 with ctypes; `typing` alone would add 8),
so that one can stand behind every process. It points output at `log`, runs the steps of its order
one after another, waits for the last one, ends whatever that left behind, and writes `exit`. So a
component ends as a container does: with its first process, as a whole, and with an exit code that
any later process can read.

The order is marshalled (see `order.py`). The report is `ok`, or the errno that kept the first step
from running.
"""

from __future__ import annotations

import ctypes
import marshal
import os
import sys
import time

# (argv, environment, directory, standard input, user and group or None, signal at our death)
Step = tuple[list[str], dict[str, str], str, bytes, tuple[int, int] | None, int]

_SIGKILL = 9
# Python ignores SIGPIPE and SIGXFSZ and would hand that on to what it executes; the others are
# ignored because only the end of the component ends its supervisor.
_HANDED_BACK = (1, 2, 3, 13, 15, 25)
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_UNKILLABLE_AFTER_S = 3.0
_REPORT = 3

_libc = ctypes.CDLL(None, use_errno=True)


def main() -> None:
    """Do what the order on standard input says."""
    directory, steps = marshal.load(sys.stdin.buffer)  # noqa: S302 - from our own parent
    report = os.dup(1)
    os.chdir(directory)
    log = os.open("log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in ((0, nothing), (1, log), (2, log)):
        os.dup2(source, target)
    if report != _REPORT:
        os.dup2(report, _REPORT, inheritable=False)
    close_from(_REPORT + 1)
    for number in _HANDED_BACK:
        _libc.signal(number, ctypes.c_void_p(1))
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    # Without this nobody could find it: it must not go on when the file cannot be written.
    _write("process", f"{os.getpid()} {_stat('self')[19]}\n")
    code = 125
    try:
        code = run(steps)
        end_the_rest()
    finally:
        try:  # noqa: SIM105 - contextlib costs a millisecond
            _write("exit", f"{code}\n")
        except FileNotFoundError:
            pass  # the instance is being removed


def close_from(lowest: int) -> None:
    """Close what the caller left open from `lowest` on: a lock, or the end of a pipe that somebody
    reads to its end."""
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - pathlib costs as much as all the rest
        if int(name) >= lowest:
            try:  # noqa: SIM105 - contextlib costs a millisecond
                os.close(int(name))
            except OSError:
                pass  # what listed them


def run(steps: list[Step]) -> int:
    """Run the steps until one fails or the last one ends; its exit code as a shell tells it."""
    code = 0
    for number, step in enumerate(steps):
        pid, problem = begin(step)
        if number == 0:
            tell(str(problem) if problem else "ok")
        code = wait_for(pid)
        if problem:
            print(f"stackwright: {step[0][0]}: {os.strerror(problem)}", file=sys.stderr, flush=True)
            return 127 if problem == 2 else 126
        if code:
            break
    return code


def begin(step: Step) -> tuple[int, int]:
    """Fork and execute; the pid, and the errno that kept it from executing (0: it runs)."""
    argv, environment, directory, given, account, at_our_death = step
    said, says = os.pipe()
    ours = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            os.setsid()
            if given:
                feed(given, account)
            if account:
                user, group = account
                os.setgroups([group])
                os.setgid(group)
                os.setuid(user)
            # After the change of user, which clears it; then the parent may be gone already.
            _libc.prctl(_PR_SET_PDEATHSIG, at_our_death, 0, 0, 0)
            if os.getppid() != ours:
                os._exit(128 + _SIGKILL)
            os.chdir(directory)
            for number in _HANDED_BACK:
                _libc.signal(number, ctypes.c_void_p(0))
            os.execve(argv[0], argv, environment)  # noqa: S606 - no shell, on purpose
        except OSError as error:
            os.write(says, str(error.errno).encode())
        except ValueError:  # a NUL in a word
            os.write(says, b"22")
        finally:
            os._exit(127)
    os.close(says)
    problem = int(os.read(said, 16) or b"0")
    os.close(said)
    return pid, problem


def feed(given: bytes, account: tuple[int, int] | None) -> None:
    """Make `given` the standard input; it must fit into a pipe (64 KiB).

    The pipe is given to the account because opening /dev/stdin checks the owner.
    """
    source, sink = os.pipe()
    if account:
        os.fchown(source, *account)
    os.write(sink, given)
    os.dup2(source, 0)


def wait_for(pid: int) -> int:
    """The exit code of `pid`; orphans that end meanwhile are buried."""
    while True:
        ended, status = os.wait()
        if ended == pid:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def end_the_rest() -> None:
    """Kill the orphans, whose parent a subreaper becomes, and theirs, until none is left.

    Gives up on what cannot be killed (a set-user-id program).
    """
    deadline = time.monotonic() + _UNKILLABLE_AFTER_S
    while time.monotonic() < deadline:
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not ended:
            for pid in children():
                try:
                    os.kill(pid, _SIGKILL)
                except OSError:
                    continue
            time.sleep(0.001)


def children() -> list[int]:
    """The processes whose parent this one is."""
    ours = str(os.getpid())
    found = []
    for name in os.listdir("/proc"):  # noqa: PTH208 - pathlib costs as much as all the rest here
        if name.isdigit() and _stat(name)[1:2] == [ours]:
            found.append(int(name))
    return found


def tell(text: str) -> None:
    """Report to the caller, which may be gone."""
    try:
        os.write(_REPORT, text.encode())
    except OSError:
        return
    finally:
        os.close(_REPORT)


def _stat(name: str) -> list[str]:
    """The fields of /proc/NAME/stat after the command's name (proc(5)); empty when it is gone."""
    try:
        with open(f"/proc/{name}/stat", errors="replace") as stat:  # noqa: PTH123 - as above
            return stat.read().rpartition(")")[2].split()
    except OSError:
        return []


def _write(name: str, text: str) -> None:
    """Put a file in place, whole."""
    file = os.open(f".{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.write(file, text.encode())
    os.close(file)
    os.rename(f".{name}", name)  # noqa: PTH104 - as above


if __name__ == "__main__":
    main()
