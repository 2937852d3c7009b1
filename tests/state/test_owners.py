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


def test_an_owner_survives_its_label() -> None:
    me = replace(HostOwners().me(), host="a/b")
    assert Owner.decode(me.encode()) == me


@pytest.mark.parametrize("text", ["", "x", "a/b/c/d/e", "a/b/1/2", "a/b/1/-2/3"])
def test_a_foreign_label_is_no_owner(text: str) -> None:
    assert Owner.decode(text) is None


def test_somebody_else_may_answer_for_what_is_made_here() -> None:
    assert HostOwners(os.getppid()).me().pid == os.getppid()
