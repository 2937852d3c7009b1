"""What every renderer promises: never in the run's way."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest

from orchestration.events import Notice
from orchestration.progress import PlainProgress, choose
from orchestration.progress.choose import Format
from tests.clocks import FakeClock
from tests.progress.scenario import SUCCESS

ROOT = Path(__file__).parents[2]
FORMATS: tuple[Format, ...] = ("plain", "json")
# As users have it: without buffers nothing is left over for Python to stumble on at exit.
BUFFERED = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}


@pytest.mark.parametrize("form", FORMATS)
def test_a_run_goes_on_when_the_reader_of_its_progress_is_gone(form: str) -> None:
    """`stackwright stack up 2>&1 >result | head -1`."""
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.progress.acted", form, "ready"],
        cwd=ROOT,
        env=BUFFERED,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=writing,
        text=True,
    )
    os.close(writing)
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    assert os.read(reading, 10)
    os.close(reading)
    result, _ = process.communicate("\n" * 5)
    assert result == "finished\n"
    assert process.returncode == 0


@pytest.mark.parametrize("form", FORMATS)
def test_every_event_is_handed_on_at_once(form: Format) -> None:
    raw = io.BytesIO()
    progress = choose(form, io.TextIOWrapper(raw, encoding="utf-8"), {})
    progress(Notice(text="first"))
    assert b"first" in raw.getvalue()


@pytest.mark.parametrize("form", FORMATS)
def test_lines_arrive_as_they_are_told(form: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.progress.acted", form, "ready"],
        cwd=ROOT,
        env=BUFFERED,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write("\n")
        process.stdin.flush()
        # The process waits for us now: what arrives was not kept back until its end.
        while "connection refused" not in process.stderr.readline():
            pass
        process.stdin.write("\n" * 5)


class SlowStream(io.StringIO):
    """Tells whether two threads were in it at once."""

    inside = 0
    crowded = False

    def write(self, text: str) -> int:
        self.inside += 1
        time.sleep(0.001)
        self.crowded = self.crowded or self.inside > 1
        self.inside -= 1
        return super().write(text)


@pytest.mark.parametrize("form", FORMATS)
def test_events_of_several_threads_are_shown_one_at_a_time(form: Format) -> None:
    stream = SlowStream()
    progress = choose(form, stream, {})

    def emit() -> None:
        for _ in range(10):
            progress(Notice(text="mine"))

    threads = [Thread(target=emit) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stream.getvalue().count("mine") == 40
    assert not stream.crowded


class DefectiveStream(io.StringIO):
    """Fails at its second write in a way nobody foresaw."""

    writes = 0

    def write(self, text: str) -> int:
        self.writes += 1
        if self.writes == 2:
            raise RuntimeError("defect")
        return super().write(text)


def test_a_defect_of_the_display_is_told_once_and_does_not_end_the_run() -> None:
    stream = DefectiveStream()
    with PlainProgress(stream, clock=FakeClock().now) as progress:
        for text in ("first", "second", "third"):
            progress(Notice(text=text))
    assert stream.getvalue() == (
        "[  0.00s] note  first\n(no more progress is shown: RuntimeError('defect'))\n"
    )


def test_a_closed_stream_is_left_alone() -> None:
    stream = io.StringIO()
    stream.close()
    with PlainProgress(stream) as progress:
        for event in SUCCESS:
            progress(event)


def test_what_the_encoding_lacks_is_spelt_out() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    with PlainProgress(stream, clock=FakeClock().now) as progress:
        progress(Notice(text="größer"))
    assert raw.getvalue() == b"[  0.00s] note  gr\\xf6\\xdfer\n"


def test_an_error_of_the_run_passes() -> None:
    with pytest.raises(RuntimeError, match="mine"), PlainProgress(io.StringIO()):
        raise RuntimeError("mine")
