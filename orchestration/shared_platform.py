"""The E2E platform of a test session or `with` block, with the ways to it held open."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from orchestration.errors import StackwrightError
from orchestration.platform import ClusterChoice, Loader, Platform
from orchestration.platform_access import platform_access
from orchestration.platform_session import PlatformSession
from orchestration.platform_source import PlatformSource
from orchestration.project import Project
from orchestration.record import PLATFORM_KEY, RunRecord
from orchestration.running_platform import RunningPlatform
from orchestration.shared import Shared
from orchestration.state import SignalCancel
from orchestration.wiring import Workplace, run_key


@dataclass(slots=True, kw_only=True)
class SharedPlatform(Shared[RunningPlatform]):
    """One caller's hold on a platform. `cluster`, `load`: instead of the configuration's, None for
    that. `engine`: what builds its images, when it is pinned.
    """

    noun = "platform"

    cluster: ClusterChoice | None = None
    load: Loader | None = None
    engine: str | None = None
    _ways: ExitStack = field(default_factory=ExitStack, init=False)
    _source: PlatformSource | None = field(default=None, init=False)

    def acquire(self) -> RunningPlatform:
        """The platform, every access open for as long as it is held.

        Raises StackwrightError when it cannot be had; nothing that was made for it is left then.
        """
        self._source = None
        running = Shared.acquire(self)
        session, run, workplace = self._session, self._run, self._workplace
        if not isinstance(session, PlatformSession) or run is None or workplace is None:
            return running
        try:
            with SignalCancel() as cancel:
                ways = self._ways.enter_context(
                    platform_access(workplace, session.platform, run, cancel)
                )
        except BaseException:
            self.release()
            raise
        return replace(running, endpoints=ways.endpoints)

    def release(self) -> None:
        """Close the ways, and give the platform back. Raises TeardownError, ClusterError."""
        if self.is_here:
            self._ways.close()
        Shared.release(self)

    def log_sections(self, lines: int) -> list[tuple[str, str]]:
        """Titles and the last `lines` of every container's log, for the report of a failed test."""
        session, run = self._session, self._run
        if not isinstance(session, PlatformSession) or run is None:
            return []
        try:
            logs = session.logs(run, tail=lines)
        except StackwrightError as error:
            return [("stackwright logs", f"not to be had: {error.what}")]
        return [(f"stackwright log of {name}", text) for name, text in logs.items() if text]

    def _chosen(self, written: Platform) -> Platform:
        cluster = (self.cluster or ClusterChoice()).over(written.cluster)
        return replace(written, cluster=cluster, load=self.load or written.load)

    def _named(self, project: Project) -> str:
        return project.platform_for(self.service)

    def _key(self, project: Project, name: str, session: str) -> str:
        return run_key(project, f"{PLATFORM_KEY}{name}", session)

    def _fits(self, run: RunRecord) -> bool:
        return run.cluster is not None

    def _open(
        self,
        workplace: Workplace,
        project: Project,
        name: str,
        session: str,
        run: RunRecord | None,  # noqa: ARG002 - nothing of it is needed to open a platform
    ) -> PlatformSession:
        if self._source is None:
            # Read and digested once, also when what is kept up turns out to be another.
            self._source = PlatformSource.read(
                project, name, workplace.environ, choose=self._chosen
            )
        return PlatformSession.open(
            workplace,
            project,
            self._source,
            progress=self.progress,
            session=session,
            engine=self.engine,
        )

    def _of(self, run: RunRecord) -> RunningPlatform:
        return RunningPlatform.of(run, ())
