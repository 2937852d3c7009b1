"""The command for by hand means, to a shell, what the engine was told."""

from __future__ import annotations

import csv
import subprocess
from dataclasses import replace
from pathlib import Path

from orchestration.model import Embedded, Label, Launch, Mount, PortBinding, Secret
from orchestration.redact import Redactor
from orchestration.reproduce import reproduce

SECRET = "hunter2-hunter2"
LAUNCH = Launch(
    name="gateway-datastorage-1a2b",
    component="datastorage",
    image="sha256:0123abcd",
    ports=(
        PortBinding(name="http", inside=8080, host=18091),
        PortBinding(name="metrics", inside=9090, host=0, bind="::1"),
    ),
    network="stackwright-gateway-1a2b",
    command=("serve", "--password", SECRET, "it's $HOME", "\u202eesrever \x1b[2J"),
    env={"DB_PASSWORD": Secret(SECRET), "API_KEY": "unmarked", "BANNER": "two\nlines\\n"},
    mounts=(
        Mount(source=Path("/srv/my project"), target="/in"),
        Mount(source=Path("/srv/out"), target="/out", read_only=False),
    ),
    labels={Label.STACK: "gateway"},
)


def words(command: str, program: str) -> list[str]:
    """What `program` would be called with, according to bash."""
    script = f"{program}() {{ printf '%s\\0' \"$@\"; }}\n{command}\n"
    shown = subprocess.run(["bash", "-c", script], check=True, capture_output=True)
    return shown.stdout.decode().split("\0")[:-1]


def test_a_shell_reads_the_command_as_the_engine_was_told() -> None:
    assert words(reproduce(LAUNCH, "podman"), "podman") == [
        *("run", "--rm", "-it", "--network", "stackwright-gateway-1a2b"),
        *("-p", "127.0.0.1:18091:8080", "-p", "[::1]::9090"),
        *("-e", "DB_PASSWORD=***", "-e", "API_KEY=***", "-e", "BANNER=two\nlines\\n"),
        *("-v", "/srv/my project:/in:ro", "-v", "/srv/out:/out"),
        *("sha256:0123abcd", "serve", "--password", "***", "it's $HOME"),
        "\u202eesrever \x1b[2J",
    ]


def test_the_command_has_no_secret_and_says_where_one_is_missing() -> None:
    command = reproduce(LAUNCH, "podman")
    assert SECRET not in command
    assert command.endswith("# *** hides a secret: fill in DB_PASSWORD, API_KEY, the command")


def test_secrets_of_others_are_hidden_by_the_callers_redactor() -> None:
    launch = replace(LAUNCH, env={"GREETING": "of another"}, command=())
    assert "of another" not in reproduce(launch, "podman", Redactor(["of another"]))


def test_the_command_can_do_nothing_to_a_terminal() -> None:
    assert all(line.isprintable() for line in reproduce(LAUNCH, "podman").splitlines())


def test_a_process_is_started_where_and_as_it_was(tmp_path: Path) -> None:
    embedded = Embedded(
        kind="command",
        command=("printenv", "BANNER", "COLOUR"),
        cwd=tmp_path,
        env={"COLOUR": "blue"},
    )
    command = reproduce(replace(LAUNCH, image="", embedded=embedded), "embedded")
    shown = subprocess.run(
        ["bash", "-c", f"{command}\npwd"], check=True, capture_output=True, text=True
    )
    assert shown.stdout == f"two\nlines\\n\nblue\n{tmp_path}\n"
    assert "the components it depends on must be up" in command


def test_a_server_of_our_own_is_started_with_its_stack() -> None:
    launch = replace(LAUNCH, image="", embedded=Embedded(kind="postgres"))
    assert words(reproduce(launch, "embedded"), "stackwright") == [
        *("stack", "up", "--service", "gateway", "--engine", "embedded", "--keep"),
    ]


def test_a_source_with_a_colon_is_no_other_volume() -> None:
    mounts = (Mount(source=Path('/srv/a:b,"c"'), target="/in"),)
    command = words(reproduce(replace(LAUNCH, env={}, mounts=mounts), "podman"), "podman")
    (field,) = csv.reader([command[command.index("--mount") + 1]])
    assert field == ["type=bind", 'source=/srv/a:b,"c"', "target=/in", "readonly"]


def test_what_a_command_spells_out_as_a_secret_is_hidden() -> None:
    spelt = ("serve", "--api-key", "a1b2c3", "--token=d4e5f6", "redis://:g7h8i9@cache")
    env = {"UPSTREAM": "https://me:j1k2l3@host/"}
    command = reproduce(replace(LAUNCH, command=spelt, env=env), "podman")
    assert not [each for each in ("a1b2c3", "d4e5f6", "g7h8i9", "j1k2l3") if each in command]
    local = Embedded(kind="command", command=spelt, env=env)
    command = reproduce(replace(LAUNCH, image="", command=(), embedded=local), "embedded")
    assert not [each for each in ("a1b2c3", "d4e5f6", "g7h8i9", "j1k2l3") if each in command]


def test_lines_fit_a_terminal() -> None:
    launch = replace(LAUNCH, env={f"VARIABLE_{at}": "some value" for at in range(30)})
    assert max(map(len, reproduce(launch, "podman").splitlines())) <= 80
