"""One watchdog by itself: whom it waits for, when it goes, what it takes from its parent."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.errors import StackwrightError
from orchestration.model import Lifetime
from orchestration.owner import Owner
from orchestration.record import Hold, Phase, RunRecord
from orchestration.state import HostOwners, ProcessWatchdogs
from orchestration.state.owners import owner_of
from orchestration.state.record_json import encode
from tests.product import Product
from tests.records import record
from tests.watched import WITHIN_S, watchdogs

RUN = "0a1b2c3d"
HERE = Path(__file__).parents[2]
CLEANER = """\
from pathlib import Path


def note(run, *, home):
    Path(home, "cleaned").write_text(run)
"""
WATCHED = """\
import os, sys
from pathlib import Path

sys.path.append(sys.argv[1])
from orchestration.state import HostOwners, ProcessWatchdogs

dogs = ProcessWatchdogs(
    home=Path(os.environ["STACKWRIGHT_STATE"]), owners=HostOwners(), cleaner="cleaner:note"
)
dogs.watch("0a1b2c3d")
dogs.watch("0a1b2c3d")
dogs.armed("0a1b2c3d")
print("armed", flush=True)
for line in sys.stdin:
    if line == "over\\n":
        dogs.over("0a1b2c3d")
    if line == "act\\n":
        dogs.act("0a1b2c3d")
    if line == "fork\\n":
        child = os.fork()
        if child == 0:
            dogs.over("0a1b2c3d")
            os._exit(0)
        os.waitpid(child, 0)
    print("done", flush=True)
"""


class Kennel:
    """A process that has a run watched, and the run's record."""

    def __init__(self, home: Path) -> None:
        self.product = Product(project=home, state=home)
        (home / "runs").mkdir()
        (home / "cleaner.py").write_text(CLEANER)
        self.process = subprocess.Popen(
            [sys.executable, "-c", WATCHED, str(home)],
            cwd=HERE,
            env={**os.environ, "STACKWRIGHT_STATE": str(home)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.other = subprocess.Popen(["sleep", "300"])
        self.watched = owner_of(self.process.pid)
        self.beside = owner_of(self.other.pid)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "armed\n"

    def store(self, run: RunRecord) -> None:
        (self.product.state / "runs" / f"{RUN}.json").write_text(json.dumps(encode(run)))

    def tell(self, word: str) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"

    def kill(self, process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
        process.kill()
        process.communicate()

    @property
    def pids(self) -> list[int]:
        return watchdogs(self.product)

    @property
    def cleaned(self) -> bool:
        return (self.product.state / "cleaned").exists()

    def quits(self) -> bool:
        """Whether there is no watchdog any more, soon."""
        until = time.monotonic() + WITHIN_S
        while self.pids and time.monotonic() < until:
            time.sleep(0.02)
        return not self.pids


@pytest.fixture
def kennel(tmp_path: Path) -> Iterator[Kennel]:
    made = Kennel(tmp_path)
    yield made
    for each in (made.process, made.other):
        made.kill(each)
    assert made.quits()


def session(owner: Owner) -> Hold:
    return Hold(owner=owner, lifetime=Lifetime.SESSION)


def kept(owner: Owner) -> Hold:
    return Hold(owner=owner, lifetime=Lifetime.KEPT)


def elsewhere(owner: Owner) -> Owner:
    return replace(owner, host=f"not-{owner.host}")


def sandboxed(owner: Owner) -> Owner:
    return replace(owner, namespace=owner.namespace + 1)


Story = Callable[[Owner, Owner], RunRecord]

CLEANED: list[Story] = [
    lambda me, beside: record(phase=Phase.STARTING, starter=me, holds=(session(beside),)),
    lambda me, beside: record(phase=Phase.STARTING, starter=me, holds=(kept(beside),)),
    lambda me, beside: record(phase=Phase.STOPPING, starter=me, holds=(kept(beside),)),
    lambda me, beside: record(phase=Phase.UP, starter=beside, holds=(session(me),)),
    lambda me, beside: record(phase=Phase.UP, starter=beside, holds=()),
    lambda me, beside: record(
        phase=Phase.STOPPING, starter=replace(me, pid=0, started=0), holds=(session(beside),)
    ),
]
LEFT: list[Story] = [
    lambda me, beside: record(phase=Phase.UP, starter=me, holds=(kept(me),)),
    lambda me, beside: record(phase=Phase.UP, starter=me, holds=(kept(beside), session(me))),
    lambda me, beside: record(phase=Phase.WRECK, starter=me, holds=(session(me),)),
    lambda me, beside: record(phase=Phase.STOPPING, starter=elsewhere(me)),
    lambda me, beside: record(phase=Phase.UP, starter=me, holds=(session(elsewhere(me)),)),
    lambda me, beside: record(phase=Phase.STOPPING, starter=sandboxed(me)),
    lambda me, beside: record(phase=Phase.UP, starter=me, holds=(session(sandboxed(me)),)),
]


@pytest.mark.parametrize("story", CLEANED)
def test_it_cleans_up_when_nobody_is_left_to_do_it(kennel: Kennel, story: Story) -> None:
    kennel.store(story(kennel.watched, kennel.beside))
    kennel.kill(kennel.process)
    assert kennel.quits()
    assert kennel.cleaned


@pytest.mark.parametrize("story", LEFT)
def test_it_goes_when_the_run_may_stay_or_is_anothers_to_judge(
    kennel: Kennel, story: Story
) -> None:
    kennel.store(story(kennel.watched, kennel.beside))
    kennel.kill(kennel.process)
    assert kennel.quits()
    assert not kennel.cleaned


@pytest.mark.parametrize("text", [None, "", "[]", '{"phase": "up", "holds": 3}'])
def test_it_goes_when_there_is_no_record_to_read(kennel: Kennel, text: str | None) -> None:
    if text is not None:
        (kennel.product.state / "runs" / f"{RUN}.json").write_text(text)
    kennel.kill(kennel.process)
    assert kennel.quits()
    assert not kennel.cleaned


@pytest.mark.parametrize("phase", [Phase.UP, Phase.STARTING, Phase.STOPPING])
def test_it_waits_for_whoever_else_answers_for_the_run(kennel: Kennel, phase: Phase) -> None:
    kennel.store(record(phase=phase, starter=kennel.beside, holds=(session(kennel.beside),)))
    kennel.kill(kennel.process)
    time.sleep(0.5)
    assert len(kennel.pids) == 1
    assert not kennel.cleaned
    kennel.kill(kennel.other)
    assert kennel.quits()
    assert kennel.cleaned


def test_a_session_on_a_kept_run_is_waited_for_because_the_run_may_be_given_back(
    kennel: Kennel,
) -> None:
    both = record(holds=(kept(kennel.watched), session(kennel.beside)))
    kennel.store(both)
    kennel.kill(kennel.process)
    time.sleep(0.5)
    assert len(kennel.pids) == 1
    kennel.store(replace(both, holds=(session(kennel.beside),)))
    kennel.kill(kennel.other)
    assert kennel.quits()
    assert kennel.cleaned


def test_it_goes_at_once_when_the_run_is_over(kennel: Kennel) -> None:
    kennel.store(record(holds=(session(kennel.watched),)))
    kennel.tell("over")
    assert kennel.quits()
    assert kennel.process.poll() is None
    assert not kennel.cleaned


def test_it_acts_at_once_when_the_run_is_left_to_it_and_the_process_lives(kennel: Kennel) -> None:
    left = replace(kennel.watched, started=0)
    kennel.store(record(phase=Phase.STOPPING, starter=left, holds=(session(kennel.watched),)))
    kennel.tell("act")
    assert kennel.quits()
    assert kennel.process.poll() is None
    assert kennel.cleaned


def test_it_does_not_act_while_somebody_answers_for_the_run(kennel: Kennel) -> None:
    kennel.store(record(phase=Phase.STOPPING, starter=kennel.beside, holds=()))
    kennel.tell("act")
    time.sleep(0.5)
    assert len(kennel.pids) == 1
    assert not kennel.cleaned
    kennel.kill(kennel.other)
    assert kennel.quits()
    assert kennel.cleaned


def test_a_fork_of_the_process_does_not_end_the_watch_over_its_parent(kennel: Kennel) -> None:
    kennel.store(record(holds=(session(kennel.watched),)))
    kennel.tell("fork")
    assert len(kennel.pids) == 1
    kennel.kill(kennel.process)
    assert kennel.quits()
    assert kennel.cleaned


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM])
def test_a_signal_that_a_whole_job_gets_does_not_end_it(
    kennel: Kennel, number: signal.Signals
) -> None:
    kennel.store(record(holds=(session(kennel.watched),)))
    (pid,) = kennel.pids
    os.kill(pid, number)
    kennel.kill(kennel.process)
    assert kennel.quits()
    assert kennel.cleaned


def test_it_is_detached(kennel: Kennel) -> None:
    (pid,) = kennel.pids
    entry = Path("/proc") / str(pid)
    assert (entry / "cwd").readlink() == Path("/")
    # It says that it is armed through the pipe that it lets go then.
    until = time.monotonic() + WITHIN_S
    while str((entry / "fd" / "1").readlink()) != os.devnull and time.monotonic() < until:
        time.sleep(0.01)
    open_ones = {each.name: each.readlink() for each in (entry / "fd").iterdir()}
    assert {name: str(open_ones.pop(name)) for name in ("1", "2")} == {
        "1": os.devnull,
        "2": os.devnull,
    }
    assert str(open_ones.pop("0")).startswith("pipe:")
    assert {str(each).partition(":")[0] for each in open_ones.values()} <= {
        os.devnull,
        "anon_inode",
    }
    assert os.getsid(pid) != os.getsid(kennel.process.pid)
    status = dict(
        line.split(":", 1) for line in (entry / "status").read_text().splitlines() if ":" in line
    )
    assert int(status["PPid"]) != kennel.process.pid


def test_an_order_longer_than_a_pipe_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STACKWRIGHT_STATE", str(tmp_path))
    monkeypatch.setattr(sys, "path", [*sys.path, *(f"/none/{'x' * 200}{n}" for n in range(500))])
    dogs = ProcessWatchdogs(home=tmp_path, owners=HostOwners(), cleaner="cleaner:note")
    product = Product(project=tmp_path, state=tmp_path)
    dogs.watch(RUN)
    dogs.armed(RUN)
    assert len(watchdogs(product)) == 1
    dogs.over(RUN)
    until = time.monotonic() + WITHIN_S
    while watchdogs(product) and time.monotonic() < until:
        time.sleep(0.02)
    assert watchdogs(product) == []


@pytest.mark.parametrize(
    ("interpreter", "said"),
    [("/bin/false", "did not start"), ("/none/python", "no watchdog can be started")],
)
def test_an_interpreter_that_does_not_work_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interpreter: str, said: str
) -> None:
    monkeypatch.setattr(sys, "executable", interpreter)
    dogs = ProcessWatchdogs(home=tmp_path, owners=HostOwners(), cleaner="cleaner:note")

    def start() -> None:
        dogs.watch(RUN)
        dogs.armed(RUN)

    with pytest.raises(StackwrightError, match=said):
        start()
    dogs.over(RUN)
