"""The command against an engine whose API falls silent, at each request it makes."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Final

import pytest

from orchestration.patience import STOPPED_S
from tests.engines.engine_server import Says, Script, serving
from tests.engines.silence import (
    FOUND,
    SETTINGS,
    Yardstick,
    engine,
    forget,
    one_message,
    times_to_end,
    up_at,
)
from tests.product import Product

IN_TIME_S: Final = 6.0
"""CI kills 10 s after its first signal; a signal must have ended everything before. That is for a
machine that has time: see Yardstick.
"""
DEADLINE_S: Final = 3.0
GRACE_S: Final = 7.0 + 3.0 + 10.0 + 5.0
"""After the deadline: for a command's last run, for evidence, for the teardown, and for two busy
cores."""

ABSENT: Final = 'image = "localhost/absent:1"'
BUILT: Final = 'build = { context = "app" }'
LISTED: Final = {
    "Id": "c1",
    "Names": ["/store-app"],
    "Labels": {"dev.stackwright.run": "-"},
    "Created": 1,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """Where the engine falls silent. `source`: of the only component."""

    at: str
    source: str = FOUND

    def __str__(self) -> str:
        return self.at


UP: Final = (
    Cell(at="GET /images/localhost/app:1/json"),
    Cell(at="GET /containers/json"),
    Cell(at="GET /images/json"),
    Cell(at="POST /networks/create"),
    Cell(at="POST /containers/create"),
    Cell(at="POST /containers/c1/start"),
    Cell(at="GET /containers/c1/json"),
    Cell(at="POST /containers/c1/exec"),
    Cell(at="POST /exec/e1/start"),
    Cell(at="GET /exec/e1/json"),
    Cell(at="POST /images/create", source=ABSENT),
    Cell(at="amid a pull", source=ABSENT),
    Cell(at="POST /build", source=BUILT),
    Cell(at="amid a build", source=BUILT),
)
NOTHING_MADE: Final = UP[:3]
"""Silent before the engine was asked to make anything: there is nothing to leave to anybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A command on its way, and the engine it talks to."""

    script: Script
    product: Product
    process: Popen[str]

    def ended(self) -> tuple[int, str]:
        """Exit code and standard error."""
        _out, err = self.process.communicate(timeout=60)
        return self.process.returncode, err


@contextmanager
def all_silent(
    directory: Path, cells: tuple[Cell, ...], deadline: float
) -> Iterator[list[Started]]:
    """`stack up` on an engine of its own for each cell, once all of these are silent.

    Side by side: each of them waits for seconds, and does nothing.
    """
    with ExitStack() as stack:
        started: list[Started] = []
        for number, cell in enumerate(cells):
            script = engine()
            script.silent_at = cell.at
            home = directory / str(number)
            stack.enter_context(serving(script, home / "engine.sock"))
            product = Product.at(
                home,
                SETTINGS.format(deadline=deadline, source=cell.source),
                STACKWRIGHT_ENGINE_URL=f"unix://{home / 'engine.sock'}",
            )
            (product.project / "app" / "Containerfile").write_text("FROM scratch\n")
            process = stack.enter_context(product.begin("stack", "up", "--progress", "quiet"))
            stack.callback(forget, product)
            stack.callback(process.kill)
            started.append(Started(script=script, product=product, process=process))
        for each, cell in zip(started, cells, strict=True):
            while not each.script.silent.wait(0.1):
                assert each.process.poll() is None, (cell.at, each.ended())
        yield started


@pytest.mark.parametrize("cells", [UP[:5], UP[5:10], UP[10:]], ids=["early", "late", "images"])
def test_sigterm_ends_up_in_time_wherever_the_engine_fell_silent(
    tmp_path: Path, cells: tuple[Cell, ...]
) -> None:
    with (
        all_silent(tmp_path, cells, deadline=300.0) as started,
        Yardstick(STOPPED_S) as yardstick,
    ):
        for each in started:
            each.process.send_signal(signal.SIGTERM)
        times = times_to_end([each.process for each in started], 60.0)
        limit = yardstick.limit(IN_TIME_S)
        for each, cell, took in zip(started, cells, times, strict=True):
            code, err = each.ended()
            assert code == 128 + signal.SIGTERM, (cell.at, err)
            assert took < limit, (cell.at, times, limit)
            assert err.startswith("error: stopped by SIGTERM"), cell.at
            assert one_message(err), (cell.at, err)
            if cell not in NOTHING_MADE:
                assert "watchdog" in err, (cell.at, err)
                assert "`stackwright stack clean`" in err, (cell.at, err)


@pytest.mark.slow
def test_the_deadline_ends_up_wherever_the_engine_fell_silent(tmp_path: Path) -> None:
    with all_silent(tmp_path, UP, deadline=DEADLINE_S) as started:
        times = times_to_end([each.process for each in started], 60.0)
        for each, cell, took in zip(started, UP, times, strict=True):
            code, err = each.ended()
            assert code == 3, (cell.at, err)
            assert took < DEADLINE_S + GRACE_S, (cell.at, times)
            assert "deadline" in err, (cell.at, err)
            assert "Traceback" not in err, (cell.at, err)


def test_a_third_signal_ends_it_at_once(tmp_path: Path) -> None:
    (cell,) = cells = (Cell(at="POST /containers/create"),)
    with (
        all_silent(tmp_path, cells, deadline=300.0) as (started,),
        Yardstick(0.6) as yardstick,
    ):
        sent = time.monotonic()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGINT):
            started.process.send_signal(number)
            # Signals of one kind that come together count once.
            time.sleep(0.2)
        code, err = started.ended()
        assert code == 128 + signal.SIGINT, (cell.at, err)
        # The second requirement: not even the five seconds of a stop are waited for.
        took = time.monotonic() - sent
        assert took < yardstick.limit(STOPPED_S), took
        assert err.count("\n") == 1
        assert "watchdog goes on" in err
        started.script.ended.set()
        until = time.monotonic() + 60.0
        while started.product.records():
            assert time.monotonic() < until, "the watchdog did not go on"
            time.sleep(0.1)


@pytest.mark.parametrize("number", [None, signal.SIGTERM])
def test_down_says_what_it_does_not_know(tmp_path: Path, number: signal.Signals | None) -> None:
    script = engine()
    path = tmp_path / "engine.sock"
    with serving(script, path), ExitStack() as stack:
        product = up_at(tmp_path, path)
        script.answers["DELETE /containers/c1"] = [Says("", 204)]
        script.answers["GET /containers/json"] = [Says([LISTED])]
        script.silent_at = "DELETE /containers/c1"
        process = product.begin("stack", "down", "--progress", "quiet")
        assert script.silent.wait(30)
        sent = time.monotonic()
        if number is None:
            # It gets its answers in the end, and so nothing is left to tell.
            script.answers["GET /containers/json"] = [Says([])]
            script.silent.clear()
            script.ended.set()
        else:
            process.send_signal(number)
        yardstick = stack.enter_context(Yardstick(STOPPED_S))
        _out, err = process.communicate(timeout=60)
        took = time.monotonic() - sent
        if number is None:
            assert process.returncode == 0, err
            assert product.records() == []
        else:
            assert took < yardstick.limit(IN_TIME_S), took
            assert process.returncode == 11, err
            assert "container store-app" in err
            assert "watchdog" in err
            assert one_message(err), err
            assert len(product.records()) == 1
            forget(product)
