"""`python -m bench.lint`: how fast a large repository is linted, beside `git grep`.

Cold is a run without any cache, warm one where nothing has changed since the last, edited one after
a change of one file of the infrastructure. Every figure is the median of whole processes, the kinds
taking turns, so that what else the machine does falls on all of them alike; the ratio to
`git grep -lFz` for a few words over the same files is what holds on another machine.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.lint_repository import Size, write

_WORDS: Final = ("podman", "docker", "compose", "testcontainers")
_EDITED: Final = "test/infrastructure/ledger.go"
_KINDS: Final = ("git grep", "cold", "warm", "edited")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A repository, and an empty place for caches."""

    root: Path
    cache: Path

    def grep(self) -> float:
        """Seconds that git needs to name the files with any of a few words."""
        words = [flag for word in _WORDS for flag in ("-e", word)]
        return self._seconds(["git", "grep", "-lFz", *words], (0,))

    def cold(self) -> float:
        """Seconds of a run that reads no cache and writes none."""
        return self._lint("--no-cache")

    def warm(self) -> float:
        """Seconds of a run after one on the same files."""
        return self._lint()

    def edited(self) -> float:
        """Seconds of a run after a change of one file that matters."""
        file = self.root / _EDITED
        file.write_bytes(file.read_bytes() + b"\n// And once more.\n")
        return self._lint()

    def _lint(self, *flags: str) -> float:
        return self._seconds(
            [sys.executable, "-P", "-m", "lint", "check", "--output-format", "json", *flags], (0, 1)
        )

    def _seconds(self, argv: Sequence[str], good: tuple[int, ...]) -> float:
        start = time.perf_counter()
        done = subprocess.run(
            argv,
            cwd=self.root,
            env={**os.environ, "XDG_CACHE_HOME": str(self.cache), "PYTHONPATH": _here()},
            capture_output=True,
            check=False,
        )
        seconds = time.perf_counter() - start
        if done.returncode not in good:
            raise SystemExit(f"{' '.join(argv)} ended {done.returncode}: {done.stderr.decode()}")
        return seconds


def measure(bench: Bench, rounds: int) -> Mapping[str, float]:
    """Kind → median seconds. One round before the first that counts fills cache and memory."""
    ways: Mapping[str, Callable[[], float]] = {
        "git grep": bench.grep,
        "cold": bench.cold,
        "warm": bench.warm,
        "edited": bench.edited,
    }
    taken: dict[str, list[float]] = {kind: [] for kind in _KINDS}
    for number in range(rounds + 1):
        for kind in ("git grep", "cold", "edited", "warm"):
            seconds = ways[kind]()
            if number:
                taken[kind].append(seconds)
    return {kind: statistics.median(taken[kind]) for kind in _KINDS}


def render(medians: Mapping[str, float]) -> str:
    """A Markdown table: kind, seconds, ratio."""
    base = medians["git grep"]
    rows = [f"| {kind} | {medians[kind]:.2f} | {medians[kind] / base:.1f} |" for kind in _KINDS]
    return "\n".join(("| run | s | x git grep |", "|---|---|---|", *rows))


def main(argv: Sequence[str] | None = None) -> int:
    """Make the repository, measure, print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.lint", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each kind is measured")
    parser.add_argument("--seed", type=int, default=7, help="of the repository's content")
    parser.add_argument("--scale", type=float, default=1.0, help="of the number of files")
    asked = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="stackwright-bench-") as place:
        size = Size().scaled(asked.scale)
        write(Path(place) / "platform", size, asked.seed)
        bench = Bench(root=Path(place) / "platform", cache=Path(place) / "cache")
        print(f"{size.files} files, {size.go} of them Go, {asked.rounds} rounds\n")
        print(render(measure(bench, asked.rounds)))
    return 0


def _here() -> str:
    return str(Path(__file__).parent.parent)


if __name__ == "__main__":
    raise SystemExit(main())
