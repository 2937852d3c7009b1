"""What something cost: wall time, and the CPU of this process and the children it waited for."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds. `cpu_s` is user and system time together; the engine's own work is not in it."""

    wall_s: float
    cpu_s: float


def measure(work: Callable[[], Result]) -> tuple[Result, Cost]:
    """Do `work`; its result and what it cost."""
    cpu = _own_cpu()
    wall = time.perf_counter()
    result = work()
    wall = time.perf_counter() - wall
    return result, Cost(wall_s=wall, cpu_s=_own_cpu() - cpu)


def _own_cpu() -> float:
    spent = 0.0
    for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
        usage = resource.getrusage(who)
        spent += usage.ru_utime + usage.ru_stime
    return spent
