"""`stack down`: give a kept stack back; the last one out takes it down."""

from __future__ import annotations

import sys
from pathlib import Path

from orchestration.errors import StackwrightError, StoppedError
from orchestration.events import Emit
from orchestration.model import Lifetime
from orchestration.operations.formats import as_format
from orchestration.operations.holds import holds_from_here, refuse_moving, tell_who_stays
from orchestration.operations.outcome import outcome, raise_last
from orchestration.progress import choose
from orchestration.project import Project
from orchestration.record import PLATFORM_KEY, Phase, RunRecord
from orchestration.stackfile import find_config
from orchestration.state import SignalCancel
from orchestration.wiring import Workplace, run_key


def down(
    *,
    service: str | None = None,
    everything: bool = False,
    force: bool = False,
    progress: str = "auto",
    config: Path | None = None,
) -> int:
    """Give one stack back, or every kept stack of the project. `force`: whoever else uses it."""

    def command() -> int:
        workplace = Workplace.here()
        runs = _runs_to_end(workplace, config, service, everything)
        if not runs:
            print("nothing is up", file=sys.stderr)
            return 0
        problems: list[StackwrightError] = []
        with choose(as_format(progress), sys.stderr, workplace.environ) as emit:
            for run in runs:
                try:
                    _end(workplace, run, emit, force=force)
                except StoppedError:
                    raise
                except StackwrightError as error:
                    # The next one may be nobody else's, or on an engine that answers.
                    problems.append(error)
        raise_last(problems)
        return 0

    return outcome(command)


def kept_runs(workplace: Workplace, project: Project, stack: str | None) -> list[RunRecord]:
    """The runs of a stack, or of all stacks of the project, that outlive their processes."""
    if stack is None:
        start = run_key(project, "").partition("#")[0] + "#"
        runs = [each for each in workplace.runs.all() if _is_stack(each, start)]
    else:
        run = workplace.record(run_key(project, stack))
        runs = [run] if run is not None else []
    return [each for each in runs if each.lifetime is Lifetime.KEPT]


def _runs_to_end(
    workplace: Workplace, config: Path | None, service: str | None, everything: bool
) -> list[RunRecord]:
    """What `down` means. A configuration that has become invalid must not keep a stack up: it is
    read only to learn the default among several stacks that are up, or what a name means.
    """
    file = find_config(workplace.cwd, config)
    up = [each for each in workplace.runs.all() if _is_stack(each, f"{file}#")]
    kept = [each for each in up if each.lifetime is Lifetime.KEPT]
    if everything or (service is None and len(kept) <= 1):
        return kept
    named = [each for each in kept if service in (each.stack, each.service)]
    if len(named) == 1:
        return named
    project = workplace.project(config)
    return kept_runs(workplace, project, project.stack_for(service))


def _is_stack(run: RunRecord, start: str) -> bool:
    """Whether a run is one of a stack of the project: those of E2E platforms are `e2e down`'s."""
    return run.key.startswith(start) and not run.key.startswith(f"{start}{PLATFORM_KEY}")


def _end(workplace: Workplace, run: RunRecord, emit: Emit, *, force: bool) -> None:
    """Raises EngineError, TeardownError, ClaimError; ClusterError of a stack on Kubernetes."""
    if run.cluster is not None:
        # Imported here: no other stack needs what speaks with clusters.
        from orchestration.operations.e2e_down import end_platform

        end_platform(workplace, run, emit, force=force)
        return
    refuse_moving(workplace, run, force=force)
    with SignalCancel() as cancel, workplace.connect_to(run, cancel=cancel) as engine:
        runner = workplace.runner(engine, cancel=cancel, emit=emit)
        if force or run.phase is not Phase.UP:
            runner.down(run)
        elif runner.give_back(run.run, *holds_from_here(workplace, run)) is None:
            tell_who_stays(workplace, run)
