"""Kill what uses a run, and wait for its watchdog to have done its work."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Final

from orchestration.record import RunRecord
from orchestration.state import FileRuns, HostOwners
from tests.product import Product, leftovers

WITHIN_S: Final = 30.0
"""How long a watchdog may take. It takes 2 to 3 s; a machine busy with other tests, some more."""

HOLDS: Final = """\
import sys
from orchestration import stack_up

with stack_up(engine="{engine}", fresh=True) as running:
    print(running.run, flush=True)
    sys.stdin.readline()
"""


def watchdogs(product: Product, run: str = "") -> list[int]:
    """The pids of the watchdogs of a product's runs, or of one run."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            environ = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        ours = f"STACKWRIGHT_STATE={product.state}".encode() in environ
        watching = len(words) > 4 and words[3].endswith(b"watchdog_wait.py")
        if ours and watching and run in ("", words[4].decode()):
            found.append(int(entry.name))
    return found


def left(engine: str, product: Product) -> list[str]:
    """Everything that is left of a product: on the engine, of records, of watchdogs."""
    return [
        *leftovers(engine, product),
        *(f"record {each.name}" for each in product.records()),
        *(f"watchdog {pid}" for pid in watchdogs(product)),
    ]


def left_after_all(engine: str, product: Product) -> list[str]:
    """What is left once watchdogs have had their time; empty as soon as nothing is."""
    until = time.monotonic() + WITHIN_S
    while (found := left(engine, product)) and time.monotonic() < until:
        time.sleep(0.1)
    return found


def log(product: Product) -> str:
    """What the watchdogs of a product have noted."""
    file = product.state / "watchdog.log"
    return file.read_text() if file.exists() else ""


def records(product: Product) -> tuple[RunRecord, ...]:
    """The run records of a product."""
    return FileRuns(product.state, HostOwners()).all()


def at_step(process: subprocess.Popen[str], step: str) -> None:
    """Wait until a command with `--progress json` begins a step, as `gate postgres`."""
    assert process.stderr is not None
    seen: list[str] = []
    for line in process.stderr:
        seen.append(line)
        event = json.loads(line) if line.startswith("{") else {}
        name = f"{event.get('step', '')} {event.get('component', '')}".strip()
        if event.get("event") == "step_started" and name == step:
            return
    raise AssertionError(f"no step {step}: {''.join(seen)}")


def killed(process: subprocess.Popen[str], *, group: bool = False) -> None:
    """Kill a process that the test began, or its whole process group."""
    (os.killpg if group else os.kill)(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL


def killed_unwatched(product: Product, engine: str, step: str) -> None:
    """Kill `stack up` when a step begins, and its watchdog before it."""
    process = product.begin("stack", "up", "--engine", engine, "--progress", "json")
    at_step(process, step)
    for pid in watchdogs(product):
        os.kill(pid, signal.SIGKILL)
    killed(process)


def holding(product: Product, engine: str) -> tuple[subprocess.Popen[str], str]:
    """A program inside `with stack_up()`, and its run. A line on its input ends it."""
    process = product.begin_python(HOLDS.format(engine=engine))
    assert process.stdout is not None
    run = process.stdout.readline().strip()
    assert run, process.communicate()
    return process, run


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    """Wait until a file is there that `process` makes."""
    until = time.monotonic() + 60
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until, f"{path.name} is not made"
        time.sleep(0.02)
