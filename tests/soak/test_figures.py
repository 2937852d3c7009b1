"""What is counted, and what is a broken promise."""

from __future__ import annotations

from soak.figures import broken_promises, percentile, reasons, render_rows, rows_of
from soak.outcome import OURS, Death, Start


def good(up_s: float = 1.0) -> Start:
    return Start(way=OURS, engine="podman", up_s=up_s)


def death(noticed_s: float) -> Death:
    return Death(
        engine="podman", victim="redis", how="SIGKILL", delay_s=0.0, noticed_s=noticed_s, told_s=1.0
    )


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(each) for each in range(1, 101)]
    assert percentile(values, 0.5) == 50.0
    assert percentile(values, 0.99) == 99.0
    assert percentile(values, 1.0) == 100.0


def test_of_few_values_the_99th_percentile_is_the_worst() -> None:
    assert percentile([0.3, 0.1, 0.2], 0.99) == 0.3
    assert percentile([0.1], 0.5) == 0.1
    assert percentile([], 0.5) is None


def test_a_start_is_good_only_if_it_was_true_and_left_nothing() -> None:
    assert good().good
    assert not Start(way=OURS, engine="podman", failure="no").good
    assert not Start(way=OURS, engine="podman", up_s=1.0, false_ready="app: refused").good
    assert not Start(way=OURS, engine="podman", up_s=1.0, left=("container x",)).good


def test_the_table_counts_each_way_on_each_engine_ours_first() -> None:
    peer = Start(
        way="docker-compose up -d", engine="docker", up_s=2.0, false_ready="app", restarts=4
    )
    dead = Start(way=OURS, engine="podman", failure="died", killed=2)
    rows = rows_of([peer, good(1.0), good(3.0), dead], [death(0.1), death(0.4)])
    assert [(row.way, row.engine) for row in rows] == [
        (OURS, "podman"),
        ("docker-compose up -d", "docker"),
    ]
    ours, theirs = rows
    assert (ours.starts, ours.good, ours.failed, ours.killed) == (3, 2, 1, 1)
    assert (theirs.false_ready, theirs.restarts, theirs.good) == (1, 4, 0)
    cells = [cell.strip() for cell in render_rows(rows).splitlines()[2].split("|")[1:-1]]
    assert cells[:2] == [OURS, "podman"]
    assert cells[8:] == ["1.00", "3.00", "2", "0.10", "0.40", "0.40"]


def test_peers_break_no_promise_and_ours_do() -> None:
    peer = Start(way="docker-compose up -d", engine="docker", failure="dead")
    assert broken_promises([peer, good()], [death(0.6)]) == []
    lie = Start(way=OURS, engine="podman", up_s=1.0, false_ready="redis: refused")
    assert broken_promises([good(), lie], []) == ["podman: 1 of 2 starts were good"]
    slow = broken_promises([good()], [death(0.61)])
    assert len(slow) == 1
    assert "0.61 s" in slow[0]


def test_equal_reasons_are_counted_together() -> None:
    failed = Start(way=OURS, engine="podman", failure="no network")
    assert reasons([failed, failed, good()], []) == [
        "2 times stackwright on podman: did not come up: no network"
    ]
