"""Compose tools on the same images: `up -d`, and a client's look as soon as it returns."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.janitor import clear
from bench.stack_under_test import LOOPBACK, EngineUnderTest, HostPorts, free_ports, new_token
from soak.clients import Addresses, complaint
from soak.compose_services import services, with_conditions
from soak.containers import engine_called, fates
from soak.outcome import Start
from soak.scene import DATABASE, PASSWORD, USER, Scene

LIMIT_S: Final = 90.0
SETTLED_S: Final = 3.0
"""How long a stack that was not ready is left alone before its containers are counted."""

_KILLED: Final = 137
_ID: Final = re.compile(r"[0-9a-f]{64}|swbench[0-9a-f]{8}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compose:
    """A start by `program`: `podman-compose` or `docker-compose`.

    `conditions`: whether the file has health checks and waits for them.
    """

    scene: Scene
    program: str
    conditions: bool

    @property
    def way(self) -> str:
        """Its name in the table."""
        return f"{self.program}, conditions" if self.conditions else f"{self.program} up -d"

    def obstacle(self) -> str | None:
        """Why it cannot be played; None when it can."""
        return None if _found(self.program) else f"{self.program} is not installed"

    def play(self) -> Start:
        """Up, a client's look, a count of what died, and all away by force."""
        engine = engine_called(self.scene.engine)
        assert engine is not None, "compose tools are for container engines"
        token = new_token()
        finished = False
        try:
            start = self._start(engine, token, free_ports())
            finished = True
        finally:
            clear(engine, token, not finished)
        return start

    def _start(self, engine: EngineUnderTest, token: str, ports: HostPorts) -> Start:
        plain = services(self.scene.directory, ports)
        file = self.scene.directory / f"{token}.json"
        file.write_text(
            json.dumps(
                {"services": with_conditions(plain)} if self.conditions else {"services": plain}
            )
        )
        begun = time.monotonic()
        failure = _call(self.program, engine, ["-p", token, "-f", str(file), "up", "-d"])
        took = time.monotonic() - begun
        file.unlink()
        false_ready = "" if failure else complaint(_addresses(ports))
        if failure or false_ready:
            time.sleep(SETTLED_S)
        found = fates(self.scene.engine, token)
        return Start(
            way=self.way,
            engine=self.scene.engine,
            up_s=None if failure else took,
            failure=failure,
            false_ready=false_ready,
            killed=sum(each.code == _KILLED for each in found),
            restarts=sum(each.restarts for each in found),
        )


def _addresses(ports: HostPorts) -> Addresses:
    return Addresses(
        dsn=f"postgresql://{USER}:{PASSWORD}@{LOOPBACK}:{ports.postgres}/{DATABASE}",
        redis_host=LOOPBACK,
        redis_port=ports.redis,
        app=f"http://{LOOPBACK}:{ports.http}",
    )


def _found(program: str) -> str | None:
    """On PATH, or beside the Python that runs (a virtual environment need not be active)."""
    beside = Path(sys.executable).parent / program
    return str(beside) if beside.exists() else shutil.which(program)


def _call(program: str, engine: EngineUnderTest, words: list[str]) -> str:
    """Why it failed, "" when it did not."""
    try:
        done = subprocess.run(
            [_found(program) or program, *words],
            env={**os.environ, "DOCKER_HOST": engine.url},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=LIMIT_S,
        )
    except subprocess.TimeoutExpired:
        return f"not back after {LIMIT_S:.0f} s"
    last = done.stdout.strip().splitlines()[-1:] or ["no output"]
    # Without the ids, so that equal failures are counted as equal.
    said = _ID.sub("…", last[0])[:200]
    return f"exit code {done.returncode}: {said}" if done.returncode else ""
