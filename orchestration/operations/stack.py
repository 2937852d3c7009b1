"""`stack up` and `stack plan`."""

from __future__ import annotations

import sys
from pathlib import Path

from orchestration.errors import ClaimError, ReuseError, StackwrightError
from orchestration.model import Lifetime
from orchestration.operations.formats import as_format
from orchestration.operations.outcome import outcome
from orchestration.operations.settle import moved_on, settled
from orchestration.progress import choose
from orchestration.record import Hold, RunRecord
from orchestration.report import render_endpoints, render_failure, render_plan
from orchestration.running import RunningStack
from orchestration.session import Session
from orchestration.wiring import Workplace, run_key


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
        result = None
        while result is None:
            held = settled(workplace, run_key(project, stack)) if reuse else None
            session = Session.open(
                workplace, project, stack, run=held, engine=engine, artifacts=artifacts
            )
            opened[:] = [session]
            redact = session.redact
            shown = choose(as_format(progress), sys.stderr, workplace.environ, redact=redact)
            with shown as session.emit:
                result = _obtain(session, held, keep=keep, reuse=reuse)
        # On a terminal the progress has just shown them.
        if not (sys.stdout.isatty() and sys.stderr.isatty() and progress in ("auto", "live")):
            print(render_endpoints(result.endpoints), end="")
        return 0

    def explain(error: StackwrightError) -> str:
        return opened[0].explain(error) if opened else render_failure(error)

    return outcome(command, explain=explain)


def _obtain(
    session: Session, held: RunRecord | None, *, keep: bool, reuse: bool
) -> RunningStack | None:
    """The stack; None where another process was quicker, and sharing with it is worth a try."""
    workplace = session.workplace
    hold = Hold(owner=workplace.owners.terminal(), lifetime=Lifetime.KEPT)
    try:
        if held is not None:
            return session.adopt(held, hold)
        return session.bring_up(hold, keep_wreck=keep)
    except (ClaimError, ReuseError):
        if reuse and moved_on(workplace, session.key, held):
            return None
        raise


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
