"""A command beside an engine whose API falls silent, and how long it may take."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Final, Self

from tests.engines.engine_server import Says, Script
from tests.product import Product

BESIDE_S: Final = 2.0
"""How much longer than its Yardstick anything may take: for threads that look only now and then."""

SETTINGS: Final = """\
[stacks.store]
deadline = "{deadline}s"

[stacks.store.components.app]
{source}
gate = {{ kind = "exec", command = ["true"] }}
"""
FOUND: Final = 'image = "localhost/app:1"'
RUNNING: Final = {"State": {"Status": "running", "StartedAt": "2026-11-21T06:06:22Z"}}


def engine() -> Script:
    """Podman with an image and, once it has been started, a container that lives."""
    return Script(
        answers={
            "GET /images/localhost/app:1/json": [Says({"Id": "sha256:1"})],
            "GET /containers/json": [Says([])],
            "GET /networks": [Says([])],
            "GET /volumes": [Says({"Volumes": []})],
            "GET /images/json": [Says([])],
            "POST /networks/create": [Says({"Id": "n1"}, 201)],
            "POST /containers/create": [Says({"Id": "c1"}, 201)],
            "POST /containers/c1/start": [Says("", 204)],
            "GET /containers/c1/json": [Says(RUNNING)],
            "POST /containers/c1/exec": [Says({"Id": "e1"}, 201)],
            "POST /exec/e1/start": [Says("")],
            "GET /exec/e1/json": [Says({"Running": False, "ExitCode": 0, "Pid": 1})],
            "POST /build": [Says('{"stream": "STEP 1/2: FROM scratch"}\n', endless=True)],
            "POST /images/create": [Says('{"status": "Trying to pull"}\n', endless=True)],
        }
    )


def forget(product: Product) -> None:
    """Let the watchdogs go: without its record, nobody looks for a run."""
    for each in product.records():
        each.unlink(missing_ok=True)


def up_at(directory: Path, engine: Path) -> Product:
    """A project whose stack is up on the engine that listens at `engine`."""
    product = Product.at(
        directory,
        SETTINGS.format(deadline=60, source=FOUND),
        STACKWRIGHT_ENGINE_URL=f"unix://{engine}",
    )
    up = product.run("stack", "up", "--progress", "quiet")
    assert up.code == 0, up.err
    return product


class OnlyPings(Script):
    """Once it is silent, it still says that it is there."""

    def answer(self, request: str) -> Says:
        ping = request == "GET /_ping" and self.silent.is_set()
        return Says("OK") if ping else super().answer(request)


def one_message(err: str) -> bool:
    """Whether it is what / why / fix, once, and no traceback."""
    lines = err.splitlines()
    return sum(not line.startswith(" ") for line in lines) == 1 and "Traceback" not in err


class Yardstick:
    """A command that does nothing but start and wait, beside those that are measured.

    On a busy machine it takes longer than it should, and so may they, who have twice as much to do:
    `limit`. Elsewhere nothing is granted.
    """

    def __init__(self, waits: float) -> None:
        self._waits = waits
        self._begun = time.monotonic()
        # Its own end is what counts, not the moment at which somebody asks for the limit; this
        # clock is the same for all processes.
        program = (
            f"import time, orchestration.operations.stack; time.sleep({waits}); "
            "print(time.monotonic())"
        )
        self._process = Popen([sys.executable, "-c", program], stdout=PIPE, text=True)

    def limit(self, at_rest: float) -> float:
        """How long the others may take that may take `at_rest` on a machine that has time."""
        out, _err = self._process.communicate(timeout=60)
        late = float(out) - self._begun - self._waits
        return max(at_rest, self._waits + 2 * late + BESIDE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


def times_to_end(started: Sequence[Popen[str]], limit: float) -> list[float]:
    """How many seconds from now on each takes to end, `limit` for those that do not by then."""
    begun = time.monotonic()
    times = [limit] * len(started)
    left = dict(enumerate(started))
    while left and time.monotonic() - begun < limit:
        for number, each in tuple(left.items()):
            if each.poll() is not None:
                times[number] = time.monotonic() - begun
                del left[number]
        time.sleep(0.02)
    return times
