"""One contender, once: up, a look whether it is true, down, and what is left."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.contender import Contender
from bench.janitor import clear
from bench.probes import http_answers
from bench.stack_under_test import (
    EngineUnderTest,
    Images,
    StackUnderTest,
    free_ports,
    new_token,
)
from bench.timing import Cost, measure

Clear = Callable[[EngineUnderTest, str, bool], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What one run cost. `round` 0 and up; `failure` is "" when it came up and went down.

    `left`: containers and networks that its own down did not remove.
    """

    engine: str
    contender: str
    round: int
    up: Cost | None = None
    down: Cost | None = None
    left: int = 0
    failure: str = ""


def try_once(
    contender: Contender,
    engine: EngineUnderTest,
    images: Images,
    migrations: Path,
    *,
    round_: int,
    clear: Clear = clear,
) -> Trial:
    """Run one trial. A contender's failure is a result; nothing of the trial is left either way."""
    token = new_token()
    up: Cost | None = None
    down: Cost | None = None
    failure = ""
    finished = False
    with TemporaryDirectory(prefix=f"{token}-") as directory:
        shutil.copytree(migrations, Path(directory) / "migrations")
        Path(directory).chmod(0o755)
        stack = StackUnderTest(
            token=token,
            engine=engine,
            images=images,
            ports=free_ports(),
            directory=Path(directory),
        )
        try:
            take_down, up = measure(lambda: contender.up(stack))
            if not http_answers(stack.ports.http):
                failure = "it said it was up, and DataStorage did not answer"
            _, down = measure(take_down)
            finished = True
        except Exception as error:  # noqa: BLE001 - whatever a peer raises is its result
            failure = _in_a_line(error)
        finally:
            left = clear(engine, token, not finished)
    return Trial(
        engine=engine.name,
        contender=contender.name,
        round=round_,
        up=up,
        down=down,
        left=left,
        failure=failure,
    )


def _in_a_line(error: BaseException) -> str:
    """The error and its causes, each by its first line."""
    parts: list[str] = []
    current: BaseException | None = error
    while current is not None:
        parts.append(f"{type(current).__name__}: {current}".splitlines()[0])
        current = current.__cause__
    return "; because ".join(parts)[:400]
