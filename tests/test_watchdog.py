"""After SIGKILL the watchdog takes down what the killed process used, and nothing else."""

from __future__ import annotations

import os
import pty
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.product import Product, client_of
from tests.test_stops import CONTAINERS, EMBEDDED
from tests.watched import (
    at_step,
    holding,
    killed,
    left,
    left_after_all,
    log,
    records,
    watchdogs,
)

ENGINES = [
    "embedded",
    pytest.param("podman", marks=pytest.mark.engine),
    pytest.param("docker", marks=pytest.mark.engine),
]
JSON = ("--progress", "json")


@pytest.mark.parametrize(("engine", "step"), EMBEDDED + CONTAINERS)
def test_an_up_that_is_killed_at_any_step_leaves_nothing(
    tmp_path: Path, engine: str, step: str
) -> None:
    product = Product.at(tmp_path)
    ended = product.stopped_at(step, signal.SIGKILL, "stack", "up", "--engine", engine)
    assert ended.code == -signal.SIGKILL
    assert left_after_all(engine, product) == []
    assert "its process was killed" in log(product)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_down_that_is_killed_leaves_nothing(tmp_path: Path, engine: str) -> None:
    product = Product.at(tmp_path)
    up = product.run("stack", "up", "--engine", engine, "--progress", "plain")
    assert up.code == 0, up.err
    assert watchdogs(product) == []
    ended = product.stopped_at("remove", signal.SIGKILL, "stack", "down")
    assert ended.code == -signal.SIGKILL
    assert left_after_all(engine, product) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_a_killed_session_is_cleaned_up_and_whatever_else_there_is_stays(
    tmp_path: Path, engine: str
) -> None:
    product = Product.at(tmp_path)
    beside = Product.at(tmp_path / "beside")
    beside = Product(project=beside.project, state=product.state)
    assert beside.run("stack", "up", "--engine", engine, "--progress", "plain").code == 0
    kept = {each.run for each in records(product)}
    sibling, spared = holding(product, engine)
    foreign = "" if engine == "embedded" else make_foreign(engine)
    try:
        victim, run = holding(product, engine)
        ports = [port.number for each in records(product) if each.run == run for port in each.ports]
        before = watchdogs(product, run)
        assert len(before) == 1
        killed(victim)
        for pid in before:
            gone(pid)
        assert {each.run for each in records(product)} == {*kept, spared}
        assert f"run {run}: its process was killed" in log(product)
        if engine == "embedded":
            assert ports
        for port in ports:
            with socket.create_server(("127.0.0.1", port)):
                pass
        assert beside.run("stack", "status").code == 0
        assert foreign == "" or has_container(engine, foreign)
        sibling.communicate("\n", timeout=60)
        assert sibling.returncode == 0
    finally:
        sibling.kill()
        sibling.communicate()
        assert beside.run("stack", "down").code == 0
        if foreign:
            remove_container(engine, foreign)
    assert left_after_all(engine, product) == []


def test_a_killed_process_group_takes_no_watchdog_along(tmp_path: Path) -> None:
    product = Product.at(tmp_path)
    process = product.begin("stack", "up", "--engine", "embedded", *JSON, apart=True)
    at_step(process, "gate app")
    killed(process, group=True)
    assert left_after_all("embedded", product) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_every_process_of_the_job_does_not_end_the_watchdog(
    tmp_path: Path, number: signal.Signals
) -> None:
    product = Product.at(tmp_path)
    process, run = holding(product, "embedded")
    (watchdog,) = watchdogs(product, run)
    os.kill(watchdog, number)
    killed(process)
    assert left_after_all("embedded", product) == []


def test_children_that_hold_the_pipe_open_do_not_hide_the_end_of_their_parent(
    tmp_path: Path,
) -> None:
    product = Product.at(tmp_path)
    process = product.begin_python(
        "import multiprocessing, sys, time\n"
        "from orchestration import stack_up\n\n"
        "def linger():\n"
        "    sys.stdout.close()\n"
        "    sys.stderr.close()\n"
        "    time.sleep(300)\n\n"
        'with stack_up(engine="embedded", fresh=True):\n'
        "    child = multiprocessing.get_context('fork').Process(target=linger)\n"
        "    child.start()\n"
        "    print(child.pid, flush=True)\n"
        "    sys.stdin.readline()\n"
    )
    assert process.stdout is not None
    child = int(process.stdout.readline())
    try:
        process.kill()
        process.wait()
        assert left_after_all("embedded", product) == []
        os.kill(child, 0)
    finally:
        os.kill(child, signal.SIGKILL)
        process.communicate()


def test_what_a_process_could_not_remove_is_removed_while_it_lives_on(tmp_path: Path) -> None:
    product = Product.at(tmp_path)
    process = product.begin_python(
        "import sys\n"
        "from orchestration import stack_up\n"
        "from orchestration.engines.embedded import EmbeddedEngine\n"
        "from orchestration.errors import EngineError, TeardownError\n\n"
        "def refuse(_engine, _resource):\n"
        "    raise EngineError('not now')\n\n"
        "try:\n"
        "    with stack_up(engine='embedded', fresh=True):\n"
        "        EmbeddedEngine.remove = refuse\n"
        "except TeardownError:\n"
        "    print('lives', flush=True)\n"
        "    sys.stdin.readline()\n"
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "lives\n"
        assert left_after_all("embedded", product) == []
        assert process.poll() is None
        assert "it was handed over" in log(product)
    finally:
        process.communicate("\n", timeout=60)


def test_the_watchdog_of_a_killed_session_lets_others_use_the_stack(tmp_path: Path) -> None:
    """The last one out of a stack that was given back may be a killed session."""
    product = Product.at(tmp_path)
    assert product.run("stack", "up", "--engine", "embedded", "--progress", "plain").code == 0
    program = "import sys\nfrom orchestration import stack_up\n\nwith stack_up() as running:\n"
    program += "    print(running.run, flush=True)\n    sys.stdin.readline()\n"
    users = [product.begin_python(program) for _ in range(2)]
    for each in users:
        assert each.stdout is not None
        assert [each.stdout.readline().strip()] == [run.run for run in records(product)]
    down = product.run("stack", "down")
    assert "the last one out takes it down" in down.err
    killed(users[0])
    assert product.run("stack", "status").code == 0
    killed(users[1])
    assert left_after_all("embedded", product) == []


def test_an_up_right_after_a_kill_waits_for_the_watchdog(tmp_path: Path) -> None:
    product = Product.at(tmp_path)
    product.edit("ports.redis = 6379", "ports.redis = { container = 6379, host = 26379 }")
    product.stopped_at("gate app", signal.SIGKILL, "stack", "up", "--engine", "embedded")
    up = product.run("stack", "up", "--engine", "embedded", "--progress", "plain")
    assert up.code == 0, up.err
    assert product.run("stack", "down").code == 0
    assert left_after_all("embedded", product) == []


@pytest.mark.parametrize("words", [("stack", "clean"), ("stack", "up", "--engine", "embedded")])
def test_when_the_watchdog_is_killed_too_the_next_command_sweeps(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    product = Product.at(tmp_path)
    process, run = holding(product, "embedded")
    for pid in watchdogs(product, run):
        os.kill(pid, signal.SIGKILL)
    killed(process)
    assert left("embedded", product) != []
    assert product.run(*words).code == 0
    assert run not in [each.run for each in records(product)]
    product.run("stack", "down")
    assert left_after_all("embedded", product) == []


def test_a_closed_terminal_leaves_nothing_of_an_up(tmp_path: Path) -> None:
    product = Product.at(tmp_path)
    ours, theirs = pty.openpty()
    take_terminal = (
        "import fcntl, os, sys, termios\n"
        "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'orchestration', *sys.argv[1:]])\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", take_terminal, "stack", "up", "--engine", "embedded", *JSON],
        cwd=product.project,
        env={**os.environ, "STACKWRIGHT_STATE": str(product.state)},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    seen = b""
    while b'"step":"gate"' not in seen:
        seen += os.read(ours, 4096)
    os.close(ours)
    assert process.wait(30) == 128 + signal.SIGHUP
    assert left_after_all("embedded", product) == []


def gone(pid: int) -> None:
    """Wait for the end of a process that is no child of this one."""
    handle = os.pidfd_open(pid)
    try:
        assert select.select([handle], [], [], 30.0)[0]
    finally:
        os.close(handle)


def make_foreign(engine: str) -> str:
    """A container that is none of ours."""
    client = client_of(engine)
    try:
        made = client.containers.create("localhost/stackwright-redis:7", ["true"])
        return str(made.id)
    finally:
        client.close()


def has_container(engine: str, identity: str) -> bool:
    client = client_of(engine)
    try:
        return any(each.id == identity for each in client.containers.list(all=True, sparse=True))
    finally:
        client.close()


def remove_container(engine: str, identity: str) -> None:
    client = client_of(engine)
    try:
        client.containers.get(identity).remove(force=True)
    finally:
        client.close()
