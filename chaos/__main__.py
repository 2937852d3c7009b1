"""`python -m chaos`: play all cases or a random part of them, print what was left."""

from __future__ import annotations

import argparse
import random
import secrets
import signal
import sys
import tempfile
import time
import traceback
from collections import defaultdict
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path

from chaos.cell import matrix
from chaos.faults import faults
from chaos.report import render
from chaos.sentinels import sentinels
from chaos.trial import ENGINES, Case, EngineName, Trial
from tests.lost_networks import forget_lost_networks


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 when every case left nothing and ended right, 1 otherwise, as when none was."""
    arguments = _parser().parse_args(argv)
    # A shell starts what it puts into the background with SIGINT ignored, nohup with SIGHUP, and
    # every process below inherits that: then no case would be interrupted.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    engines: tuple[EngineName, ...] = tuple(arguments.engine or ENGINES)
    seed: int = secrets.randbelow(10**6) if arguments.seed is None else arguments.seed
    every: list[Case] = [*matrix(engines), *faults(engines)]
    cases = [each for each in every if arguments.only in str(each)]
    whole = len(cases)
    # The order and the sample follow from the seed alone: the same seed plays the same cases.
    random.Random(seed).shuffle(cases)  # noqa: S311 - an order, not a secret
    cases = _by_turns(cases)[: arguments.sample or whole]
    print(f"seed {seed}: {len(cases)} of {whole} cases on {', '.join(engines)}", flush=True)
    if arguments.list:
        print("\n".join(str(each) for each in cases))
        return 0
    begun = time.monotonic()
    trials: list[Trial] = []
    with (
        tempfile.TemporaryDirectory(prefix="stackwright-chaos-") as directory,
        sentinels(engines, Path(directory)) as foreign,
    ):
        try:
            for number, case in enumerate(cases, 1):
                if arguments.seconds and time.monotonic() - begun > arguments.seconds:
                    print(f"time is up: {len(cases) - number + 1} cases were not played")
                    break
                trials.append(_play(case, f"{number}/{len(cases)}"))
        finally:
            # Also of a part that Ctrl-C or a dead engine has ended.
            print(render(trials), flush=True)
        harmed = foreign.missing()
    for each in harmed:
        print(f"HARMED: {each}")
    if lost := forget_lost_networks():
        print(f"Podman had forgotten, and it is removed: {', '.join(lost)}")
    if not trials:
        print("no case was played: is the name right (`--list`), and the time long enough?")
    return 1 if harmed or not trials or any(each.problems for each in trials) else 0


def _by_turns(cases: Sequence[Case]) -> list[Case]:
    """One case of each row of each table after the other: a sample has some of every kind."""
    rows: defaultdict[tuple[str, str, str], list[Case]] = defaultdict(list)
    for each in cases:
        rows[each.table, each.row, each.engine].append(each)
    turns = zip_longest(*rows.values())
    return [each for turn in turns for each in turn if each is not None]


def _play(case: Case, number: str) -> Trial:
    try:
        trial = case.play()
    except Exception as error:  # noqa: BLE001 - one case that cannot be played ends no others
        traceback.print_exc()
        trial = Trial(case=case, problems=(f"it could not be played: {error!r}",))
    told = "; ".join((*trial.problems, *filter(None, [trial.note]))) or "nothing left"
    print(f"{number} {case}: {told}", flush=True)
    if trial.problems:
        print("\n".join(f"    | {line}" for line in trial.output.splitlines()[-30:]), flush=True)
    return trial


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__)
    parser.add_argument(
        "--engine", action="append", choices=ENGINES, help="only this one (repeatable)"
    )
    parser.add_argument(
        "--seed", type=int, help="repeat the order and the sample of an earlier run"
    )
    parser.add_argument("--sample", type=int, metavar="N", help="only so many cases, by chance")
    parser.add_argument("--seconds", type=float, help="begin no case after so long")
    parser.add_argument("--only", default="", metavar="TEXT", help="cases whose name has this text")
    parser.add_argument("--list", action="store_true", help="only name them")
    return parser


if __name__ == "__main__":
    sys.exit(main())
