"""`stack up`, `stack down`, `stack plan`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final, get_args

from orchestration.errors import ClaimError, ConfigError, StackwrightError
from orchestration.events import Emit
from orchestration.model import Lifetime
from orchestration.operations.outcome import outcome
from orchestration.progress import Format, choose
from orchestration.project import Project
from orchestration.record import Phase, RunRecord
from orchestration.report import render_endpoints, render_failure, render_plan
from orchestration.session import Session
from orchestration.stackfile import find_config
from orchestration.state import SignalCancel
from orchestration.wiring import Workplace, run_key

FORMATS: Final[tuple[Format, ...]] = get_args(Format)


def up(
    *,
    service: str | None = None,
    engine: str | None = None,
    keep: bool = False,
    reuse: bool = False,
    plan: bool = False,
    progress: str = "auto",
    artifacts: Path | None = None,
    config: Path | None = None,
) -> int:
    """Bring a stack up and leave it running; its endpoints on stdout."""
    if plan:
        return tell_plan(service=service, engine=engine, config=config)
    opened: list[Session] = []

    def command() -> int:
        workplace = Workplace.here()
        project = workplace.project(config)
        stack = project.stack_for(service)
        run = workplace.record(run_key(project, stack)) if reuse else None
        running = run if run is not None and run.phase is Phase.UP else None
        session = Session.open(
            workplace,
            project,
            stack,
            run=running,
            engine=engine,
            artifacts=artifacts,
        )
        opened.append(session)
        chosen = choose(as_format(progress), sys.stderr, workplace.environ, redact=session.redact)
        with chosen as shown:
            session.emit = shown
            result = (
                session.adopt(running)
                if running is not None
                else session.bring_up(Lifetime.KEPT, keep_wreck=keep)
            )
        # On a terminal the progress has just shown them.
        if not (sys.stdout.isatty() and sys.stderr.isatty() and progress in ("auto", "live")):
            print(render_endpoints(result.endpoints), end="")
        return 0

    def explain(error: StackwrightError) -> str:
        return opened[0].explain(error) if opened else render_failure(error)

    return outcome(command, explain=explain)


def down(
    *,
    service: str | None = None,
    everything: bool = False,
    progress: str = "auto",
    config: Path | None = None,
) -> int:
    """Take one stack down, or every kept stack of the project."""

    def command() -> int:
        workplace = Workplace.here()
        runs = _runs_to_end(workplace, config, service, everything)
        if not runs:
            print("nothing is up", file=sys.stderr)
            return 0
        with choose(as_format(progress), sys.stderr, workplace.environ) as emit:
            for run in runs:
                take_down(workplace, run, emit)
        return 0

    return outcome(command)


def tell_plan(
    *, service: str | None = None, engine: str | None = None, config: Path | None = None
) -> int:
    """Tell what `up` would do; nothing is started, no image is made, no record is written."""

    def command() -> int:
        workplace = Workplace.here()
        project = workplace.project(config)
        session = Session.open(workplace, project, project.stack_for(service), engine=engine)
        found = workplace.find(engine, project)
        found.close()
        print(session.redact(render_plan(session.stack, found.name)), end="")
        return 0

    return outcome(command)


def _runs_to_end(
    workplace: Workplace, config: Path | None, service: str | None, everything: bool
) -> list[RunRecord]:
    """What `down` means. A configuration that has become invalid must not keep a stack up: it is
    read only to learn the default among several stacks that are up, or what a name means.
    """
    file = find_config(workplace.cwd, config)
    up = [each for each in workplace.runs.all() if each.config == str(file)]
    kept = [each for each in up if each.lifetime is Lifetime.KEPT]
    if everything or (service is None and len(kept) <= 1):
        return kept
    named = [each for each in kept if service in (each.stack, each.service)]
    if len(named) == 1:
        return named
    project = workplace.project(config)
    return kept_runs(workplace, project, project.stack_for(service))


def kept_runs(workplace: Workplace, project: Project, stack: str | None) -> list[RunRecord]:
    """The runs of a stack, or of all stacks of the project, that outlive their processes."""
    if stack is None:
        start = run_key(project, "").partition("#")[0] + "#"
        runs = [each for each in workplace.runs.all() if each.key.startswith(start)]
    else:
        run = workplace.record(run_key(project, stack))
        runs = [run] if run is not None else []
    return [each for each in runs if each.lifetime is Lifetime.KEPT]


def take_down(workplace: Workplace, run: RunRecord, emit: Emit) -> None:
    """Remove a run on whichever engine holds it. Raises EngineError, TeardownError, ClaimError."""
    if run.phase in (Phase.STARTING, Phase.STOPPING) and workplace.owners.alive(run.owner):
        raise ClaimError(
            f"stack {run.stack} is still {run.phase} (process {run.owner.pid})",
            fix="stop that process (Ctrl-C there): it removes what it made",
        )
    with SignalCancel() as cancel, workplace.connect_to(run) as engine:
        workplace.runner(engine, cancel=cancel, emit=emit).down(run)


def as_format(name: str) -> Format:
    """The progress format of that name. Raises ConfigError."""
    for known in FORMATS:
        if name == known:
            return known
    raise ConfigError(f"there is no progress format {name!r}", fix=f"one of {', '.join(FORMATS)}")
