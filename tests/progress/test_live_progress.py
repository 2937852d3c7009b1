"""Progress on a real terminal (a pty), read as a person would see it."""

from __future__ import annotations

import io
from threading import Thread

import pytest

from orchestration.events import StepFinished, StepStarted
from orchestration.progress.live_progress import LiveProgress
from tests.clocks import FakeClock
from tests.progress.scenario import SECRET, SUCCESS
from tests.progress.screen import Terminal

WIDTHS = (40, 120)


def acted(width: int, ending: str, **environ: str) -> Terminal:
    return Terminal(width, ["tests.progress.acted", "auto", ending], environ)


@pytest.mark.parametrize("width", WIDTHS)
def test_a_run_is_drawn_from_its_first_step_to_its_endpoints(width: int) -> None:
    with acted(width, "ready") as terminal:
        terminal.type("\n")
        shown = terminal.see("connection refused", "gate    postgres", "build   datastorage")
        assert "PostgreSQL start-up" in shown
        assert not terminal.screen.shows_cursor()
        terminal.type("\n")
        shown = terminal.see("FATAL: starting up", "STEP 3/9: RUN login ***")
        assert "connection refused" not in shown
        terminal.type("\n")
        terminal.see("✓ gate    postgres", "✓ build   datastorage")
        terminal.type("\n\n")
        assert terminal.end() == 0
        shown = terminal.screen.text
        assert "\nready in 2.20s\n" in shown
        assert "\n\nready" not in shown
        for endpoint in ("postgresql://127.0.0.1:15437", "http://127.0.0.1:19091"):
            assert endpoint in shown.replace("\n", "")
        assert "STEP 3/9" not in shown
        assert shown.count("✓ gate") == 2
        assert "total" in shown
        assert "█" in shown
        assert SECRET not in terminal.screen.raw
        assert terminal.screen.shows_cursor()
        assert terminal.after == terminal.before


@pytest.mark.parametrize("width", WIDTHS)
def test_a_failure_says_which_step_and_why(width: int) -> None:
    with acted(width, "failed") as terminal:
        terminal.type("\n" * 5)
        assert terminal.end() == 0
        shown = terminal.screen.text
        assert "✗ gate    datastorage" in shown
        assert "can never open: ***" in " ".join(shown.split())
        assert "left behind: volume ***" in " ".join(shown.split())
        assert shown.count("█") > 0
        assert terminal.screen.shows_cursor()


def test_an_exception_leaves_the_terminal_as_it_was() -> None:
    with acted(80, "raised") as terminal:
        terminal.type("\n" * 3)
        assert terminal.end() == 1
        assert "■ gate    postgres" in terminal.screen.text
        assert terminal.screen.text.endswith("the run raised")
        assert terminal.screen.shows_cursor()
        assert terminal.after == terminal.before


def test_ctrl_c_leaves_the_terminal_as_it_was() -> None:
    with acted(80, "ready") as terminal:
        terminal.type("\n")
        terminal.see("connection refused")
        terminal.type("\x03")
        assert terminal.end() != 0
        assert "■ gate    postgres" in terminal.screen.text
        assert "not finished" in terminal.screen.text
        assert terminal.screen.shows_cursor()
        assert terminal.after == terminal.before


def test_colours_are_used_unless_no_color_is_set() -> None:
    for environ, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        with acted(80, "ready", **environ) as terminal:
            terminal.type("\n" * 5)
            assert terminal.end() == 0
            assert "✓ network" in terminal.screen.text
            assert terminal.screen.coloured is coloured


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {"CI": "true"}])
def test_a_terminal_that_cannot_be_drawn_on_gets_plain_lines(environ: dict[str, str]) -> None:
    with acted(80, "ready", **environ) as terminal:
        terminal.type("\n" * 5)
        assert terminal.end() == 0
        assert "s] ready in 2.20s" in terminal.screen.text
        assert "\x1b" not in terminal.screen.raw


def test_a_terminal_without_unicode_gets_signs_it_has() -> None:
    with acted(80, "ready", PYTHONIOENCODING="ascii") as terminal:
        terminal.type("\n" * 5)
        assert terminal.end() == 0
        assert "+ gate    postgres" in terminal.screen.text
        assert "##" in terminal.screen.text
        assert terminal.screen.raw.isascii()


def drawn_in_memory() -> tuple[LiveProgress, io.StringIO]:
    stream = io.StringIO()
    environ = {"TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
    return LiveProgress(stream, environ, clock=FakeClock().now), stream


def test_builds_may_tell_of_themselves_from_many_threads() -> None:
    progress, stream = drawn_in_memory()

    def build(component: str) -> None:
        for _ in range(50):
            progress(StepStarted(step="build", component=component))
            progress(StepFinished(step="build", component=component, elapsed_s=0.5))

    with progress:
        threads = [Thread(target=build, args=(f"c{at}",), daemon=True) for at in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        assert not [thread for thread in threads if thread.is_alive()]
    assert stream.getvalue().count(" build   c") >= 400
    assert "not finished" not in stream.getvalue()


def test_what_comes_after_the_end_does_not_take_the_terminal_again() -> None:
    progress, stream = drawn_in_memory()
    with progress:
        for event in SUCCESS:
            progress(event)
    written = stream.getvalue()
    progress(StepStarted(step="build", component="late"))
    assert stream.getvalue() == written
    assert written.rindex("\x1b[?25h") > written.rindex("\x1b[?25l")
