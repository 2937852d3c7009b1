"""Work on daemon threads that nobody has to wait for."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from orchestration.background import TICK_S, Background

SOON_S = 20.0


class EnoughError(Exception):
    """Waiting is over."""


def patient() -> None:
    """Wait on."""


def impatient() -> None:
    raise EnoughError


def threads() -> set[threading.Thread]:
    return {each for each in threading.enumerate() if each.name == "stackwright"}


def test_what_the_work_comes_to_is_given_back() -> None:
    with Background() as background:
        assert background.begin(lambda: 3).result(patient) == 3


def test_what_the_work_raises_is_raised_to_whoever_waits() -> None:
    def work() -> int:
        raise ZeroDivisionError

    with Background() as background:
        job = background.begin(work)
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                job.result(patient)


def test_waiting_ends_when_it_is_told_to_and_the_work_goes_on() -> None:
    go = threading.Event()
    with Background() as background:
        job = background.begin(go.wait, makes="a thing")
        with pytest.raises(EnoughError):
            job.result(impatient)
        assert background.making() == ("a thing",)
        assert not background.settled(0.0)
        go.set()
        assert job.result(patient)
        assert background.settled(SOON_S)
        assert background.making() == ()


def test_work_that_is_done_in_time_is_never_given_up() -> None:
    with Background() as background:
        assert background.begin(lambda: 1).result(impatient) == 1


def test_one_thread_serves_calls_that_follow_each_other() -> None:
    before = threads()
    with Background() as background:
        served = {background.begin(threading.get_ident).result(patient) for _ in range(50)}
        assert len(served) == 1
        assert len(threads() - before) == 1


def test_work_at_once_is_done_at_once() -> None:
    together = threading.Barrier(12)
    with Background() as background:
        jobs = [background.begin(lambda: together.wait(SOON_S)) for _ in range(12)]
        assert sorted(job.result(patient) for job in jobs) == list(range(12))


def test_a_thread_that_hangs_is_not_given_more_work() -> None:
    go = threading.Event()
    with Background() as background:
        stuck = background.begin(go.wait)
        assert background.begin(lambda: 4).result(patient) == 4
        go.set()
        stuck.result(patient)


def test_threads_end_with_the_context_and_those_at_work_after_it() -> None:
    before = threads()
    go = threading.Event()
    with Background() as background:
        background.begin(go.wait)
        background.begin(lambda: 1).result(patient)
    mine = threads() - before
    assert all(each.daemon for each in mine)
    go.set()
    for each in mine:
        each.join(SOON_S)
    assert not threads() - before


def test_work_that_hangs_does_not_keep_the_process() -> None:
    code = (
        "import threading\n"
        "from orchestration.background import Background\n"
        "with Background() as background:\n"
        "    job = background.begin(threading.Event().wait)\n"
        f"    print(job.wait({TICK_S}))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert (ended.stdout, ended.stderr) == ("False\n", "")
