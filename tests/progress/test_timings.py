"""How long each step took."""

from __future__ import annotations

from orchestration.progress.timings import Table, Timing


def timing(step: str, elapsed_s: float, *, ok: bool = True) -> Timing:
    return Timing(step=step, component="", elapsed_s=elapsed_s, ok=ok)


def test_short_steps_are_told_together_and_failed_ones_by_name() -> None:
    rows = (
        timing("sweep", 0.01),
        timing("gate", 9.0),
        timing("start", 0.02),
        timing("remove", 0.01, ok=False),
    )
    folded = Table(rows=rows, total_s=10.0).folded()
    assert [(row.label, round(row.elapsed_s, 2)) for row in folded.rows] == [
        ("gate", 9.0),
        ("remove", 0.01),
        ("2 short steps", 0.03),
    ]


def test_one_short_step_keeps_its_name() -> None:
    table = Table(rows=(timing("sweep", 0.01), timing("gate", 9.0)), total_s=10.0)
    assert table.folded() == table


def test_a_share_is_between_nothing_and_everything() -> None:
    long = timing("build", 5.0)
    assert Table(rows=(long,), total_s=2.0).share(long) == 1.0
    assert Table(rows=(long,), total_s=0.0).share(long) == 0.0
