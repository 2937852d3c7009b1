"""A project of its own for one cell, and the program that runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from chaos.trial import EngineName
from tests.product import STORE, Product

Runner = Literal["cli", "down", "api", "pytest", "xdist"]

ROOT: Final = Path(__file__).parents[1]

CLI: Final = """\
import sys
import chaos.tripwire
from orchestration.cli import main
sys.exit(main(sys.argv[1:]))
"""
"""The command, with the tripwire in its process."""
_API: Final = """\
import sys
from chaos.tripwire import reach
from orchestration import stack_up
with stack_up(engine=sys.argv[1]) as running:
    reach("tests")
"""
_TESTS: Final = """\
import urllib.request
import pytest
from chaos.tripwire import reach

@pytest.mark.parametrize("number", range(2))
def test_the_app_serves(stackwright_stack, number):
    reach("tests")
    url = stackwright_stack.endpoint("app").url
    assert urllib.request.urlopen(url + "/health").read() == b"ok"
"""
_BUILD: Final = """\
[stacks.store.components.app]
build = { context = "app" }
"""
_CONTAINERFILE: Final = """\
FROM localhost/stackwright-python:3.11 AS made
RUN echo made > /made && sleep 0.3
FROM localhost/stackwright-python:3.11
COPY --from=made /made /made
COPY app.py /app/app.py
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The product on its project. `stop`: the file at which it waits when `step` begins; `raises`:
    it does not wait, it raises."""

    runner: Runner
    engine: EngineName
    step: str
    raises: bool
    product: Product
    stop: Path

    @classmethod
    def of(
        cls,
        directory: Path,
        port: int,
        *,
        runner: Runner,
        engine: EngineName,
        step: str,
        raises: bool,
    ) -> Scene:
        """The project; Redis is pinned to `port`, to see that it is free afterwards."""
        config = STORE.replace(
            "ports.redis = 6379", f"ports.redis = {{ container = 6379, host = {port} }}"
        )
        if engine != "embedded":
            before, app = config.split("[stacks.store.components.app]\n")
            app = app.replace('image = "python:3.11-slim"\n', "").replace(
                'volumes = ["app:/app"]\n', ""
            )
            config = before + _BUILD + app
        product = Product.at(directory, config)
        (product.project / "app" / "Containerfile").write_text(_CONTAINERFILE)
        (product.project / "test_store.py").write_text(_TESTS)
        (product.project / "pytest.ini").write_text("[pytest]\n")
        return cls(
            runner=runner,
            engine=engine,
            step=step,
            raises=raises,
            product=product,
            stop=directory / "reached",
        )

    def begin(self) -> subprocess.Popen[str]:
        """Start the run, in a session of its own."""
        environ = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("STACKWRIGHT_", "PYTEST_"))
        }
        environ |= {
            "STACKWRIGHT_STATE": str(self.product.state),
            "PYTHONPATH": str(ROOT),
            "CHAOS_STEP": self.step,
            "CHAOS_FILE": str(self.stop),
        }
        if self.raises:
            environ["CHAOS_RAISE"] = "1"
        return subprocess.Popen(
            [sys.executable, *self._words()],
            cwd=self.product.project,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def _words(self) -> list[str]:
        engine = self.engine
        pytest = ["-m", "pytest", "-p", "chaos.tripwire", "-p", "no:cacheprovider", "-q"]
        pytest += ["--stackwright-engine", engine]
        # It comes with our own tests, and takes a second or two of a session's end for its imports.
        pytest += ["-p", "no:hypothesispytest"]
        match self.runner:
            case "cli":
                return ["-c", CLI, "stack", "up", "--engine", engine, "--progress", "plain"]
            case "down":
                return ["-c", CLI, "stack", "down", "--progress", "plain"]
            case "api":
                return ["-c", _API, engine]
            case "pytest":
                return pytest
            case "xdist":
                return [*pytest, "-n", "2"]
