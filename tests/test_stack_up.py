"""`stack_up` when its process forks, is signalled at the very end, or loses its engine."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from orchestration.record import Phase
from tests.product import Product, leftovers
from tests.watched import left_after_all, records

CONFIG = """\
[stacks.web.components.app]
gate = { kind = "log", pattern = "up" }
embedded = { command = ["python", "-c", "import time; print('up', flush=True); time.sleep(100)"] }
"""
FORKS = """\
import os, signal, sys, time
from orchestration import stack_up

with stack_up():
    ended = os.fork()
    if not ended:
        sys.exit(0)
    hears, ready = os.pipe()
    killed = os.fork()
    if not killed:
        # A signal amid the fork would be lost.
        os.write(ready, b".")
        time.sleep(100)
    os.read(hears, 1)
    os.kill(killed, signal.SIGTERM)
    statuses = [os.waitpid(each, 0)[1] for each in (ended, killed)]
    print([os.waitstatus_to_exitcode(each) for each in statuses], flush=True)
    sys.stdin.readline()
"""
NESTS = """\
from orchestration import stack_up

with stack_up(fresh=True) as one, stack_up(fresh=True) as other:
    print(one.run != other.run)
"""
LATE = """\
import os, signal, sys
from orchestration import stack_up
from orchestration.cli import main
from orchestration.runner import Runner


def late(method):
    def then_signalled(*words):
        result = method(*words)
        os.kill(os.getpid(), signal.SIGTERM)
        return result
    return then_signalled


Runner.up, Runner.adopt = late(Runner.up), late(Runner.adopt)
"""
BLOCK = "with stack_up():\n    print('RUNS')\n"
COMMAND = "sys.exit(main(['stack', 'up', '--reuse']))\n"
AWAY = """\
import sys
from orchestration import stack_up
from orchestration.engines import discovery
from orchestration.errors import EngineError


def gone(*_, **__):
    raise EngineError("the engine is being restarted")


try:
    with stack_up():
        discovery.reopen = gone
except EngineError as error:
    print(error)
print(flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def product(tmp_path: Path) -> Product:
    return Product.at(tmp_path, CONFIG, STACKWRIGHT_ENGINE="embedded")


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and output of a program that need not wait any longer."""
    out, err = process.communicate("\n", timeout=60)
    return process.returncode, out + err


def test_a_fork_that_ends_or_is_signalled_takes_nothing_from_its_parent(product: Product) -> None:
    process = product.begin_python(FORKS)
    assert process.stdout is not None
    said = process.stdout.readline()
    held, there = records(product), leftovers("embedded", product)
    assert ended(process) == (0, "")
    assert said.strip() == "[0, -15]"
    assert [each.phase for each in held] == [Phase.UP]
    assert there
    assert leftovers("embedded", product) == []
    assert product.records() == []


def test_one_thread_may_have_the_same_stack_twice(product: Product) -> None:
    assert ended(product.begin_python(NESTS)) == (0, "True\n")
    assert leftovers("embedded", product) == []


@pytest.mark.parametrize("does", [BLOCK, COMMAND], ids=["block", "command"])
def test_a_signal_when_all_is_up_removes_what_was_made(product: Product, does: str) -> None:
    code, said = ended(product.begin_python(LATE + does))
    assert code == 143, said
    assert "RUNS" not in said
    assert leftovers("embedded", product) == []
    assert product.records() == []


@pytest.mark.parametrize("does", [BLOCK, COMMAND], ids=["block", "command"])
def test_a_signal_when_all_is_proved_leaves_what_was_up_before(product: Product, does: str) -> None:
    assert product.run("stack", "up").code == 0
    before = records(product)
    code, said = ended(product.begin_python(LATE + does))
    after = records(product)
    assert product.run("stack", "down").code == 0
    assert code == 143, said
    assert "RUNS" not in said
    assert [each.holds for each in after] == [each.holds for each in before]


def test_what_cannot_be_removed_while_the_engine_is_away_is_left_to_the_watchdog(
    product: Product,
) -> None:
    process = product.begin_python(AWAY)
    assert process.stdout is not None
    what, fix = process.stdout.readline(), process.stdout.readline()
    left = left_after_all("embedded", product)
    assert process.poll() is None
    assert ended(process)[0] == 0
    assert "the engine is being restarted; run " in what
    assert "of web is still there" in what
    assert "watchdog goes on" in fix
    assert left == []


def test_an_engine_that_is_away_need_not_be_asked_while_others_use_the_stack(
    product: Product,
) -> None:
    assert product.run("stack", "up").code == 0
    before = records(product)
    code, said = ended(product.begin_python(AWAY))
    after = records(product)
    assert product.run("stack", "down").code == 0
    assert (code, said.strip()) == (0, "")
    assert [each.holds for each in after] == [each.holds for each in before]
