"""What the command line costs before it does anything: `--help` beside Python and its imports."""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from bench.contenders.stackwright_project import program, program_env
from bench.timing import measure

PYTHON: Final = "python -c pass"
HELP: Final = "stackwright --help"
IMPORTS: Final = ("docker", "pydantic", "rich.console", "invoke", "orchestration.session")
"""Heavy libraries, and all that the Python API imports before it is asked for anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartCost:
    """Medians of one command, in seconds."""

    command: str
    wall_s: float
    cpu_s: float


def measure_starts(rounds: int, order: random.Random) -> tuple[StartCost, ...]:
    """Run each command `rounds` times, in a new order each round; one run before does not count.

    A command that cannot run (a library is not installed) is left out.
    """
    commands = _commands()
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    for round_ in range(rounds + 1):
        names = list(commands)
        order.shuffle(names)
        for name in names:
            code, cost = measure(partial(_run, commands[name]))
            if round_ and code == 0:
                samples[name].append((cost.wall_s, cost.cpu_s))
    return tuple(
        StartCost(
            command=name,
            wall_s=statistics.median(wall for wall, _ in found),
            cpu_s=statistics.median(cpu for _, cpu in found),
        )
        for name, found in samples.items()
        if found
    )


def _commands() -> Mapping[str, list[str]]:
    imports = {f"import {module}": [sys.executable, "-c", f"import {module}"] for module in IMPORTS}
    return {
        PYTHON: [sys.executable, "-c", "pass"],
        HELP: [*program(), "--help"],
        **imports,
    }


def _run(argv: list[str]) -> int:
    done = subprocess.run(
        argv,
        env=program_env(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        timeout=60,
    )
    return done.returncode
