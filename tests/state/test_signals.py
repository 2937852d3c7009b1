"""Signals become a wish to stop."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from orchestration.state import SignalCancel, SystemClock


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_heard_and_nothing_is_raised(number: signal.Signals) -> None:
    with SignalCancel() as cancel:
        assert cancel.requested() is None
        os.kill(os.getpid(), number)
        assert cancel.requested() == number


def test_a_signal_ends_a_pause() -> None:
    clock = SystemClock()
    with SignalCancel() as cancel:
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM)).start()
        begun = clock.now()
        cancel.pause(30.0)
        assert clock.now() - begun < 30.0
        assert cancel.requested() == signal.SIGTERM


def test_the_first_signal_names_the_end_and_later_ones_are_counted() -> None:
    with SignalCancel() as cancel:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
        assert cancel.requested() == signal.SIGTERM
        assert cancel.urgency() == 2


def test_earlier_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with SignalCancel():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def test_an_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with SignalCancel() as cancel:
            os.kill(os.getpid(), signal.SIGHUP)
            assert cancel.requested() is None
    finally:
        signal.signal(signal.SIGHUP, before)


def test_in_another_thread_a_request_stops_it() -> None:
    heard: list[int | None] = []

    def work() -> None:
        with SignalCancel() as cancel:
            cancel.request(signal.SIGTERM)
            heard.append(cancel.requested())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert heard == [signal.SIGTERM]
