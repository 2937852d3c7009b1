"""`stack up` and `stack plan`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

from orchestration.errors import ClaimError, ConfigError, ReuseError, StackwrightError
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

CLUSTER: Final = "kubernetes"
"""What `--engine` says for a stack that has outgrown one machine."""


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
    if _on_cluster(engine):
        return _up_on_cluster(
            service=service, keep=keep, reuse=reuse, progress=progress, config=config
        )
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
    if held is not None and held.cluster is not None:
        raise ClaimError(
            f"stack {held.stack} is up on Kubernetes, and cannot be shared here",
            fix="`stackwright stack down` first",
        )
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
        name = project.stack_for(service)
        if _on_cluster(engine):
            from orchestration.operations.e2e import print_plan
            from orchestration.platform_source import PlatformSource

            print_plan(PlatformSource.of_stack(project, name, workplace.environ))
            return 0
        session = Session.open(workplace, project, name, engine=engine)
        found = workplace.find(engine, project)
        found.close()
        print(session.redact(render_plan(session.stack, found.name)), end="")
        return 0

    return outcome(command)


def _on_cluster(engine: str | None) -> bool:
    return (engine or os.environ.get("STACKWRIGHT_ENGINE")) == CLUSTER


def _up_on_cluster(
    *, service: str | None, keep: bool, reuse: bool, progress: str, config: Path | None
) -> int:
    """The same stack on Kubernetes, as manifests with its gates as probes."""
    # Imported here: no other stack needs what speaks with clusters.
    from orchestration.operations.e2e import bring_up, explained
    from orchestration.platform_session import PlatformSession
    from orchestration.platform_source import PlatformSource

    opened: list[PlatformSession] = []

    def command() -> int:
        if reuse:
            raise ConfigError(
                "`--reuse` is for stacks on this machine",
                why=f"what runs on {CLUSTER} is not compared with the configuration",
                fix="`stackwright stack down` first, or leave the option away",
            )
        workplace = Workplace.here()
        project = workplace.project(config)
        name = project.stack_for(service)
        source = PlatformSource.of_stack(project, name, workplace.environ)
        session = PlatformSession.open(workplace, project, source)
        opened.append(session)
        bring_up(session, keep=keep, progress=progress)
        return 0

    return outcome(command, explain=lambda error: explained(error, opened))
