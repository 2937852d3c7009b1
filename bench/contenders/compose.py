"""Compose tools: `up -d` on a file with health conditions, `down`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Literal

from bench.contender import TakeDown
from bench.contenders.compose_file import write_compose_file
from bench.engine_api import EngineApi
from bench.probes import await_ready, http_answers
from bench.stack_under_test import EngineUnderTest, StackUnderTest

LIMIT_S: Final = 90.0
DEATH_CHECK_S: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Compose:
    """One compose tool on the engine it is made for."""

    name: str
    program: str
    engine: Literal["podman", "docker"]
    remedy: str
    note: str = "`up -d` with health checks every second, then until DataStorage answers; `down`"

    def obstacle(self, engine: EngineUnderTest) -> str | None:
        """The tool, and its engine."""
        if engine.name != self.engine:
            return f"{self.program} is a tool for {self.engine}"
        if self._program() is None:
            return f"{self.program} is not installed: {self.remedy}"
        return None

    def up(self, stack: StackUnderTest) -> TakeDown:
        """Neither tool waits for the last component: the host looks, every 5 ms."""
        file = write_compose_file(stack)
        call = partial(self._call, stack, ["-p", stack.token, "-f", str(file)])
        call(["up", "-d"])
        with EngineApi(stack.engine.socket) as api:
            await_ready(_DataStorage(stack, api).answers, "datastorage")
        return partial(call, ["down"])

    def _program(self) -> str | None:
        """On PATH, or beside the Python that runs (a virtual environment need not be active)."""
        beside = Path(sys.executable).parent / self.program
        return str(beside) if beside.exists() else shutil.which(self.program)

    def _call(self, stack: StackUnderTest, options: Sequence[str], words: Sequence[str]) -> None:
        done = subprocess.run(
            [self._program() or self.program, *options, *words],
            env={**os.environ, "DOCKER_HOST": stack.engine.url},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=LIMIT_S,
        )
        if done.returncode != 0:
            last = done.stdout.strip().splitlines()[-1:] or ["no output"]
            raise RuntimeError(f"exit code {done.returncode}: {last[0][:200]}")


@dataclass(slots=True)
class _DataStorage:
    """Looks at its port each time, and twice a second whether its container has died."""

    stack: StackUnderTest
    api: EngineApi
    checked: float = 0.0

    def answers(self) -> bool:
        if http_answers(self.stack.ports.http):
            return True
        if time.monotonic() - self.checked > DEATH_CHECK_S:
            self.checked = time.monotonic()
            for container in self.api.containers(self.stack.token):
                name, state = container["Names"][0], container["State"]
                if "datastorage" in name and state in ("exited", "dead"):
                    raise RuntimeError(f"DataStorage died: {container['Status']}")
        return False
