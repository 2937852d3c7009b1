"""The stack of a test session or `with` block: found, started or shared, and given back."""

from __future__ import annotations

from dataclasses import dataclass

from orchestration.errors import StackwrightError
from orchestration.project import Project
from orchestration.record import RunRecord
from orchestration.running import RunningStack
from orchestration.session import Session
from orchestration.shared import Shared
from orchestration.wiring import Workplace, run_key


@dataclass(slots=True, kw_only=True)
class SharedStack(Shared[RunningStack]):
    """One caller's hold on a stack. `engine`: when it is pinned."""

    noun = "stack"

    engine: str | None

    def log_sections(self, lines: int) -> list[tuple[str, str]]:
        """Titles and last lines of every component's log, for the report of a failed test."""
        if not isinstance(self._session, Session) or self._run is None:
            return []
        try:
            logs = self._session.logs(self._run, tail=lines)
        except StackwrightError as error:
            return [("stackwright logs", f"not to be had: {error.what}")]
        return [(f"stackwright log of {name}", text) for name, text in logs.items() if text]

    def _named(self, project: Project) -> str:
        return project.stack_for(self.service)

    def _key(self, project: Project, name: str, session: str) -> str:
        return run_key(project, name, session)

    def _open(
        self,
        workplace: Workplace,
        project: Project,
        name: str,
        session: str,
        run: RunRecord | None,
    ) -> Session:
        workplace.refuse_cluster(self.engine)
        return Session.open(
            workplace,
            project,
            name,
            progress=self.progress,
            run=run,
            session=session,
            engine=self.engine,
        )

    def _of(self, run: RunRecord) -> RunningStack:
        return RunningStack.of(run)
