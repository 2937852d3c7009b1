"""After SIGKILL of pytest, of a worker of xdist or of its controller, nothing is left either."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orchestration.record import Phase
from tests.product import Product, leftovers
from tests.test_pytest_plugin import begin
from tests.watched import killed, left, left_after_all, records, wait_for, watchdogs

ENGINES = [
    "embedded",
    pytest.param("podman", marks=pytest.mark.engine),
    pytest.param("docker", marks=pytest.mark.engine),
]
SLEEPS = """\
import pathlib
import time


def test_it(stackwright_stack):
    pathlib.Path("ready").touch()
    time.sleep(300)
"""
RUNS = """\
import os
import pathlib

import pytest


@pytest.mark.parametrize("at", range(3))
def test_it(stackwright_stack, at):
    with pathlib.Path("seen").open("a") as seen:
        seen.write(f"{stackwright_stack.run}\\n")
    if at == KILLED:
        os.kill(os.getpid(), 9)
"""


@pytest.fixture
def product(tmp_path: Path) -> Product:
    made = Product.at(tmp_path)
    (made.project / "pytest.ini").write_text("[pytest]\n")
    (made.project / "test_store.py").write_text(SLEEPS)
    return made


@pytest.mark.parametrize("engine", ENGINES)
def test_a_pytest_that_is_killed_inside_a_test_leaves_nothing(
    product: Product, engine: str
) -> None:
    process = begin(product, engine=engine)
    wait_for(product.project / "ready", process)
    assert leftovers(engine, product)
    killed(process)
    assert left_after_all(engine, product) == []


def test_a_closed_terminal_leaves_nothing_of_a_pytest(product: Product) -> None:
    """SIGHUP ends pytest on the spot, as SIGKILL does."""
    ours, theirs = pty.openpty()
    take_terminal = (
        "import fcntl, os, sys, termios\n"
        "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'pytest', '-s', *sys.argv[1:]])\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", take_terminal, "--stackwright-engine", "embedded"],
        cwd=product.project,
        env={**os.environ, "STACKWRIGHT_STATE": str(product.state)},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    until = time.monotonic() + 60
    while not (product.project / "ready").exists():
        assert time.monotonic() < until
        if select.select([ours], [], [], 0.1)[0]:
            os.read(ours, 4096)
    os.close(ours)
    assert process.wait(30) == -signal.SIGHUP
    assert left_after_all("embedded", product) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_a_controller_of_xdist_that_is_killed_leaves_nothing(product: Product, engine: str) -> None:
    process = begin(product, "-n", "2", engine=engine)
    wait_for(product.project / "ready", process)
    (record,) = records(product)
    assert record.owner.pid == process.pid
    assert record.starter.pid != process.pid
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    found = left_after_all(engine, product)
    process.communicate(timeout=60)
    assert found == []


def test_when_the_worker_that_started_it_has_ended_the_controller_is_watched(
    product: Product,
) -> None:
    process = begin(product, "-n", "1")
    wait_for(product.project / "ready", process)
    (record,) = records(product)
    (watchdog,) = watchdogs(product, record.run)
    # What stops a worker stops its controller, too, unless that is busy.
    os.kill(process.pid, signal.SIGSTOP)
    os.kill(record.starter.pid, signal.SIGKILL)
    time.sleep(1.0)
    assert [each.phase for each in records(product)] == [Phase.UP]
    assert watchdogs(product, record.run) == [watchdog]
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert left_after_all("embedded", product) == []


def test_a_worker_that_is_killed_in_a_test_takes_nothing_from_the_others(product: Product) -> None:
    (product.project / "test_store.py").write_text(RUNS.replace("KILLED", "1"))
    process = begin(product, "-n", "1")
    out, _ = process.communicate(timeout=120)
    assert "2 passed" in out, out
    assert "crashed" in out
    assert len(set((product.project / "seen").read_text().split())) == 1
    assert left_after_all("embedded", product) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_a_worker_that_is_killed_while_it_starts_the_stack_is_replaced_by_the_next(
    product: Product, engine: str
) -> None:
    """The controller lives, and so the key is held by somebody alive; the stack is nobody's."""
    (product.project / "test_store.py").write_text(RUNS.replace("KILLED", "-1"))
    app = product.project / "app" / "app.py"
    app.write_text("import time\n\ntime.sleep(3)\n" + app.read_text())
    process = begin(product, "-n", "1", engine=engine)
    until = time.monotonic() + 60
    while not any(is_app(each, engine, product) for each in leftovers(engine, product)):
        assert time.monotonic() < until
        time.sleep(0.05)
    (record,) = records(product)
    assert record.phase is Phase.STARTING
    assert record.owner.pid == process.pid
    os.kill(record.starter.pid, signal.SIGKILL)
    out, _ = process.communicate(timeout=120)
    assert "crashed" in out, out
    assert "2 passed" in out, out
    assert record.run not in (product.project / "seen").read_text()
    assert left_after_all(engine, product) == []


def is_app(found: str, engine: str, product: Product) -> bool:
    """Whether something on the engine is the component that starts last."""
    return "-app-" in found or "/store-app" in found


def test_when_workers_and_their_watchdogs_are_killed_the_next_session_sweeps(
    product: Product,
) -> None:
    process = begin(product, "-n", "1")
    wait_for(product.project / "ready", process)
    for pid in watchdogs(product):
        os.kill(pid, signal.SIGKILL)
    killed(process)
    assert left("embedded", product) != []
    (product.project / "test_store.py").write_text(RUNS.replace("KILLED", "-1"))
    ended = begin(product)
    out, _ = ended.communicate(timeout=120)
    assert "3 passed" in out, out
    assert left_after_all("embedded", product) == []
