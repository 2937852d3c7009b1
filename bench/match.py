"""The match: every contender on every engine, round by round, in a new order each round."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bench.contender import Contender
from bench.janitor import clear
from bench.stack_under_test import EngineUnderTest, Images
from bench.trial import Clear, Trial, try_once

WARM_UP = -1
"""The round whose trials do not count: imports, page cache, first use of an engine."""


def play(
    contenders: Sequence[Contender],
    field: Mapping[EngineUnderTest, Images],
    migrations: Path,
    *,
    rounds: int,
    order: random.Random,
    tell: Callable[[Trial], None],
    clear: Clear = clear,
) -> tuple[Trial, ...]:
    """All trials that count. Contenders with an obstacle on an engine do not start on it."""
    starters = [
        (contender, engine)
        for engine in field
        for contender in contenders
        if contender.obstacle(engine) is None
    ]
    trials: list[Trial] = []
    for round_ in range(WARM_UP, rounds):
        order.shuffle(starters)
        for contender, engine in starters:
            trial = try_once(
                contender, engine, field[engine], migrations, round_=round_, clear=clear
            )
            tell(trial)
            if round_ != WARM_UP:
                trials.append(trial)
    return tuple(trials)
