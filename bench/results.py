"""The outcome of a run of the benchmark, for programs."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

from bench.stack_under_test import EngineUnderTest
from bench.start_cost import StartCost
from bench.targets import Verdict
from bench.trial import Trial

SCHEMA_VERSION: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """Everything measured. `engines`: with their versions. `seed`: of the order of the rounds."""

    seed: int
    rounds: int
    engines: Mapping[EngineUnderTest, str]
    trials: Sequence[Trial]
    starts: Sequence[StartCost]
    verdicts: Sequence[Verdict]

    def document(self, now: datetime | None = None) -> dict[str, object]:
        """As JSON values."""
        return {
            "schema_version": SCHEMA_VERSION,
            "date": (now or datetime.now(UTC)).isoformat(timespec="seconds"),
            "machine": machine(),
            "seed": self.seed,
            "rounds": self.rounds,
            "engines": {each.name: version for each, version in self.engines.items()},
            "trials": [asdict(each) for each in self.trials],
            "starts": [asdict(each) for each in self.starts],
            "targets": [{**asdict(each), "met": each.met} for each in self.verdicts],
        }


def machine() -> str:
    """`2 cores, Linux x86_64, Python 3.11.7`: its class, and nothing that names it."""
    cores = len(os.sched_getaffinity(0))
    return (
        f"{cores} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}"
    )
