"""Run records under many processes at once, each perhaps killed before any of its writes."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from orchestration.errors import ClaimError, PortError, ReuseError
from orchestration.model import HostPort, Lifetime
from orchestration.owner import Owner
from orchestration.record import Hold, Phase, RunRecord
from orchestration.sharing import abandoned, join, leave
from orchestration.state import FileRuns
from tests.records import record

PEOPLE: Final = tuple(
    Owner(host="here", boot="this", pid=number, started=1, uid=0) for number in range(1, 5)
)
KEYS: Final = ("shop#a#", "shop#b#")
PORTS: Final = tuple(HostPort("127.0.0.1", number) for number in (7001, 7002))
WRITES: Final = frozenset({"open", "os.rename", "os.remove", "tempfile.mkstemp"})
"""What Python tells its audit hooks before it changes a directory or opens a file."""

people = st.sampled_from(PEOPLE)
keys = st.sampled_from(KEYS)
ports = st.frozensets(st.sampled_from(PORTS)).map(lambda chosen: tuple(sorted(chosen, key=str)))
kills = st.none() | st.integers(1, 12)


@dataclass(slots=True)
class Population:
    """`Owners` where the test says who is alive, and which of them acts."""

    alive_now: set[Owner] = field(default_factory=lambda: set(PEOPLE))
    acting: Owner = PEOPLE[0]

    def me(self) -> Owner:
        return self.acting

    def here(self) -> Owner:
        return self.acting

    def terminal(self) -> Owner:
        return self.acting

    def alive(self, owner: Owner) -> bool | None:
        return owner in self.alive_now


def in_a_process(act: Callable[[], object], home: Path, kill_before: int | None) -> int:
    """Begin `act` in a process that is killed before its nth change of `home`; its pid.

    Exit code 0: done; 1: refused as it may be; 2: a defect.
    """
    pid = os.fork()
    if pid:
        return pid
    code = 2
    try:
        if kill_before is not None:
            left = kill_before

            def count(event: str, arguments: tuple[object, ...]) -> None:
                nonlocal left
                if event in WRITES and any(str(home) in str(each) for each in arguments):
                    left -= 1
                    if not left:
                        os.kill(os.getpid(), signal.SIGKILL)

            sys.addaudithook(count)
        act()
        code = 0
    except (ClaimError, PortError, ReuseError):
        code = 1
    except BaseException:  # noqa: BLE001 - the exit code tells of it, and this what it was
        traceback.print_exc()
    finally:
        os._exit(code)


def ended(pid: int) -> int | None:
    """The exit code; None when it was killed."""
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in (0, 1, -signal.SIGKILL)
    return code if code >= 0 else None


class RunsUnderFire(RuleBasedStateMachine):
    """Whatever is done at once, and whoever is killed where: no record is torn, no key or port has
    two living holders, nothing another process stored is lost, and the lock is free again."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp(prefix="runs-under-fire-"))
        self.home = self.directory / "state"
        self.population = Population()
        self.runs = FileRuns(self.home, self.population)
        self.made = 0

    def teardown(self) -> None:
        shutil.rmtree(self.directory)

    def new(self, key: str, owner: Owner, leased: tuple[HostPort, ...]) -> RunRecord:
        self.made += 1
        return record(
            f"{self.made:08x}",
            key=key,
            owner=owner,
            starter=owner,
            phase=Phase.STARTING,
            lifetime=Lifetime.SESSION,
            holds=(Hold(owner=owner, lifetime=Lifetime.SESSION),),
            ports=leased,
            created=float(self.made),
        )

    @rule(key=keys, owner=people, leased=ports, kill=kills)
    def claim(self, key: str, owner: Owner, leased: tuple[HostPort, ...], kill: int | None) -> None:
        living = [each for each in self.runs.all() if not abandoned(each, self.population)]
        free = not any(
            each.key == key or any(a.clashes(b) for a in leased for b in each.ports)
            for each in living
        )
        new = self.new(key, owner, leased)
        code = ended(in_a_process(lambda: self.runs.claim(new), self.home, kill))
        if code is not None:
            assert (code == 0) is free
        stored = self.runs.get(new.run)
        assert stored in ((new,) if code == 0 else (None,) if code == 1 else (None, new))

    @rule(
        wishes=st.lists(st.tuples(keys, people, ports, kills), min_size=2, max_size=4),
    )
    def claim_at_once(
        self, wishes: list[tuple[str, Owner, tuple[HostPort, ...], int | None]]
    ) -> None:
        new = [self.new(key, owner, leased) for key, owner, leased, _ in wishes]
        begun = [
            in_a_process(self.claiming(each), self.home, wish[3])
            for each, wish in zip(new, wishes, strict=True)
        ]
        codes = [ended(pid) for pid in begun]
        for each, code in zip(new, codes, strict=True):
            stored = self.runs.get(each.run)
            assert code is None or (stored is not None) is (code == 0)

    @rule(which=st.integers(0, 9), kill=kills)
    def come_up(self, which: int, kill: int | None) -> None:
        chosen = self.chosen(which)
        # One that is being taken down never comes up again.
        if chosen is not None and chosen.phase is Phase.STARTING:
            edit = lambda now: replace(now, phase=Phase.UP)  # noqa: E731 - handed to another process
            ended(in_a_process(lambda: self.runs.change(chosen.run, edit), self.home, kill))

    @rule(which=st.integers(0, 9), users=st.lists(people, min_size=2, max_size=4, unique=True))
    def join_at_once(self, which: int, users: list[Owner]) -> None:
        chosen = self.chosen(which)
        if chosen is None:
            return
        joined: list[tuple[Hold, int]] = []
        for user in users:
            hold = Hold(owner=user, lifetime=Lifetime.SESSION, use="shared")
            joined.append((hold, in_a_process(self.joining(chosen.run, hold), self.home, None)))
        codes = [(hold, ended(pid)) for hold, pid in joined]
        now = self.runs.get(chosen.run)
        for hold, code in codes:
            if code == 0:
                assert now is not None
                assert hold in now.holds

    @rule(which=st.integers(0, 9), kill=kills)
    def all_leave_at_once(self, which: int, kill: int | None) -> None:
        chosen = self.chosen(which)
        if chosen is None or chosen.phase is not Phase.UP:
            return
        begun = [
            in_a_process(self.leaving(chosen.run, hold), self.home, kill if first else None)
            for first, hold in enumerate(chosen.holds)
        ]
        codes = [ended(pid) for pid in begun]
        now = self.runs.get(chosen.run)
        assert now is not None
        if None not in codes:
            # Exactly one was told that it was the last: exit code 0, and 1 for the others.
            assert codes.count(0) == 1
            assert now.phase is Phase.STOPPING

    @rule(which=st.integers(0, 9), wanted=ports, kill=kills)
    def lease(self, which: int, wanted: tuple[HostPort, ...], kill: int | None) -> None:
        chosen = self.chosen(which)
        if chosen is not None:
            ended(in_a_process(lambda: self.runs.lease(chosen.run, wanted), self.home, kill))

    @rule(which=st.integers(0, 9), kill=kills)
    def release(self, which: int, kill: int | None) -> None:
        chosen = self.chosen(which)
        if chosen is not None:
            code = ended(in_a_process(lambda: self.runs.release(chosen.run), self.home, kill))
            assert code is None or self.runs.get(chosen.run) is None

    @rule(who=people)
    def die(self, who: Owner) -> None:
        self.population.alive_now.discard(who)

    @invariant()
    def no_record_is_torn(self) -> None:
        whole = {each.run for each in self.runs.all()}
        assert whole == {each.stem for each in (self.home / "runs").glob("*.json")}

    @invariant()
    def no_key_or_port_has_two_living_holders(self) -> None:
        living = [each for each in self.runs.all() if not abandoned(each, self.population)]
        held = [each.key for each in living if each.key]
        assert len(held) == len(set(held))
        leased = [port for each in living for port in set(each.ports)]
        assert len(leased) == len(set(leased))

    def chosen(self, which: int) -> RunRecord | None:
        known = self.runs.all()
        return known[which % len(known)] if known else None

    def claiming(self, new: RunRecord) -> Callable[[], object]:
        return lambda: self.runs.claim(new)

    def joining(self, run: str, hold: Hold) -> Callable[[], object]:
        return lambda: join(self.runs, self.population, run, hold)

    def leaving(self, run: str, hold: Hold) -> Callable[[], object]:
        def act() -> None:
            if leave(self.runs, self.population, run, hold) is None:
                raise ClaimError("others are still there")

        return act


def test_a_process_is_killed_where_the_test_says(tmp_path: Path) -> None:
    runs = FileRuns(tmp_path, Population())

    def claiming(number: int) -> Callable[[], object]:
        return lambda: runs.claim(record(f"{number:08x}", key=f"{number}"))

    outcomes = [ended(in_a_process(claiming(at), tmp_path, at)) for at in range(1, 30)]
    assert outcomes[0] is None
    assert outcomes[-1] == 0
    assert 3 < outcomes.count(None) < 29


TestRunsUnderFire = RunsUnderFire.TestCase
TestRunsUnderFire.settings = settings(
    max_examples=25,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
