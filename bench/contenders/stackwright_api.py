"""stackwright through its Python API, in this process, as the pytest fixture uses it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bench.contender import TakeDown
from bench.contenders.stackwright_project import state_of, write_project
from bench.stack_under_test import EngineUnderTest, StackUnderTest

if TYPE_CHECKING:
    from orchestration.record import Hold
    from orchestration.session import Session
    from orchestration.wiring import Workplace


@dataclass(frozen=True, slots=True)
class StackwrightApi:
    """`Session.bring_up` and `Session.take_down`: configuration, gates, records and all."""

    name: str = "stackwright"
    note: str = "Python API in one process: reads the configuration, then up; down by label"

    def obstacle(self, engine: EngineUnderTest) -> str | None:
        """None: it is what this tree holds."""
        return None

    def up(self, stack: StackUnderTest) -> TakeDown:
        """Read the configuration and bring the stack up."""
        from orchestration.errors import StoppedError
        from orchestration.model import Lifetime
        from orchestration.record import Hold
        from orchestration.session import Session
        from orchestration.state import FileRuns, HostOwners, ProcessWatchdogs, SystemClock
        from orchestration.wiring import CLEANER, Workplace

        owners = HostOwners()
        home = state_of(stack)
        home.mkdir(mode=0o700)
        workplace = Workplace(
            environ={},
            cwd=stack.directory,
            home=home,
            clock=SystemClock(),
            owners=owners,
            runs=FileRuns(home, owners),
            watchdogs=ProcessWatchdogs(home=home, owners=owners, cleaner=CLEANER),
        )
        project = workplace.project(write_project(stack))
        session = Session.open(workplace, project, stack.token)
        hold = Hold(owner=owners.me(), lifetime=Lifetime.SESSION)
        try:
            session.bring_up(hold)
        except StoppedError as error:
            # It hears Ctrl-C itself; here the whole benchmark is meant.
            raise KeyboardInterrupt from error
        return partial(_down, workplace, session, hold)


def _down(workplace: Workplace, session: Session, hold: Hold) -> None:
    record = workplace.record(session.key)
    if record is None:
        raise RuntimeError("stackwright has no record of the stack that it brought up")
    session.give_back(record, hold)
