"""Something for a test session or `with` block: found, started or shared, and given back."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar, Generic, Protocol, TypeVar
from uuid import uuid4

from filelock import FileLock

from orchestration.errors import ReuseError, StackwrightError
from orchestration.events import Emit
from orchestration.model import Lifetime
from orchestration.project import Project
from orchestration.record import Hold, Phase, RunRecord
from orchestration.redact import Redactor
from orchestration.report import render_failure
from orchestration.session import give_back
from orchestration.state.home import closed_directory
from orchestration.wiring import Workplace

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class XdistRun:
    """An xdist run: its id, and the controller that answers for what the workers share."""

    id: str
    controller: int


class _TwiceToldError(StackwrightError):
    """What another worker was told; it is a whole message already, without secrets."""


class Occupant(Protocol[R_co]):
    """What brings a run up, adopts it and gives it back: the session of a stack or a platform."""

    def notice(self, text: str) -> None:
        """Tell the user something once."""
        ...

    def bring_up(self, hold: Hold, *, keep_wreck: bool = False) -> R_co:
        """Bring it up whole, or raise and leave nothing."""
        ...

    def adopt(self, run: RunRecord, hold: Hold) -> R_co:
        """What `run` keeps up, if it is proved. Raises ReuseError."""
        ...

    def give_back(self, run: RunRecord, hold: Hold) -> None:
        """End the use of a run; the last one out takes it down."""
        ...

    def explain(self, error: StackwrightError) -> str:
        """A failure as the user reads it, without secrets."""
        ...


@dataclass(slots=True, kw_only=True)
class Shared(ABC, Generic[R]):
    """One caller's hold on a run.

    `fresh`: never use what is already up. `keep`: leave all as it is when it does not come up.
    `xdist`: None outside of a worker. `progress` makes what shows a run's events.
    """

    noun: ClassVar[str] = "run"

    cwd: Path
    service: str | None
    config: Path | None
    fresh: bool
    keep: bool
    xdist: XdistRun | None
    progress: Callable[[Redactor], Emit]
    _session: Occupant[R] | None = field(default=None, init=False)
    _run: RunRecord | None = field(default=None, init=False)
    _hold: Hold | None = field(default=None, init=False)
    _workplace: Workplace | None = field(default=None, init=False)
    _process: int | None = field(default=None, init=False)

    @property
    def is_here(self) -> bool:
        """Whether this process holds it; a fork has inherited what says so of its parent."""
        return self._process == os.getpid()

    def acquire(self) -> R:
        """What is running. Raises StackwrightError when it cannot be had."""
        self._process = os.getpid()
        owner = self.xdist.controller if self.xdist is not None else None
        workplace = replace(Workplace.here(owner=owner), cwd=self.cwd)
        self._workplace = workplace
        use = self.xdist.id if self.xdist is not None else uuid4().hex[:8]
        hold = Hold(owner=workplace.owners.me(), lifetime=Lifetime.SESSION, use=use)
        self._hold = hold
        project = workplace.project(self.config)
        name = self._named(project)
        if self.xdist is None:
            return self._obtain(workplace, project, name, hold)
        with _one_worker_at_a_time(workplace, self.xdist) as directory:
            failure = directory / f"{self.xdist.id}.{self.noun}.{name}.failed"
            return self._join(workplace, project, name, hold, failure)

    def release(self) -> None:
        """Give it back; the last one out takes it down. Raises TeardownError.

        Workers of xdist leave that to their controller: others may still need it. A fork of the
        process that holds it leaves that to its parent.
        """
        held = self.is_here and self.xdist is None
        if held and self._session and self._run and self._hold:
            self._session.give_back(self._run, self._hold)

    def explain(self, error: StackwrightError) -> str:
        """The failure as the user reads it, without secrets."""
        if isinstance(error, _TwiceToldError):
            return error.what
        return render_failure(error) if self._session is None else self._session.explain(error)

    def log_sections(self, lines: int) -> list[tuple[str, str]]:
        """Titles and the last `lines` of every log, for the report of a failed test."""
        del lines
        return []

    @abstractmethod
    def _named(self, project: Project) -> str:
        """What `service` means in the project. Raises ConfigError."""

    @abstractmethod
    def _key(self, project: Project, name: str, session: str) -> str:
        """The key of its run records."""

    @abstractmethod
    def _open(
        self,
        workplace: Workplace,
        project: Project,
        name: str,
        session: str,
        run: RunRecord | None,
    ) -> Occupant[R]:
        """What brings it up. `run`: one that is up already. Raises ConfigError."""

    @abstractmethod
    def _of(self, run: RunRecord) -> R:
        """What a run keeps up, which another worker has just brought up."""

    def _opened(
        self,
        workplace: Workplace,
        project: Project,
        name: str,
        session: str,
        run: RunRecord | None,
    ) -> Occupant[R]:
        self._session = self._open(workplace, project, name, session, run)
        return self._session

    def _obtain(self, workplace: Workplace, project: Project, name: str, hold: Hold) -> R:
        """What is kept up, else a new one."""
        running = None if self.fresh else self._adopt_kept(workplace, project, name, hold)
        if running is not None:
            return running
        return self._start(self._opened(workplace, project, name, hold.use, None), hold)

    def _adopt_kept(
        self, workplace: Workplace, project: Project, name: str, hold: Hold
    ) -> R | None:
        run = workplace.record(self._key(project, name, ""))
        if run is None or run.phase is not Phase.UP or not self._fits(run):
            return None
        session = self._opened(workplace, project, name, "", run)
        try:
            running = session.adopt(run, hold)
        except ReuseError as error:
            why = f"{error.what} ({error.why})" if error.why else error.what
            session.notice(f"{why}; a {self.noun} of its own is started for this session")
            return None
        self._run = run
        return running

    def _fits(self, run: RunRecord) -> bool:
        """Whether what is kept is of the kind that is wanted."""
        return run.cluster is None

    def _start(self, session: Occupant[R], hold: Hold) -> R:
        running = session.bring_up(hold, keep_wreck=self.keep)
        if self._workplace is not None:
            held = (each for each in self._workplace.runs.all() if hold in each.holds)
            self._run = next(held, None)
        return running

    def _join(
        self, workplace: Workplace, project: Project, name: str, hold: Hold, failure: Path
    ) -> R:
        """Find or start it as the first worker, or use what another worker has."""
        if failure.exists():
            raise _TwiceToldError(failure.read_text(encoding="utf-8"))
        for session in ("", hold.use):
            run = workplace.record(self._key(project, name, session))
            if run is not None and run.phase is Phase.UP and hold in run.holds:
                # Another worker has just proved it, or brought it up: there is nothing to prove.
                self._opened(workplace, project, name, session, run)
                self._run = run
                return self._of(run)
        try:
            return self._obtain(workplace, project, name, hold)
        except StackwrightError as error:
            # Nobody removes it, nor reads it, when the controller was killed.
            if workplace.owners.alive(hold.owner) is not False:
                failure.touch(mode=0o600)
                failure.write_text(self.explain(error), encoding="utf-8")
            raise


def end_shared(xdist: str, emit: Emit) -> None:
    """In the controller: give back what the workers of that xdist run used.

    Raises TeardownError, EngineError or ClusterError, after all have been tried.
    """
    workplace = Workplace.here()
    hold = Hold(owner=workplace.owners.me(), lifetime=Lifetime.SESSION, use=xdist)
    problem: StackwrightError | None = None
    for run in workplace.runs.all():
        if hold in run.holds:
            try:
                _give_back(workplace, run, hold, emit)
            except StackwrightError as error:
                problem = error
    for left in (workplace.home / "xdist").glob(f"{xdist}.*"):
        left.unlink(missing_ok=True)
    if problem is not None:
        raise problem


def _give_back(workplace: Workplace, run: RunRecord, hold: Hold, emit: Emit) -> None:
    if run.cluster is None:
        give_back(workplace, run, hold, emit=emit)
        return
    # Imported here: few sessions have a cluster to talk to.
    from orchestration.platform_removal import give_back as give_platform_back

    give_platform_back(workplace, run, hold, emit)


@contextmanager
def _one_worker_at_a_time(workplace: Workplace, xdist: XdistRun) -> Iterator[Path]:
    directory = closed_directory(workplace.home / "xdist")
    with FileLock(directory / f"{xdist.id}.lock", mode=0o600):
        yield directory
