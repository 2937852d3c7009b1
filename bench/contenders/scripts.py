"""The scripts' way: the engine's command line, one-second sleeps, stop and rm.

The sequence of the Python module in `HAPI-pure-python-sequential-startup` and of the shell script
in DD-TEST-002: a clean slate first, then `run` and a wait loop for each component.
"""

from __future__ import annotations

import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bench.contender import TakeDown
from bench.stack_under_test import USER, EngineUnderTest, StackUnderTest

COMPONENTS: Final = ("postgres", "redis", "datastorage")
TRIES: Final = 30
SLEEP_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Scripts:
    """CLI calls through `subprocess`. Its down leaves the network, as the originals do."""

    name: str = "scripts"
    note: str = "CLI calls, 1 s sleeps, clean slate first; down: stop + rm, one by one"

    def obstacle(self, engine: EngineUnderTest) -> str | None:
        """Without the engine's command line there is nothing to call."""
        if shutil.which(engine.name) is None:
            return f"the command {engine.name} is not on PATH: install the engine's client"
        return None

    def up(self, stack: StackUnderTest) -> TakeDown:
        """Clean up, network, then each component and its wait loop."""
        script = _Script(stack)
        script.clean_up()
        script.call("network", "create", stack.token)
        ports = stack.ports
        script.run("postgres", stack.images.postgres, stack.postgres_env, {ports.postgres: 5432})
        _wait_for("postgres", lambda: script.succeeds("postgres", ["pg_isready", "-U", USER]))
        script.migrate()
        script.run("redis", stack.images.redis, {}, {ports.redis: 6379})
        _wait_for("redis", lambda: script.succeeds("redis", ["redis-cli", "ping"]))
        env = stack.datastorage_env(script.container("postgres"), script.container("redis"))
        publish = {ports.http: 8080, ports.metrics: 9090}
        script.run("datastorage", stack.images.datastorage, env, publish)
        _wait_for("datastorage", lambda: _healthy(ports.http))
        return script.clean_up


@dataclass(frozen=True, slots=True)
class _Script:
    stack: StackUnderTest

    def call(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        argv = [self.stack.engine.name, *words]
        return subprocess.run(argv, check=check, capture_output=True, text=True, timeout=120)

    def container(self, component: str) -> str:
        return f"{self.stack.token}_{component}"

    def clean_up(self) -> None:
        for component in COMPONENTS:
            self.call("stop", self.container(component), check=False)
            self.call("rm", "-f", self.container(component), check=False)

    def run(
        self, component: str, image: str, env: Mapping[str, str], publish: Mapping[int, int]
    ) -> None:
        options = [f"--publish=127.0.0.1:{host}:{inside}" for host, inside in publish.items()]
        self._run(["-d", "--name", self.container(component), *options], image, env)

    def migrate(self) -> None:
        options = ["--rm", f"--volume={self.stack.migrations}:/migrations:ro"]
        env = self.stack.psql_env(self.container("postgres"))
        self._run(options, self.stack.images.postgres, env, self.stack.migrate)

    def _run(
        self,
        options: Sequence[str],
        image: str,
        env: Mapping[str, str],
        command: Sequence[str] = (),
    ) -> None:
        variables = [f"--env={key}={value}" for key, value in env.items()]
        self.call("run", f"--network={self.stack.token}", *options, *variables, image, *command)

    def succeeds(self, component: str, command: Sequence[str]) -> bool:
        return self.call("exec", self.container(component), *command, check=False).returncode == 0


def _wait_for(what: str, look: Callable[[], bool]) -> None:
    for _ in range(TRIES):
        if look():
            return
        time.sleep(SLEEP_S)
    raise TimeoutError(f"{what} was not ready after {TRIES} looks")


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
