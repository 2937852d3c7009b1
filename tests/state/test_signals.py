"""Signals become a wish to stop."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator

import pytest

from orchestration.state import SignalCancel, SystemClock, raise_on_sigterm


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


@pytest.fixture
def nobody_listens() -> Iterator[None]:
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("nobody_listens")
def test_sigterm_raises_until_all_who_asked_for_it_have_undone_it() -> None:
    first, second = raise_on_sigterm(), raise_on_sigterm()
    first()
    with pytest.raises(KeyboardInterrupt, match="SIGTERM"):
        os.kill(os.getpid(), signal.SIGTERM)
    second()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.usefixtures("nobody_listens")
def test_a_handler_that_was_set_meanwhile_is_not_undone() -> None:
    undo = raise_on_sigterm()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    undo()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN


@pytest.mark.usefixtures("nobody_listens")
def test_outside_of_pytest_sigterm_raises_system_exit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in a program that a test starts, which inherits the environment."""
    monkeypatch.delitem(sys.modules, "_pytest")
    undo = raise_on_sigterm()
    with pytest.raises(SystemExit) as ended:
        os.kill(os.getpid(), signal.SIGTERM)
    undo()
    assert ended.value.code == 143
