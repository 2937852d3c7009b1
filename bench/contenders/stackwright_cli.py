"""stackwright as its users type it: one process for up, one for down."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from functools import partial

from bench.contender import TakeDown
from bench.contenders.stackwright_project import program, program_env, state_of, write_project
from bench.stack_under_test import EngineUnderTest, StackUnderTest

LIMIT_S = 120.0


@dataclass(frozen=True, slots=True)
class StackwrightCli:
    """`stackwright stack up` and `stack down`: the start of Python and its imports count."""

    name: str = "stackwright CLI"
    note: str = "`stackwright stack up`, `stackwright stack down`; Python's start included"

    def obstacle(self, engine: EngineUnderTest) -> str | None:
        """None: it is what this tree holds."""
        return None

    def up(self, stack: StackUnderTest) -> TakeDown:
        """Bring the stack up and leave it running."""
        write_project(stack)
        call = partial(_call, stack)
        call("stack", "up", "--service", stack.token, "--progress", "plain")
        return partial(call, "stack", "down", "--service", stack.token, "--progress", "plain")


def _call(stack: StackUnderTest, *words: str) -> None:
    done = subprocess.run(
        [*program(), *words],
        cwd=stack.directory,
        env=program_env(STACKWRIGHT_STATE=str(state_of(stack))),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=LIMIT_S,
    )
    if done.returncode != 0:
        said = " ".join(done.stdout.split())[-300:]
        raise RuntimeError(
            f"`stackwright {' '.join(words[:2])}` ended with {done.returncode}: {said}"
        )
