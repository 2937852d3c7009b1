from __future__ import annotations

import subprocess
from pathlib import Path

from bench.lint import Bench, measure, render
from bench.lint_repository import Size, write

_SMALL = Size().scaled(0.005)


def _tree(root: Path) -> str:
    done = subprocess.run(
        ["git", "rev-parse", "HEAD^{tree}"], cwd=root, check=True, capture_output=True, text=True
    )
    return done.stdout


def test_the_same_seed_makes_the_same_repository(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write(tmp_path / name, _SMALL, seed)
    assert _tree(tmp_path / "a") == _tree(tmp_path / "b") != _tree(tmp_path / "c")


def test_the_full_size_is_that_of_a_real_platform() -> None:
    assert (Size().files, Size().go) == (5500, 3000)


def test_every_kind_of_run_is_measured(tmp_path: Path) -> None:
    write(tmp_path / "platform", _SMALL)
    medians = measure(Bench(root=tmp_path / "platform", cache=tmp_path / "cache"), 1)
    assert medians.keys() == {"git grep", "cold", "warm", "edited"}
    assert all(seconds > 0 for seconds in medians.values())
    assert list((tmp_path / "cache").rglob("facts-*.msgpack"))


def test_the_table_tells_ratios() -> None:
    table = render({"git grep": 0.1, "cold": 2.0, "warm": 0.5, "edited": 0.75})
    assert "| cold | 2.00 | 20.0 |" in table
