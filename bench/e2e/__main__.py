"""`python -m bench.e2e`: deployments to the double of an API server that answers after 200 ms.

Each trial has a double of its own, in a process of its own. All trials of a round run in a new
order, made from the seed; a ratio is to the least that could be, or to a peer of the same round.
"""

from __future__ import annotations

import argparse
import json
import random
import secrets
import signal
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench.e2e import scenes
from bench.e2e.figures import LATENCY_S, describe, figures, render_figures
from bench.e2e.match import play, trials
from bench.results import machine

SCHEMA_VERSION: Final = 1


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark. Exit code 0 whatever the figures are, 1 with `--enforce` and a bound
    missed, 130 when stopped."""
    asked = _parser().parse_args(argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    seed: int = secrets.randbelow(10**6) if asked.seed is None else asked.seed
    delayed = scenes.delayed()
    playing = trials(delayed)
    print(f"seed {seed}, {asked.rounds} rounds after one that does not count, on {machine()}")
    print(f"{LATENCY_S * 1000:g} ms before each answer", *playing.without, sep="\n", flush=True)
    try:
        rounds = play(
            playing.works,
            rounds=asked.rounds,
            order=random.Random(seed),  # noqa: S311 - an order, not a secret
            latency_s=LATENCY_S,
            tell=_tell,
        )
    except KeyboardInterrupt:
        print("bench.e2e: stopped", file=sys.stderr)
        return 130
    rows = figures(delayed)
    print(f"\n{render_figures(rows, rounds)}")
    if asked.json:
        document = {
            "schema_version": SCHEMA_VERSION,
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine(),
            "seed": seed,
            "latency_s": LATENCY_S,
            "rounds": rounds,
            "figures": describe(rows, rounds),
        }
        asked.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return 1 if asked.enforce and any(each.met(rounds) is False for each in rows) else 0


def _tell(number: int, trial: str, measured: Mapping[str, float], failure: str) -> None:
    told = f"round {number}" if number else "warm-up"
    values = ", ".join(f"{key} {value:.2f}" for key, value in measured.items())
    outcome = f"failed: {failure}" if failure else values
    print(f"{told}: {trial}: {outcome}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.e2e", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds that count (%(default)s)")
    parser.add_argument("--seed", type=int, help="of the order within rounds (else chosen)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument("--enforce", action="store_true", help="exit with 1 when a bound is missed")
    return parser


if __name__ == "__main__":
    sys.exit(main())
