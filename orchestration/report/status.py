"""What is up, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from orchestration.columns import columns
from orchestration.event_record import Json, Record, timestamp
from orchestration.model import Endpoint, Life, State
from orchestration.printable import one_line
from orchestration.record import Phase, RunRecord
from orchestration.redact import Redactor, spelled_secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentStatus:
    """One look at a component of a run. `state`: None when its engine could not be asked."""

    component: str
    state: State | None
    endpoints: tuple[Endpoint, ...] = ()

    @property
    def done(self) -> bool:
        """Whether it has ended as a one-shot does: with 0, and nothing can be asked of it."""
        state = self.state
        return (
            state is not None
            and state.life is Life.EXITED
            and state.exit_code == 0
            and not self.endpoints
        )

    @property
    def healthy(self) -> bool:
        """Alive, or done."""
        return self.done or (self.state is not None and self.state.alive)

    @property
    def words(self) -> str:
        """The state in words."""
        if self.state is None:
            return "not known"
        return "done" if self.done else one_line(self.state.describe())


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatus:
    """One look at a run. `problem`: why its engine could not be asked, "" when it answered."""

    run: RunRecord
    components: tuple[ComponentStatus, ...]
    problem: str = ""

    @property
    def healthy(self) -> bool:
        """Up, and every component of it well."""
        return (
            self.run.phase is Phase.UP
            and not self.problem
            and all(each.healthy for each in self.components)
        )

    @property
    def redact(self) -> Redactor:
        """Hides what the run's record alone tells of its secrets: the configuration is not read."""
        dsns = (each.dsn for each in self.run.endpoints)
        return Redactor((self.run.generated, *spelled_secrets(dsns)))

    def as_json(self) -> Record:
        """For `stack status --json`; without credentials."""
        return {
            "run": self.run.run,
            "stack": self.run.stack,
            "service": self.run.service,
            "engine": self.run.engine,
            "phase": self.run.phase.value,
            "created": timestamp(self.run.created),
            "healthy": self.healthy,
            "problem": self.redact.line(self.problem),
            "components": [_component(each, self.redact) for each in self.components],
        }


def render_status(runs: Iterable[RunStatus]) -> str:
    """All runs, each a headline and a line a component; ends with a newline unless it is empty."""
    lines: list[str] = []
    for each in runs:
        run = each.run
        since = timestamp(run.created).partition(".")[0].replace("T", " ")
        well = "" if each.healthy or run.phase is not Phase.UP else ", NOT healthy"
        lines.append(
            f"{run.stack}: {run.phase.value}{well}, on {run.engine} since {since} UTC, "
            f"run {run.run}"
        )
        if each.problem:
            lines.append(f"  the engine could not be asked: {each.redact.line(each.problem)}")
        hide = each.redact
        rows = [
            (status.component, hide(status.words), "  ".join(end.url for end in status.endpoints))
            for status in each.components
        ]
        lines += columns(rows, indent="  ")
    return "".join(f"{line}\n" for line in lines)


def render_endpoints(endpoints: Iterable[Endpoint]) -> str:
    """Component, port and URL, a line an endpoint, without credentials."""
    rows = [(each.component, each.port_name, each.url) for each in endpoints]
    return "".join(f"{line}\n" for line in columns(rows))


def _component(status: ComponentStatus, redact: Redactor) -> Record:
    endpoints: list[Json] = [
        {"port_name": each.port_name, "host": each.host, "port": each.port, "url": each.url}
        for each in status.endpoints
    ]
    return {
        "component": status.component,
        "life": status.state.life.value if status.state is not None else "unknown",
        "exit_code": status.state.exit_code if status.state is not None else None,
        "words": redact(status.words),
        "healthy": status.healthy,
        "endpoints": endpoints,
    }
