"""The table that is printed."""

from bench.start_cost import PYTHON, StartCost
from bench.table import render_engine, render_starts
from tests.bench.trials import trial


def test_a_row_shows_figures_and_ratios_and_a_contender_that_never_came_up_shows_none() -> None:
    trials = [
        trial("floor", 0, 2.0, 0.5),
        trial("scripts", 0, 4.0, 1.0),
        trial("compose", 0, 0.1, 0.1, failure="died"),
    ]
    table = render_engine("podman", ["floor", "scripts", "compose"], trials)
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
    assert rows[0][:6] == ["podman", "up", "min", "p90", "/ floor", "/ scripts"]
    assert rows[2][:7] == ["floor", "2.00", "2.00", "2.00", "1.00", "0.50", "0.20"]
    assert rows[3][:7] == ["scripts", "4.00", "4.00", "4.00", "2.00", "1.00", "0.40"]
    assert rows[4] == ["compose", *["-"] * 12, "0 of 1"]


def test_starts_are_told_in_milliseconds_and_as_multiples_of_python() -> None:
    starts = [
        StartCost(command=PYTHON, wall_s=0.016, cpu_s=0.011),
        StartCost(command="stackwright --help", wall_s=0.064, cpu_s=0.036),
    ]
    assert "| stackwright --help | 64 |     36 |      4.0 |" in render_starts(starts)
