"""`python -m bench`: measure, print tables, compare with the targets."""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.contender import Contender
from bench.contenders import CONTENDERS
from bench.engines import MIGRATIONS, UnpreparedError, find_engines, prepared, version_of
from bench.match import WARM_UP, play
from bench.report import render_report
from bench.results import Results, machine
from bench.stack_under_test import PREFIX, EngineUnderTest, Images
from bench.start_cost import measure_starts
from bench.targets import judge
from bench.trial import Trial


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark. Exit code 0 whatever the figures are, 1 with `--enforce` and a target
    missed, 2 when the machine is not prepared or an engine goes away, 130 when stopped."""
    arguments = _parser().parse_args(argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    names = arguments.only or [each.name for each in CONTENDERS]
    contenders = [each for each in CONTENDERS if each.name in names]
    seed: int = secrets.randbelow(10**6) if arguments.seed is None else arguments.seed
    try:
        results = _run(contenders, tuple(arguments.engine), arguments.rounds, seed)
    except UnpreparedError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("bench: stopped; everything it had made is removed", file=sys.stderr)
        return 130
    except OSError as error:
        print(
            f"bench: an engine stopped answering ({error}); when it is back, remove the containers "
            f"and networks whose names hold {PREFIX}",
            file=sys.stderr,
        )
        return 2
    print(render_report(contenders, results))
    if arguments.json:
        arguments.json.write_text(json.dumps(results.document(), indent=1) + "\n", encoding="utf-8")
    missed = [each for each in results.verdicts if not each.met]
    return 1 if arguments.enforce and missed else 0


def _run(
    contenders: Sequence[Contender], wanted: tuple[str, ...], rounds: int, seed: int
) -> Results:
    engines = find_engines(wanted, os.environ)
    order = random.Random(seed)  # noqa: S311 - an order, not a secret
    print(f"seed {seed}, {rounds} rounds after one that does not count, on {machine()}", flush=True)
    with ExitStack() as images:
        field: dict[EngineUnderTest, Images] = {}
        for engine in engines:
            field[engine] = images.enter_context(prepared(engine))
        trials = play(contenders, field, MIGRATIONS, rounds=rounds, order=order, tell=_tell)
    starts = measure_starts(max(rounds, 5), order)
    return Results(
        seed=seed,
        rounds=rounds,
        engines={each: version_of(each) for each in engines},
        trials=trials,
        starts=starts,
        verdicts=judge(trials, [each.name for each in engines], starts),
    )


def _tell(trial: Trial) -> None:
    told = "warm-up" if trial.round == WARM_UP else f"round {trial.round + 1}"
    if trial.up is None or trial.down is None or trial.failure:
        outcome = f"failed: {trial.failure}"
    else:
        outcome = f"up {trial.up.wall_s:.2f} s, down {trial.down.wall_s:.2f} s"
    print(f"{told}: {trial.engine} {trial.contender}: {outcome}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Bring PostgreSQL, migrations, Redis and DataStorage up and down, in several "
        "ways, interleaved on the same images.",
    )
    parser.add_argument(
        "--engine",
        action="append",
        default=[],
        choices=("podman", "docker"),
        help="only this engine; may be given twice (default: all that answer)",
    )
    parser.add_argument("--rounds", type=int, default=7, help="rounds that count (%(default)s)")
    parser.add_argument("--seed", type=int, help="of the order within rounds (else chosen)")
    parser.add_argument(
        "--only",
        action="append",
        metavar="NAME",
        choices=[each.name for each in CONTENDERS],
        help="only this contender; may be given several times",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument(
        "--enforce", action="store_true", help="exit with 1 when a target is missed"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
