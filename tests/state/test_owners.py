"""Which process lives."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from orchestration.model import Owner
from orchestration.state import HostOwners
from orchestration.state.owners import owner_of

LEADERLESS = """\
import os
from orchestration.state import HostOwners

def orphan():
    if not os.fork():
        print(HostOwners().terminal().encode(), flush=True)
        os._exit(0)
    os.wait()

if not os.fork():
    os.setsid()
    ready, go = os.pipe()
    if not os.fork():
        os.close(go)
        os.read(ready, 1)
        orphan()
        orphan()
    os._exit(0)
os.wait()
"""


def test_this_process_is_alive() -> None:
    owners = HostOwners()
    assert owners.me().pid == os.getpid()
    assert owners.alive(owners.me()) is True


def test_an_ended_process_is_dead() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        owner = owner_of(child.pid)
        assert HostOwners().alive(owner) is True
        assert child.stdin is not None
        child.stdin.close()
    assert HostOwners().alive(owner) is False


def test_a_zombie_is_dead() -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    with pytest.raises(ProcessLookupError):
        owner_of(pid)
    os.waitpid(pid, 0)


def test_another_process_with_the_same_pid_is_not_the_owner() -> None:
    me = HostOwners().me()
    assert HostOwners().alive(replace(me, started=me.started - 1)) is False


def test_a_process_of_an_earlier_boot_is_dead() -> None:
    assert HostOwners().alive(replace(HostOwners().me(), boot="before")) is False


def test_nothing_is_said_of_another_host() -> None:
    assert HostOwners().alive(replace(HostOwners().me(), host="elsewhere")) is None


def test_a_terminal_whose_leader_is_gone_is_still_one_terminal() -> None:
    """As after `setsid`, `nohup` or an ended step of a CI job."""
    asked = subprocess.run(
        [sys.executable, "-c", LEADERLESS], capture_output=True, text=True, check=True, timeout=60
    )
    first, second = map(Owner.decode, asked.stdout.split())
    assert first is not None
    assert first == second
    assert HostOwners().alive(first) is False


def test_a_terminal_outside_of_the_namespace_is_the_first_process_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "getsid", lambda _: 0)
    assert HostOwners().terminal() == owner_of(1)


def test_an_owner_survives_its_label() -> None:
    me = replace(HostOwners().me(), host="a/b")
    assert Owner.decode(me.encode()) == me


@pytest.mark.parametrize("text", ["", "x", "a/b/c/d/e", "a/b/1/2", "a/b/1/-2/3"])
def test_a_foreign_label_is_no_owner(text: str) -> None:
    assert Owner.decode(text) is None


def test_somebody_else_may_answer_for_what_is_made_here() -> None:
    assert HostOwners(os.getppid()).me().pid == os.getppid()
