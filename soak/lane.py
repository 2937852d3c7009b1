"""Everything that is played on one engine, one after another, in a process of its own."""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Protocol

from soak.cold_start import ColdStart
from soak.compose import Compose
from soak.killer import LATEST_S, WAYS
from soak.outcome import Death, EngineName, Start
from soak.scene import Scene
from soak.sudden_death import SuddenDeath

Outcome = Start | Death


class Job(Protocol):
    """Something to play."""

    def play(self) -> Outcome:
        """Play it, and leave nothing behind."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """`starts` of ours, `deaths`, and `peers` of each compose way, shuffled by `seed`.

    Nothing is begun after `seconds`.
    """

    engine: EngineName
    seed: int
    starts: int
    deaths: int
    peers: int
    seconds: float

    def play(self, tell: Callable[[Outcome], None]) -> None:
        """Play all of it; `tell` hears each outcome. Changes STACKWRIGHT_STATE of this process."""
        until = time.monotonic() + self.seconds
        with tempfile.TemporaryDirectory(prefix="stackwright-soak-") as directory:
            # Containers and dropped accounts read the files in it.
            Path(directory).chmod(0o755)
            scene = Scene.at(self.engine, Path(directory))
            os.environ["STACKWRIGHT_STATE"] = str(scene.state)
            for job in self.jobs(scene):
                if time.monotonic() > until:
                    return
                tell(job.play())

    def jobs(self, scene: Scene) -> list[Job]:
        """The same for the same seed."""
        order = random.Random(f"{self.seed} {self.engine}")  # noqa: S311 - an order, not a secret
        jobs: list[Job] = [
            *(ColdStart(scene=scene) for _ in range(self.starts)),
            *self._deaths(scene, order),
            *self._peers(scene),
        ]
        order.shuffle(jobs)
        return jobs

    def _deaths(self, scene: Scene, order: random.Random) -> Iterator[SuddenDeath]:
        turns = [(victim, how) for victim, ways in WAYS.items() for how in ways]
        order.shuffle(turns)
        for victim, how in islice(cycle(turns), self.deaths):
            delay = order.uniform(0.0, LATEST_S[victim])
            yield SuddenDeath(scene=scene, victim=victim, how=how, delay=delay)

    def _peers(self, scene: Scene) -> Iterator[Compose]:
        if scene.engine == "embedded":
            return
        for conditions in (False, True):
            peer = Compose(scene=scene, program=f"{scene.engine}-compose", conditions=conditions)
            if peer.obstacle() is None:
                yield from (peer for _ in range(self.peers))
