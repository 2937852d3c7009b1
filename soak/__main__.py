"""`python -m soak`: cold starts and deaths under load, a table, and whether the promise was kept.

Exit code 0 when all of ours came up, none was falsely ready, nothing was left, and deaths were
noticed in time; 1 otherwise; 130 when stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from soak.figures import broken_promises, reasons, render_rows, rows_of
from soak.lane import Lane
from soak.lanes import play_all
from soak.load import hogs
from soak.outcome import ENGINES, OURS, Death, EngineName, Start


def main(argv: Sequence[str] | None = None) -> int:
    """Play all lanes side by side; print and judge what came of it."""
    arguments = _parser().parse_args(argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    engines: tuple[EngineName, ...] = tuple(arguments.engine or ENGINES)
    seed: int = secrets.randbelow(10**6) if arguments.seed is None else arguments.seed
    lanes = [
        Lane(
            engine=engine,
            seed=seed,
            starts=arguments.starts,
            deaths=arguments.deaths,
            peers=arguments.peers,
            seconds=arguments.seconds,
        )
        for engine in engines
    ]
    cores = os.cpu_count() or 1
    print(
        f"seed {seed}: {', '.join(engines)}, beside {cores} CPU hogs on {cores} cores", flush=True
    )
    with hogs(cores):
        outcomes, broken = play_all(lanes)
    starts = [each for each in outcomes if isinstance(each, Start)]
    deaths = [each for each in outcomes if isinstance(each, Death)]
    print(render_rows(rows_of(starts, deaths)))
    for reason in reasons(starts, deaths):
        print(reason)
    if arguments.json:
        document = {
            "seed": seed,
            "starts": [asdict(each) for each in starts],
            "deaths": [asdict(each) for each in deaths],
        }
        arguments.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    played = {each.engine for each in starts if each.way == OURS}
    broken += [f"{each}: no start was played" for each in engines if each not in played]
    broken += broken_promises(starts, deaths)
    for promise in broken:
        print(f"BROKEN: {promise}")
    return 1 if broken else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m soak", description=__doc__)
    parser.add_argument(
        "--engine", action="append", choices=ENGINES, help="only this one (repeatable)"
    )
    parser.add_argument("--seed", type=int, help="repeat the order of an earlier run")
    parser.add_argument(
        "--starts", type=int, default=100, help="of ours on each engine (%(default)s)"
    )
    parser.add_argument(
        "--deaths", type=int, default=50, help="of components, on each engine (%(default)s)"
    )
    parser.add_argument(
        "--peers", type=int, default=20, help="starts of each compose way (%(default)s)"
    )
    parser.add_argument(
        "--seconds", type=float, default=float("inf"), help="begin nothing after so long"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all outcomes there")
    return parser


def stopped() -> int:
    """`main`, with a word for whoever stops it."""
    try:
        return main()
    except KeyboardInterrupt:
        print("soak: stopped; everything it had made is removed", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(stopped())
