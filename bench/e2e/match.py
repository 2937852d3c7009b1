"""The trials, and rounds of all of them."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.e2e import kubectl, scenes
from bench.e2e.cluster import Cluster, cluster
from bench.e2e.command import whole_command
from bench.e2e.scenes import Scene
from bench.e2e.trials import deploy_seconds, failed_job_ends, failures_told, ready_seconds

Work = Callable[[Cluster, Path], Mapping[str, float]]
"""What a trial does on a cluster of its own, with files in a directory to be made."""
Tell = Callable[[int, str, Mapping[str, float], str], None]
"""Round (0 for the one that does not count), trial, what was measured, and why it failed."""

JOB_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """By name. `without`: why some are left out, one sentence each."""

    works: Mapping[str, Work]
    without: tuple[str, ...] = ()


def trials(delayed: Scene, *, job_s: float = JOB_S) -> Trials:
    """All that can run here. `delayed`: what is awaited; `job_s`: until the Job fails."""
    works: dict[str, Work] = {
        "one wave": lambda where, place: deploy_seconds(where, scenes.one_wave(), place),
        "three waves": lambda where, place: deploy_seconds(where, scenes.three_waves(), place),
        "fifty": lambda where, place: deploy_seconds(where, scenes.fifty(), place),
        "ready": lambda where, place: ready_seconds(where, delayed, place),
        "failures": failures_told,
        "job": lambda where, place: failed_job_ends(where, place, job_s),
        "command": lambda where, place: {"seconds": whole_command(where, place)},
    }
    if not kubectl.is_there():
        return Trials(works=works, without=(kubectl.MISSING,))
    peers: Mapping[str, Work] = {
        "kubectl in turn": lambda where, place: {
            "seconds": kubectl.one_by_one(where, delayed, place)
        },
        "kubectl at once": lambda where, place: {"seconds": kubectl.all_at_once(where, place)},
    }
    return Trials(works={**works, **peers})


def play(
    works: Mapping[str, Work], *, rounds: int, order: random.Random, latency_s: float, tell: Tell
) -> Sequence[Mapping[str, float]]:
    """What was measured in each round, by `trial/figure`: what failed is not in it.

    Each round runs each trial once, in a new order; one round before the first does not count.
    """
    found: list[Mapping[str, float]] = []
    for number in range(rounds + 1):
        names = list(works)
        order.shuffle(names)
        figures: dict[str, float] = {}
        for name in names:
            measured, failure = _try(works[name], latency_s)
            tell(number, name, measured, failure)
            figures |= {f"{name}/{key}": value for key, value in measured.items()}
        if number:
            found.append(figures)
    return found


def _try(work: Work, latency_s: float) -> tuple[Mapping[str, float], str]:
    with (
        tempfile.TemporaryDirectory(prefix="stackwright-bench-") as directory,
        cluster(Path(directory), latency_s=latency_s) as where,
    ):
        try:
            return work(where, Path(directory) / "trial"), ""
        except RuntimeError as error:
            return {}, str(error)
