"""The stack of a pytest session: found, started or shared, and given back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from filelock import FileLock

from orchestration.errors import ReuseError, StackwrightError
from orchestration.events import Emit, Notice
from orchestration.model import Lifetime
from orchestration.record import Phase, RunRecord
from orchestration.running import RunningStack
from orchestration.session import Session
from orchestration.state.home import closed_directory
from orchestration.wiring import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class XdistRun:
    """An xdist run: its id, and the controller that answers for what the workers share."""

    id: str
    controller: int


@dataclass(slots=True, kw_only=True)
class SharedStack:
    """One test session's hold on a stack.

    `fresh`: never use a stack that is already up. `xdist`: None outside of a worker.
    """

    cwd: Path
    service: str | None
    engine: str | None
    config: Path | None
    fresh: bool
    keep: bool
    xdist: XdistRun | None
    emit: Emit
    _session: Session | None = None
    _record: RunRecord | None = None
    _own: bool = field(default=False)

    def acquire(self) -> RunningStack:
        """The running stack. Raises StackwrightError when it cannot be had."""
        owner = self.xdist.controller if self.xdist is not None else None
        workplace = replace(Workplace.here(owner=owner), cwd=self.cwd)
        project = workplace.project(self.config)
        session = Session(
            workplace=workplace,
            project=project,
            stack=project.stack_for(self.service),
            engine=self.engine,
            emit=self.emit,
        )
        self._session = session
        running = None if self.fresh else self._adopt_kept(session)
        if running is not None:
            return running
        if self.xdist is None:
            self._own = True
            return self._start(session, f"pytest-{os.getpid()}")
        with _one_worker_at_a_time(workplace, self.xdist) as failure:
            return self._join(session, self.xdist, failure)

    def release(self) -> None:
        """Give the stack back; one of this session's own is taken down. Raises TeardownError."""
        if self._own and self._session is not None and self._record is not None:
            self._session.take_down(self._record)

    def explain(self, error: StackwrightError) -> str:
        """The failure as the user reads it, without secrets."""
        return str(error) if self._session is None else self._session.explain(error)

    def log_sections(self, lines: int) -> list[tuple[str, str]]:
        """Titles and last lines of every component's log, for the report of a failed test."""
        if self._session is None or self._record is None:
            return []
        try:
            logs = self._session.logs(self._record, tail=lines)
        except StackwrightError as error:
            return [("stackwright logs", f"not to be had: {error.what}")]
        return [(f"stackwright log of {name}", text) for name, text in logs.items() if text]

    def _adopt_kept(self, session: Session) -> RunningStack | None:
        record = session.workplace.record(session.project, session.stack)
        if record is None or record.phase is not Phase.UP:
            return None
        try:
            running = session.adopt(record)
        except ReuseError as error:
            self.emit(Notice(text=f"{error}\na stack of this session's own is started instead"))
            return None
        self._record = record
        return running

    def _start(self, session: Session, key: str) -> RunningStack:
        running = session.bring_up(
            Lifetime.KEPT if self.keep else Lifetime.SESSION, session=key, keep_wreck=self.keep
        )
        self._record = session.workplace.runs.get(running.run)
        return running

    def _join(self, session: Session, xdist: XdistRun, failure: Path) -> RunningStack:
        """Start the stack as the first worker, or use what another worker has started."""
        if failure.exists():
            raise StackwrightError(failure.read_text(encoding="utf-8"))
        record = session.workplace.record(session.project, session.stack, xdist.id)
        if record is not None and record.phase is Phase.UP:
            running = session.adopt(record)
            self._record = record
            return running
        try:
            return self._start(session, xdist.id)
        except StackwrightError as error:
            failure.write_text(session.explain(error), encoding="utf-8")
            raise


def end_shared(run: str, emit: Emit) -> None:
    """In the controller: take down what the workers of xdist run `run` shared.

    Raises TeardownError or EngineError, after all have been tried.
    """
    workplace = Workplace.here()
    problem: StackwrightError | None = None
    for record in workplace.runs.all():
        if record.key.endswith(f"#{run}"):
            try:
                with workplace.connect_to(record) as engine:
                    workplace.runner(engine, emit=emit).down(record)
            except StackwrightError as error:
                problem = error
    for left in (workplace.home / "xdist").glob(f"{run}.*"):
        left.unlink(missing_ok=True)
    if problem is not None:
        raise problem


@contextmanager
def _one_worker_at_a_time(workplace: Workplace, xdist: XdistRun) -> Iterator[Path]:
    directory = closed_directory(workplace.home / "xdist")
    with FileLock(directory / f"{xdist.id}.lock", mode=0o600):
        yield directory / f"{xdist.id}.failed"


