"""The services as processes: they refuse in one line, and end when they are asked to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.examples.platform.conftest import SERVICES

DATABASE = {"DB_HOST": "127.0.0.1", "DB_PORT": "1", "DB_PASSWORD": "hidden-from-logs"}


@contextmanager
def _process(module: str, variables: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    path = {name: value for name, value in os.environ.items() if name.startswith(("PATH", "LD_"))}
    with subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=SERVICES,
        env=path | variables,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _refusal(module: str, variables: dict[str, str]) -> str:
    with _process(module, variables) as process:
        _, said = process.communicate(timeout=20)
    assert process.returncode == 1, said
    lines = said.splitlines()
    assert len(lines) == 1, said
    assert "ERROR" in lines[0]
    return lines[0]


@pytest.mark.parametrize(
    ("module", "variables", "reason"),
    [
        ("datastorage", DATABASE, "cannot use database action_history on 127.0.0.1:1"),
        ("datastorage", {}, "DB_HOST is not set"),
        ("datastorage", DATABASE | {"DB_PORT": "x"}, "DB_PORT must be a port"),
        ("datastorage", DATABASE | {"LOG_LEVEL": "LOUD"}, "the log level must be one of"),
        ("embedding", {"PORT": "99999"}, "PORT must be a port"),
        ("holmesgpt_api", {"MOCK_LLM_MODE": "true"}, "DATASTORAGE_URL is not set"),
        (
            "holmesgpt_api",
            {"DATASTORAGE_URL": "http://127.0.0.1:1"},
            "a real language model is needed: set LLM_ENDPOINT",
        ),
        (
            "holmesgpt_api",
            {"DATASTORAGE_URL": "http://127.0.0.1:1", "LLM_ENDPOINT": "http://127.0.0.1:1/v1"},
            "LLM_MODEL is not set",
        ),
    ],
)
def test_a_service_that_cannot_start_says_why_in_one_line(
    module: str, variables: dict[str, str], reason: str
) -> None:
    line = _refusal(module, variables)

    assert reason in line
    assert "hidden-from-logs" not in line


def test_datastorage_refuses_a_wrong_configuration_file(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("page_sise = 5\n")

    assert "unknown key page_sise" in _refusal(
        "datastorage", DATABASE | {"CONFIG_DIR": str(tmp_path)}
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_service_ends_well_when_it_is_asked_to(number: signal.Signals, free_port: int) -> None:
    with _process("embedding", {"PORT": str(free_port)}) as process:
        assert process.stderr is not None
        assert f"serving on 127.0.0.1:{free_port}" in process.stderr.readline()
        process.send_signal(number)
        _, said = process.communicate(timeout=20)

    assert process.returncode == 0
    assert "Traceback" not in said


@pytest.fixture
def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
