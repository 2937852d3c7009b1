"""The linter as a process of its own: what it loads, and what it does when its output breaks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.lint.repositories import Checkout
from tests.lint.shop import CONFTEST, PLACE

ROOT: Final = Path(__file__).parents[2]


def command(repository: Checkout, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "stackwright", "lint", *words],
        cwd=repository.root,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environ},
        check=False,
        capture_output=True,
        text=True,
    )


def imported(done: subprocess.CompletedProcess[str]) -> set[str]:
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


def test_a_warm_run_loads_no_parser(repository: Checkout) -> None:
    assert command(repository).returncode == 1
    warm = command(repository)
    assert warm.returncode == 1
    heavy = {"libcst", "tree_sitter", "pydantic", "markdown_it", "yaml", "invoke", "docker"}
    assert imported(warm) & heavy == set()


def test_letters_that_an_encoding_lacks_are_spelt_out(repository: Checkout) -> None:
    repository.put({PLACE.replace("gateway/", "gäteway/", 1): CONFTEST})
    done = command(repository, "--output-format", "concise", PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert "g\\xe4teway" in done.stdout


def test_a_reader_that_goes_away_ends_it_quietly(repository: Checkout) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "stackwright", "lint", "rule", "--all"],
        cwd=repository.root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141


@pytest.mark.parametrize(
    ("words", "redirection", "code"),
    [
        ("--help", ">/dev/full", 2),
        ("rule SW201", ">/dev/full", 2),
        ("rule --all", ">/dev/full", 2),
        ("--output-format json", ">/dev/full", 2),
        ("--output-format concise", ">&-", 1),
        ("status", ">&-", 0),
    ],
)
def test_an_output_that_takes_nothing_is_no_bug(
    repository: Checkout, words: str, redirection: str, code: int
) -> None:
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" -m stackwright lint {words} {redirection}', sys.executable],
        cwd=repository.root,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": ""},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert ("the output cannot be written" in done.stderr) == (code == 2)
