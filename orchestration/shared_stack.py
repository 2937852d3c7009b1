"""The stack of a test session or `with` block: found, started or shared, and given back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import get_ident
from uuid import uuid4

from filelock import FileLock

from orchestration.errors import ReuseError, StackwrightError
from orchestration.events import Emit, Notice
from orchestration.model import Lifetime
from orchestration.project import Project
from orchestration.record import Hold, Phase, RunRecord
from orchestration.redact import Redactor
from orchestration.report import render_failure
from orchestration.running import RunningStack
from orchestration.session import Session
from orchestration.state import SignalCancel
from orchestration.state.home import closed_directory
from orchestration.wiring import Workplace, run_key


@dataclass(frozen=True, slots=True, kw_only=True)
class XdistRun:
    """An xdist run: its id, and the controller that answers for what the workers share."""

    id: str
    controller: int


@dataclass(slots=True, kw_only=True)
class SharedStack:
    """One caller's hold on a stack.

    `fresh`: never use a stack that is already up. `keep`: leave all as it is when it does not come
    up. `xdist`: None outside of a worker. `progress` makes what shows a run's events.
    """

    cwd: Path
    service: str | None
    engine: str | None
    config: Path | None
    fresh: bool
    keep: bool
    xdist: XdistRun | None
    progress: Callable[[Redactor], Emit]
    _session: Session | None = None
    _run: RunRecord | None = None
    _hold: Hold | None = None

    def acquire(self) -> RunningStack:
        """The running stack. Raises StackwrightError when it cannot be had."""
        owner = self.xdist.controller if self.xdist is not None else None
        workplace = replace(Workplace.here(owner=owner), cwd=self.cwd)
        use = self.xdist.id if self.xdist is not None else uuid4().hex[:8]
        hold = Hold(owner=workplace.owners.me(), lifetime=Lifetime.SESSION, use=use)
        self._hold = hold
        project = workplace.project(self.config)
        stack = project.stack_for(self.service)
        running = None if self.fresh else self._adopt_kept(workplace, project, stack, hold)
        if running is not None:
            return running
        if self.xdist is None:
            session = self._open(workplace, project, stack, f"{os.getpid()}.{get_ident()}", None)
            return self._start(session, hold)
        with _one_worker_at_a_time(workplace, self.xdist) as failure:
            return self._join(workplace, project, stack, hold, failure)

    def release(self) -> None:
        """Give the stack back; the last one out takes it down. Raises TeardownError.

        Workers of xdist leave that to their controller: others may still need the stack.
        """
        if self.xdist is None and self._session and self._run and self._hold:
            self._session.give_back(self._run, self._hold)

    def explain(self, error: StackwrightError) -> str:
        """The failure as the user reads it, without secrets."""
        return render_failure(error) if self._session is None else self._session.explain(error)

    def log_sections(self, lines: int) -> list[tuple[str, str]]:
        """Titles and last lines of every component's log, for the report of a failed test."""
        if self._session is None or self._run is None:
            return []
        try:
            logs = self._session.logs(self._run, tail=lines)
        except StackwrightError as error:
            return [("stackwright logs", f"not to be had: {error.what}")]
        return [(f"stackwright log of {name}", text) for name, text in logs.items() if text]

    def _open(
        self,
        workplace: Workplace,
        project: Project,
        stack: str,
        session: str,
        run: RunRecord | None,
    ) -> Session:
        self._session = Session.open(
            workplace,
            project,
            stack,
            progress=self.progress,
            run=run,
            session=session,
            engine=self.engine,
        )
        return self._session

    def _adopt_kept(
        self, workplace: Workplace, project: Project, stack: str, hold: Hold
    ) -> RunningStack | None:
        run = workplace.record(run_key(project, stack))
        if run is None or run.phase is not Phase.UP:
            return None
        session = self._open(workplace, project, stack, "", run)
        try:
            running = session.adopt(run, hold)
        except ReuseError as error:
            why = f"{error.what} ({error.why})" if error.why else error.what
            session.emit(Notice(text=f"{why}; a stack of its own is started for this session"))
            return None
        self._run = run
        return running

    def _start(self, session: Session, hold: Hold) -> RunningStack:
        running = session.bring_up(hold, keep_wreck=self.keep)
        self._run = session.workplace.runs.get(running.run)
        return running

    def _join(
        self, workplace: Workplace, project: Project, stack: str, hold: Hold, failure: Path
    ) -> RunningStack:
        """Start the stack as the first worker, or use what another worker has started."""
        if failure.exists():
            raise StackwrightError(failure.read_text(encoding="utf-8"))
        run = workplace.record(run_key(project, stack, hold.use))
        if run is not None and run.phase is Phase.UP:
            # Another worker of the same run has just brought it up: there is nothing to prove.
            self._open(workplace, project, stack, hold.use, run)
            self._run = run
            return RunningStack.of(run)
        session = self._open(workplace, project, stack, hold.use, None)
        try:
            return self._start(session, hold)
        except StackwrightError as error:
            failure.touch(mode=0o600)
            failure.write_text(session.explain(error), encoding="utf-8")
            raise


def end_shared(xdist: str, emit: Emit) -> None:
    """In the controller: give back what the workers of that xdist run used.

    Raises TeardownError or EngineError, after all have been tried.
    """
    workplace = Workplace.here()
    hold = Hold(owner=workplace.owners.me(), lifetime=Lifetime.SESSION, use=xdist)
    problem: StackwrightError | None = None
    for run in workplace.runs.all():
        if hold in run.holds:
            try:
                with SignalCancel() as cancel, workplace.connect_to(run, cancel=cancel) as engine:
                    runner = workplace.runner(engine, cancel=cancel, emit=emit)
                    runner.give_back(run.run, hold)
            except StackwrightError as error:
                problem = error
    for left in (workplace.home / "xdist").glob(f"{xdist}.*"):
        left.unlink(missing_ok=True)
    if problem is not None:
        raise problem


@contextmanager
def _one_worker_at_a_time(workplace: Workplace, xdist: XdistRun) -> Iterator[Path]:
    directory = closed_directory(workplace.home / "xdist")
    with FileLock(directory / f"{xdist.id}.lock", mode=0o600):
        yield directory / f"{xdist.id}.failed"
