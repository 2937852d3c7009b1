"""Progress for CI and pipes."""

from __future__ import annotations

import io
import re
from threading import Thread

from orchestration.events import BuildLine, Event, StepStarted, Waiting
from orchestration.progress import PlainProgress
from orchestration.redact import Redactor
from tests.clocks import FakeClock
from tests.progress.scenario import BEGIN, EVERYTHING, FAILURE, SECRET, SUCCESS

LINE = re.compile(r"\[ *\d+\.\d\ds\] \S.*|\[ *\d+\.\d\ds\]   \S.*")


def told(*events: Event, clock: FakeClock | None = None, step_s: float = 0.1) -> list[str]:
    clock = clock or FakeClock()
    stream = io.StringIO()
    with PlainProgress(stream, redact=Redactor([SECRET]), clock=clock.now) as progress:
        for event in events:
            progress(event)
            clock.advance(step_s)
    return stream.getvalue().splitlines()


def test_a_run_reads_like_this() -> None:
    assert told(*SUCCESS) == [
        "[  0.00s] stack gateway, run 1a2b3c4d, on podman 4.3.1: CONTAINER_HOST",
        "[  0.00s] note  the engine's socket was found through ***",
        "[  0.20s] done  network 0.12s: stackwright-gateway-1a2b3c4d",
        "[  0.30s] begin build datastorage: localhost/datastorage:gateway-0a",
        "[  0.50s] done  start postgres 0.18s",
        "[  0.70s] wait  postgres: PostgreSQL start-up as slm_user to action_history on postgres: "
        "connection refused",
        "[  0.80s] wait  postgres: PostgreSQL start-up as slm_user to action_history on postgres: "
        "FATAL: starting up for ***",
        "[  0.90s] build datastorage: STEP 3/9: RUN login ***",
        "[  1.00s] done  gate postgres 1.20s: PostgreSQL start-up as slm_user to action_history "
        "on postgres",
        "[  1.10s] done  build datastorage 1.60s: localhost/datastorage:gateway-0a",
        "[  1.30s] done  start datastorage 0.20s",
        "[  1.50s] done  gate datastorage 0.30s: GET /health on http",
        "[  1.60s] ready in 2.20s",
        "[  1.60s]   postgres     postgres  postgresql://127.0.0.1:15437",
        "[  1.60s]   datastorage  http      http://127.0.0.1:18091",
        "[  1.60s]   datastorage  metrics   http://127.0.0.1:19091",
        "[  1.60s] time  by step, and its share",
        "[  1.60s]   network               0.12s    5%  #",
        "[  1.60s]   start postgres        0.18s    8%  ##",
        "[  1.60s]   gate postgres         1.20s   55%  ###########",
        "[  1.60s]   build datastorage     1.60s   73%  ###############",
        "[  1.60s]   start datastorage     0.20s    9%  ##",
        "[  1.60s]   gate datastorage      0.30s   14%  ###",
        "[  1.60s]   total                 2.20s",
    ]


def test_a_failed_run_ends_with_its_timings_too() -> None:
    lines = told(*FAILURE)
    assert any("FAIL  gate datastorage 30.00s: the gate of" in line for line in lines)
    assert any("LEFT  volume ***" in line for line in lines)
    assert [line for line in lines if "gate datastorage" in line][-1].endswith("failed")
    assert "total" in lines[-1]


def test_no_line_has_a_secret_or_a_control_character() -> None:
    lines = told(*EVERYTHING)
    assert all(LINE.fullmatch(line) and line.isprintable() for line in lines)
    assert SECRET not in "\n".join(lines)


def test_an_answer_is_told_when_it_changes_and_every_five_seconds() -> None:
    answers = ["refused"] * 4 + ["starting"] * 6 + ["refused"] * 4
    events = [
        Waiting(component="postgres", probe="PING", answer=each, elapsed_s=0.0) for each in answers
    ]
    lines = [line for line in told(*events, step_s=1.0) if "wait" in line]
    assert [line.split("] ")[1] for line in lines] == [
        "wait  postgres: PING: refused",
        "wait  postgres: PING: starting",
        "wait  postgres: PING: starting",
        "wait  postgres: PING: refused",
    ]


def test_answers_that_alternate_do_not_flood() -> None:
    events = [
        Waiting(component="postgres", probe="PING", answer=each, elapsed_s=0.0)
        for each in ["refused", "reset"] * 20
    ]
    assert len(told(*events, step_s=0.1)) == 2


def test_a_build_shows_that_it_goes_on() -> None:
    events = [BuildLine(component="app", line=f"line {at}") for at in range(12)]
    lines = told(*events, step_s=1.0)
    assert [line[-6:].strip() for line in lines] == ["line 0", "line 5", "ine 10"]


def test_steps_that_were_cut_off_are_named() -> None:
    lines = told(*BEGIN)
    assert any(line.endswith("stop  gate postgres: not finished") for line in lines)


def test_lines_from_many_threads_stay_whole() -> None:
    stream = io.StringIO()
    progress = PlainProgress(stream, clock=FakeClock().now)

    def emit(component: str) -> None:
        for at in range(100):
            progress(StepStarted(step="build", component=component, detail=f"tag {at}"))

    threads = [Thread(target=emit, args=(f"c{at}",)) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 800
    assert all(re.fullmatch(r"\[  0\.00s\] begin build c\d: tag \d+", line) for line in lines)
