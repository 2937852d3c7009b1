"""Standard streams that are closed, full, in ASCII, or that nobody reads any more."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.operations.outcome import outcome
from tests.product import Product

CONFIG = """\
[stacks.web.components.app]
ports.http = 8080
gate = { kind = "log", pattern = "ready" }
embedded = { command = ["python", "-u", "-c", "import time; print('ready, \\u00fc')
while True: time.sleep(0.05); print('tick')"] }
"""
CONFIG = CONFIG.replace("\nwhile", "\\nwhile")
FULL = "the output cannot be written: No space left on device"


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    """A project with a small stack, which is down at the end."""
    product = Product.at(tmp_path, CONFIG, STACKWRIGHT_ENGINE="embedded")
    yield product
    if product.records():
        product.run("stack", "down")


def shell(product: Product, line: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a line of a shell in which `$0` is stackwright."""
    ours = {"STACKWRIGHT_STATE": str(product.state), "PYTHONUNBUFFERED": "", **product.environ}
    here = product.state.with_name("stackwright")
    here.write_text(f'#!/bin/sh\nexec {sys.executable} -m orchestration "$@"\n')
    here.chmod(0o755)
    return subprocess.run(
        ["sh", "-c", line, here],
        cwd=product.project,
        env={**os.environ, **ours, **environ},
        check=False,
        capture_output=True,
        text=True,
    )


def test_what_the_caller_has_closed_stops_neither_up_nor_down(product: Product) -> None:
    assert shell(product, '"$0" stack up <&- >&- 2>&-').returncode == 0
    assert len(product.records()) == 1
    assert shell(product, '"$0" stack down 2>&-').returncode == 0
    assert product.records() == []


def test_logs_are_shown_whatever_the_encoding_and_until_their_reader_goes(product: Product) -> None:
    up = shell(product, '"$0" stack up >/dev/full')
    assert up.returncode == 15
    assert FULL in up.stderr
    assert "Traceback" not in up.stderr
    logs = shell(product, '"$0" stack logs', PYTHONIOENCODING="ascii")
    assert logs.stdout.startswith("app | ready, \\xfc\n")
    left = shell(product, '{ "$0" stack logs --follow; echo $? >&2; } | head -n 1')
    assert left.stderr == "141\n"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ("--help >/dev/full", 15, FULL),
        ("--version >/dev/full", 15, FULL),
        ("stack plan >/dev/full", 15, FULL),
        ("stack plan 2>&- >&-", 0, ""),
        ("stack upp 2>&-", 2, ""),
    ],
)
def test_an_output_that_takes_nothing_is_told_in_one_message(
    product: Product, words: str, code: int, said: str
) -> None:
    ended = shell(product, f'"$0" {words}')
    assert ended.returncode == code
    assert said in ended.stderr
    assert len(ended.stderr.splitlines()) == (2 if said else 0)
    assert ended.stdout == ""


def test_a_task_is_no_more_hurt_by_closed_streams_than_a_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)

    def command() -> int:
        print("to nobody", file=sys.stderr)
        return int(sys.stdout.isatty())

    try:
        assert outcome(command) == 0
    finally:
        sys.stdout.close()
        sys.stderr.close()


def test_an_error_of_something_else_is_not_taken_for_one_of_the_output() -> None:
    def command() -> int:
        Path("/nowhere/at/all").read_text()
        return 0

    with pytest.raises(FileNotFoundError):
        outcome(command)
