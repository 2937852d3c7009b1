"""Figures from trials."""

import pytest

from bench.summary import paired_ratio, spread, summarise, walls
from tests.bench.trials import trial


def test_a_ratio_is_taken_within_rounds_so_that_a_slow_round_does_not_move_it() -> None:
    ours = {0: 2.2, 1: 22.0, 2: 2.2}
    theirs = {0: 2.0, 1: 20.0, 2: 2.0}
    assert paired_ratio(ours, theirs) == pytest.approx(1.1)


def test_a_round_that_one_of_the_two_failed_has_no_ratio() -> None:
    assert paired_ratio({0: 3.0, 1: 9.0}, {0: 2.0}) == pytest.approx(1.5)
    assert paired_ratio({0: 3.0}, {1: 2.0}) is None


def test_a_spread_tells_median_least_and_ninetieth_percentile() -> None:
    found = spread([float(each) for each in range(1, 12)])
    assert found is not None
    assert (found.median, found.least, found.p90) == (6.0, 1.0, 10.0)
    assert spread([]) is None


def test_a_failed_trial_counts_as_failure_and_not_as_a_fast_one() -> None:
    trials = [
        trial("scripts", 0, 4.0, 1.0),
        trial("scripts", 1, 0.1, 0.1, failure="RuntimeError: no"),
        trial("floor", 0, 2.0, 0.5),
    ]
    row = summarise("podman", "scripts", trials)
    assert (row.good, row.failed, row.failure) == (1, 1, "RuntimeError: no")
    assert row.up is not None
    assert row.up.median == 4.0
    assert row.up_cpu == pytest.approx(0.4)
    assert walls(trials, "podman", "scripts", "up") == {0: 4.0}
