"""What a supervisor is told to run, and how one is started."""

from __future__ import annotations

import marshal
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from orchestration.engines.embedded.account import Account
from orchestration.engines.embedded.processes import MARK

_SUPERVISOR: Final = Path(__file__).with_name("supervisor.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One program: an absolute path first, its whole environment, and who runs it.

    `given`: its standard input, at most 64 KiB; the way for what no process list may show.
    `last_signal`: what it gets when its supervisor is killed.
    """

    argv: tuple[str, ...]
    env: Mapping[str, str] = field(repr=False)
    cwd: Path
    given: bytes = field(default=b"", repr=False)
    account: Account | None = None
    last_signal: signal.Signals = signal.SIGKILL


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How an instance runs: steps until one fails; the last one is the component.

    `env`, `cwd`: for commands that are executed in it. `scratch`: a directory with `files`, made
    for `account` before the start and removed with the instance.
    """

    steps: tuple[Step, ...]
    env: Mapping[str, str] = field(repr=False)
    cwd: Path
    scratch: Path | None = None
    files: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None

    def make_scratch(self) -> None:
        """Make the scratch directory, closed to everybody but the account."""
        if self.scratch is None:
            return
        self.scratch.mkdir(mode=0o700)
        for name, content in self.files.items():
            file = self.scratch / name
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as opened:
                opened.write(content)
            self._give(file)
        self._give(self.scratch)

    def _give(self, path: Path) -> None:
        if self.account is not None:
            os.chown(path, self.account.uid, self.account.gid)


@dataclass(frozen=True, slots=True)
class Supervised:
    """A supervisor that was started: its pid, a child of this process, and what it reported."""

    pid: int
    report: str


def supervise(order: Order, directory: Path, name: str, mark: str) -> Supervised:
    """Start a supervisor for `order`, which keeps its files in `directory`.

    Returns once the first step executes ("ok") or cannot (its errno as text). The supervisor gets
    a session of its own, and of this process neither environment nor descriptors. It is no `Popen`
    because it may outlive this process, which is nothing to warn of.
    """
    for_it, ours = os.pipe()
    heard, says = os.pipe()
    with os.fdopen(ours, "wb") as sink, os.fdopen(heard, "rb") as source:
        try:
            pid = os.posix_spawn(
                sys.executable,
                [sys.executable, "-I", "-S", str(_SUPERVISOR), name],
                {MARK: mark},
                file_actions=[
                    (os.POSIX_SPAWN_DUP2, for_it, 0),
                    (os.POSIX_SPAWN_DUP2, says, 1),
                    (os.POSIX_SPAWN_DUP2, says, 2),
                ],
                setsid=True,
                setsigmask=(),
            )
        finally:
            os.close(for_it)
            os.close(says)
        # One that died at once reads nothing; its report says why.
        with suppress(BrokenPipeError), sink:
            marshal.dump(_marshalled(order, directory), sink)
        return Supervised(pid, source.read().decode(errors="replace"))


def _marshalled(order: Order, directory: Path) -> tuple[str, list[object]]:
    """In the supervisor's own shapes."""
    steps: list[object] = []
    for step in order.steps:
        account = None if step.account is None else (step.account.uid, step.account.gid)
        steps.append(
            (
                list(step.argv),
                dict(step.env),
                str(step.cwd),
                step.given,
                account,
                int(step.last_signal),
            )
        )
    return str(directory), steps
