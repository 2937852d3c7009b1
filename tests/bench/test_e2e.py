"""The benchmark of deployments, played once without any latency."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from bench.e2e import kubectl, scenes, served
from bench.e2e.cluster import cluster
from bench.e2e.figures import Figure, describe, figures, render_figures
from bench.e2e.match import play, trials
from bench.e2e.trials import deployed

QUICK = (0.0,) * 8
ROUNDS: tuple[Mapping[str, float], ...] = (
    {"own/s": 0.4, "peer/s": 2.0, "own/n": 12},
    {"own/s": 0.6, "peer/s": 2.4, "own/n": 12},
    {"own/s": 0.5, "own/n": 12},
)


def cells(figure: Figure) -> list[str]:
    row = render_figures([figure], ROUNDS).splitlines()[2]
    return [each.strip() for each in row.split("|")[1:-1]]


def test_a_trial_that_fails_is_told_and_has_no_figures() -> None:
    def fail(_where: object, _place: Path) -> Mapping[str, float]:
        raise RuntimeError("it did not come up")

    told: list[str] = []
    rounds = play(
        {"one": fail},
        rounds=1,
        order=random.Random(1),  # noqa: S311 - an order, not a secret
        latency_s=0.0,
        tell=lambda number, trial, measured, failure: told.append(f"{number} {failure}"),
    )
    assert told == ["0 it did not come up", "1 it did not come up"]
    assert rounds == [{}]


@pytest.mark.parametrize("name", trials(scenes.delayed(QUICK)).works)
def test_a_trial_measures_what_rows_are_made_of(name: str) -> None:
    playing = trials(scenes.delayed(QUICK), job_s=0.0)
    told: list[str] = []
    rounds = play(
        {name: playing.works[name]},
        rounds=0,
        order=random.Random(1),  # noqa: S311 - an order, not a secret
        latency_s=0.0,
        tell=lambda number, trial, measured, failure: told.extend((*measured, failure)),
    )
    assert rounds == []
    *measured, failure = told
    assert not failure
    wanted = {
        each.key for each in figures(scenes.delayed(QUICK)) if each.key.startswith(f"{name}/")
    }
    assert wanted
    assert wanted <= {f"{name}/{each}" for each in measured}


def test_the_server_tells_how_many_requests_came_and_when_a_job_failed(tmp_path: Path) -> None:
    with cluster(tmp_path, latency_s=0.0) as where:
        found = deployed(where, scenes.failing_job(0.0), tmp_path / "scene")
        told = where.ask(served.told)
    assert not found.report.ok
    assert found.report.requests < told.requests
    assert told.job_failed_at is not None
    assert found.began < told.job_failed_at < found.ended
    assert told.last_apply_at is not None


def test_a_bound_is_kept_by_the_median_or_not() -> None:
    kept = Figure(what="own", key="own/s", floor=0.25, beside="1 answer", bound=0.5)
    assert cells(kept) == [
        *("own", "0.50 s", "0.40 s", "0.58 s", "0.25 s (1 answer)", "2.00", "<= 0.50 s", "ok")
    ]
    assert cells(Figure(what="own", key="own/s", bound=0.49))[-2:] == ["<= 0.49 s", "over"]
    assert cells(Figure(what="n", key="own/n", unit="", bound=11))[1:] == [
        *("12", "12", "12", "-", "-", "<= 11", "over")
    ]


def test_a_peer_is_compared_within_rounds() -> None:
    peer = Figure(what="peer", key="peer/s", peer="own/s", beside="own", times=4)
    assert cells(peer)[4:] == ["own", "4.50", "ratio >= 4", "ok"]
    assert peer.met(ROUNDS[1:]) is True
    assert Figure(what="peer", key="peer/s", peer="own/s", times=5).met(ROUNDS) is False


def test_what_was_not_measured_is_left_out_and_has_no_verdict() -> None:
    missing = Figure(what="none", key="none/s", bound=1)
    assert len(render_figures([missing], ROUNDS).splitlines()) == 2
    assert [each["met"] for each in describe([missing], ROUNDS)] == [None]


def test_the_scenes_are_as_wide_as_issue_5_says() -> None:
    widths = [len(each.objects) for each in (scenes.one_wave(), scenes.three_waves())]
    assert [*widths, len(scenes.fifty().objects)] == [8, 8, 50]
    assert (min(scenes.DELAYS), max(scenes.DELAYS), len(scenes.DELAYS)) == (1.0, 3.0, 8)


def test_without_kubectl_its_trials_are_left_out_with_a_word(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    playing = trials(scenes.delayed())
    assert playing.without == (kubectl.MISSING,)
    assert not any(name.startswith("kubectl") for name in playing.works)
