"""Promises, and whether they were kept."""

from bench.start_cost import HELP, StartCost
from bench.targets import judge
from tests.bench.trials import trial


def test_each_target_is_met_missed_or_unknown() -> None:
    trials = [
        trial("floor", 0, 2.0, 0.5),
        trial("scripts", 0, 4.0, 1.0),
        trial("stackwright", 0, 2.1, 0.9),
    ]
    starts = [StartCost(command=HELP, wall_s=0.2, cpu_s=0.1)]
    told = [each.describe() for each in judge(trials, ["podman"], starts)]
    assert told == [
        "met     podman: stackwright up / floor up: 1.050 (at most 1.1)",
        "met     podman: stackwright up / scripts up: 0.525 (at most 0.75)",
        "missed  podman: stackwright down / floor down: 1.800 (at most 1.5)",
        "met     podman: stackwright own CPU of an up: 0.210 s (at most 0.3)",
        "unknown podman: stackwright CLI up / floor up: not measured (at most 1.1)",
        "unknown podman: stackwright CLI up / scripts up: not measured (at most 0.75)",
        "unknown podman: stackwright CLI down / floor down: not measured (at most 1.5)",
        "unknown podman: stackwright CLI own CPU of an up: not measured (at most 0.3 s)",
        "missed  stackwright --help: 0.200 s (at most 0.15)",
    ]
