"""The order of a lane, and two real starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from soak.lane import Lane, Outcome
from soak.outcome import OURS, Start
from soak.scene import Scene


def lane(seed: int) -> Lane:
    return Lane(engine="embedded", seed=seed, starts=2, deaths=6, peers=3, seconds=60.0)


def test_a_seed_gives_the_same_jobs_again(tmp_path: Path) -> None:
    scene = Scene.at("embedded", tmp_path)
    assert lane(1).jobs(scene) == lane(1).jobs(scene)
    assert lane(1).jobs(scene) != lane(2).jobs(scene)
    assert len(lane(1).jobs(scene)) == 8


def test_two_embedded_starts_are_what_they_say_and_leave_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The lane sets it for its own process, which here is everybody's.
    monkeypatch.setenv("STACKWRIGHT_STATE", "")
    told: list[Outcome] = []
    Lane(engine="embedded", seed=1, starts=2, deaths=0, peers=0, seconds=60.0).play(told.append)
    assert [(each.way, each.good) for each in told if isinstance(each, Start)] == [
        (OURS, True),
        (OURS, True),
    ], told
