from __future__ import annotations

import os
import socket

import pytest

from orchestration.engines.port_holder import port_holder, shown


def test_the_holder_of_a_port_is_named_by_pid_and_command() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        holder = port_holder(server.getsockname()[1])
    assert holder is not None
    assert holder.startswith(f"pid {os.getpid()} (")


def test_a_port_that_is_bound_and_not_listened_on_has_no_holder() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        assert port_holder(bound.getsockname()[1]) is None


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (["python", "-m", "http.server"], "python -m http.server"),
        (["x", "--password=hush"], "x --password=***"),
        (["x", "--api-key", "hush", "y"], "x --api-key *** y"),
        (["env", "TOKEN=hush", "x"], "env TOKEN=*** x"),
        (["x", "postgresql://u:hush@h/d"], "x postgresql://u:***@h/d"),
        (["x" * 200], "x" * 99 + "…"),
    ],
)
def test_a_command_line_is_shown_short_and_without_its_secrets(argv: list[str], text: str) -> None:
    assert shown(argv) == text
