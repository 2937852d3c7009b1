"""Which process lives."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.owner import Owner
from orchestration.state import HostOwners
from orchestration.state.owners import owner_of, process_start
from orchestration.state.watchdog_wait import alive as watchdog_sees
from orchestration.state.watchdog_wait import there

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

PRESENT = """\
import sys
from orchestration.state import HostOwners
print(HostOwners().me().encode(), flush=True)
sys.stdin.read()
"""
JUDGING = """\
import os, sys
from orchestration.owner import Owner
from orchestration.state import HostOwners
from orchestration.state.watchdog_wait import alive
if sys.argv[2:]:
    os.setgroups([])
    os.setgid(int(sys.argv[2]))
    os.setuid(int(sys.argv[2]))
owner = Owner.decode(sys.argv[1])
owners = HostOwners()
print(owners.alive(owner), owners.alive(owners.me()), alive(owner.pid, owner.started))
owners.terminal()
"""
NOBODY = "65534"
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="mounts /proc anew, and is another user")


@pytest.fixture(params=[("--mount-proc",), ()], ids=["own-proc", "proc-of-the-host"])
def unshare(request: pytest.FixtureRequest) -> list[str]:
    """The words before a command that give it a PID namespace of its own."""
    user = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    words = ["unshare", *user, "--pid", "--fork", "--kill-child", *request.param]
    tried = subprocess.run([*words, "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"this machine refuses a PID namespace: {tried.stderr.strip()}")
    return words


@contextmanager
def sandboxed(unshare: list[str]) -> Iterator[Owner]:
    """A live owner in a PID namespace of its own, which ends with the context."""
    with subprocess.Popen(
        [*unshare, sys.executable, "-c", PRESENT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        owner = Owner.decode(child.stdout.readline().strip())
        assert owner is not None
        yield owner


def judged(words: list[str], owner: Owner, *user: str) -> list[str]:
    """What a process says that was started so: of the owner, of itself, and as a watchdog."""
    asked = subprocess.run(
        [*words, sys.executable, "-c", JUDGING, owner.encode(), *user],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return asked.stdout.split()


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


def test_nobody_is_dead_wherever_that_is_read() -> None:
    nobody = replace(HostOwners().me(), pid=0, started=0)
    assert HostOwners().alive(nobody) is False
    assert HostOwners().alive(replace(nobody, host="elsewhere")) is False
    assert HostOwners().alive(replace(nobody, namespace=1)) is False
    assert not watchdog_sees(0, 0)


def test_a_process_outside_of_the_pid_namespace_is_never_dead(unshare: list[str]) -> None:
    me = HostOwners().me()
    assert judged(unshare, me)[:2] == ["None", "True"]


def test_a_process_in_another_sandbox_is_never_dead(unshare: list[str]) -> None:
    with sandboxed(unshare) as owner:
        assert judged(unshare, owner)[0] == "None"


def test_a_process_in_a_sandbox_is_judged_only_from_where_all_are_seen(unshare: list[str]) -> None:
    all_seen = HostOwners().me().namespace == 0xEFFFFFFC
    with sandboxed(unshare) as owner:
        assert owner.namespace != HostOwners().me().namespace
        assert HostOwners().alive(owner) is (True if all_seen else None)
        another = replace(owner, started=owner.started + 1)
        assert HostOwners().alive(another) is (False if all_seen else None)
        start_not_told = replace(owner, started=0)
        assert HostOwners().alive(start_not_told) is (True if all_seen else None)
    assert HostOwners().alive(owner) is (False if all_seen else None)


def test_a_process_of_another_sandbox_with_the_same_pid_is_not_the_owner(
    unshare: list[str],
) -> None:
    all_seen = HostOwners().me().namespace == 0xEFFFFFFC
    with sandboxed(unshare) as owner, sandboxed(unshare) as other:
        assert owner.pid == other.pid
        assert owner.started != other.started
        mixed = replace(owner, started=other.started)
        assert HostOwners().alive(mixed) is (False if all_seen else None)


@AS_ROOT
@pytest.mark.parametrize("hidepid", [1, 2])
def test_a_process_that_proc_hides_is_never_dead(hidepid: int) -> None:
    mount = f'mount -t proc -o hidepid={hidepid} proc /proc && exec "$@"'
    words = ["unshare", "--mount", "sh", "-c", mount, "sh"]
    tried = subprocess.run([*words, "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"this machine refuses to mount /proc: {tried.stderr.strip()}")
    me = HostOwners().me()
    assert judged(words, me, NOBODY) == ["None", "True", "True"]
    gone = replace(me, pid=int(Path("/proc/sys/kernel/pid_max").read_text()) + 1)
    assert judged(words, gone, NOBODY) == ["False", "True", "False"]


def test_a_number_that_no_process_can_have_is_dead() -> None:
    assert process_start(1 << 40) is None


def test_what_has_ended_unheard_is_not_there() -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert not there(pid)
    os.waitpid(pid, 0)
    assert not there(pid)
    assert there(os.getpid())


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


@pytest.mark.parametrize("namespace", [0, 4026531836])
def test_an_owner_survives_its_label(namespace: int) -> None:
    me = replace(HostOwners().me(), host="a/b", namespace=namespace)
    assert Owner.decode(me.encode()) == me


def test_a_label_of_an_earlier_version_is_judged_as_it_was() -> None:
    me = HostOwners().me()
    label = f"{me.host}/{me.boot}/{me.pid}/{me.started}/{me.uid}"
    before = Owner.decode(label)
    assert before is not None
    assert before.encode() == label
    assert HostOwners().alive(before) is True
    assert HostOwners().alive(replace(before, started=before.started - 1)) is False


def test_an_earlier_version_takes_the_owner_for_another_hosts() -> None:
    me = HostOwners().me()
    place, boot, pid, *_ = me.encode().rsplit("/", 4)
    assert (place != me.host, boot, pid) == (bool(me.namespace), me.boot, str(me.pid))


@pytest.mark.parametrize("text", ["", "x", "a/b/c/d/e", "a/b/1/2", "a/b/1/-2/3", "a/b/1//3"])
def test_a_foreign_label_is_no_owner(text: str) -> None:
    assert Owner.decode(text) is None


def test_somebody_else_may_answer_for_what_is_made_here() -> None:
    assert HostOwners(os.getppid()).me().pid == os.getppid()
