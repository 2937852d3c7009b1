"""Start a watchdog for a run, and send it away."""

from __future__ import annotations

import marshal
import os
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from orchestration.errors import StackwrightError
from orchestration.ports import Owners
from orchestration.state.watchdog_wait import ACT, LENGTH, OVER

_SCRIPT: Final = Path(__file__).with_name("watchdog_wait.py")
_PACKAGES: Final = Path(__file__).parents[2]
_ARMED: Final = b"armed"


@dataclass(slots=True)
class _Watch:
    """Descriptors of one watchdog: `tell` is its standard input, `heard` its output until armed.

    `forker` is the child that leaves it behind, `pid` the process that has it watched.
    """

    tell: int
    heard: int | None
    forker: int
    pid: int


@dataclass(slots=True, kw_only=True)
class ProcessWatchdogs:
    """`Watchdogs` as processes: each in a session of its own, so that what ends this process, its
    terminal or its group does not end them. `home`: the state directory. `cleaner`: the function
    that takes a run down, as `module:name`; called with the run, and `home=` that directory.

    They inherit the environment, which says where engines are, and no descriptor. None is a child
    of this process, so that nobody who waits for children hears of them.
    """

    home: Path
    owners: Owners
    cleaner: str
    _watches: dict[str, _Watch] = field(default_factory=dict)

    def watch(self, run: str) -> None:
        """Start one for `run`; returns before it is armed. Content when there is one."""
        if self._mine(run) is not None:
            return
        order = self._order(run)
        for_it, tell = os.pipe()
        heard, says = os.pipe()
        try:
            forker = os.posix_spawn(
                sys.executable,
                [sys.executable, "-I", "-S", str(_SCRIPT), run],
                os.environ,
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, for_it, 0),
                    (os.POSIX_SPAWN_DUP2, says, 1),
                ],
                setsid=True,
                setsigmask=(),
            )
        except OSError as error:
            os.close(tell)
            os.close(heard)
            raise StackwrightError(
                "no watchdog can be started",
                why=f"{sys.executable}: {error.strerror}",
                fix="see the limits of processes of this user (`ulimit -u`)",
            ) from error
        finally:
            os.close(for_it)
            os.close(says)
        self._watches[run] = _Watch(tell=tell, heard=heard, forker=forker, pid=os.getpid())
        # One that died at once reads nothing; `armed` tells.
        with suppress(BrokenPipeError):
            os.write(tell, len(order).to_bytes(LENGTH) + order)

    def armed(self, run: str) -> None:
        """Wait until the watchdog of `run` would miss nothing. Raises StackwrightError."""
        watch = self._mine(run)
        if watch is None or watch.heard is None:
            return
        said = os.read(watch.heard, len(_ARMED))
        _forget(watch)
        if said != _ARMED:
            self.over(run)
            raise StackwrightError(
                "the watchdog of the run did not start",
                why=f"{sys.executable} ended before it was ready",
                fix="see whether that interpreter works by itself",
            )

    def act(self, run: str) -> None:
        """Leave `run` to its watchdog: it acts now, by the run's record."""
        self._part(run, ACT)

    def over(self, run: str) -> None:
        """Send the watchdog of `run` away: there is nothing left to clean, or it is to stay."""
        self._part(run, OVER)

    def _part(self, run: str, word: bytes) -> None:
        watch = self._mine(run)
        if watch is None:
            return
        del self._watches[run]
        with suppress(BrokenPipeError):
            os.write(watch.tell, word)
        os.close(watch.tell)
        _forget(watch)

    def _mine(self, run: str) -> _Watch | None:
        """The watch over this process. A fork of it has inherited what says so of its parent."""
        watch = self._watches.get(run)
        return watch if watch is not None and watch.pid == os.getpid() else None

    def _order(self, run: str) -> bytes:
        here = self.owners.here()
        awaited = {(each.pid, each.started) for each in (here, self.owners.me())}
        return marshal.dumps(
            {
                "run": run,
                "record": str(self.home / "runs" / f"{run}.json"),
                "home": str(self.home),
                "cleaner": self.cleaner,
                "place": here.place,
                "boot": here.boot,
                "processes": sorted(awaited),
                "path": [str(_PACKAGES), *(str(Path(each).absolute()) for each in sys.path)],
            }
        )


def _forget(watch: _Watch) -> None:
    """What was only needed until it was armed."""
    if watch.heard is None:
        return
    os.close(watch.heard)
    watch.heard = None
    with suppress(ChildProcessError):
        os.waitpid(watch.forker, 0)
