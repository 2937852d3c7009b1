"""`stack status`, `stack logs`, `stack env`: look at what is up."""

from __future__ import annotations

import json
import sys
from functools import partial
from itertools import count
from pathlib import Path
from threading import Lock, Thread
from typing import Final

from orchestration.background import Background
from orchestration.errors import ConfigError, StackwrightError, StoppedError
from orchestration.model import Instance
from orchestration.operations.outcome import outcome, raise_last
from orchestration.operations.stack_down import kept_runs
from orchestration.ports import Cancel, Engine
from orchestration.record import Phase, RunRecord
from orchestration.redact import Redactor
from orchestration.report import ComponentStatus, RunStatus, render_env, render_status
from orchestration.session import Session
from orchestration.stack import Stack
from orchestration.state import SignalCancel
from orchestration.wiring import Workplace, run_key

_TURN_S: Final = 0.1
_TURNS_A_LOOK: Final = 50


def status(*, as_json: bool = False, config: Path | None = None) -> int:
    """Tell what is up, component by component; exit code 8 when something that was up is dead.

    Exit code 3 when an engine does not answer, 13 when a cluster does not: what the records say of
    its runs is told then.
    """

    def command() -> int:
        workplace = Workplace.here()
        project = workplace.project(config)
        runs = kept_runs(workplace, project, None)
        here = [each for each in runs if each.cluster is None]
        with SignalCancel() as cancel:
            found, problems = _all_statuses(workplace, here, cancel)
        told: dict[str, object] = {
            "schema_version": 1,
            "runs": [each.as_json() for each in found],
        }
        text = render_status(found) if found else ""
        healthy = all(each.healthy for each in found)
        if len(here) < len(runs):
            # Imported here: no other stack needs what speaks with clusters.
            from orchestration.operations.e2e_status import render, statuses

            away, silent = statuses(workplace, [each for each in runs if each.cluster is not None])
            problems += silent
            told["on_clusters"] = [each.as_json() for each in away]
            text += render(away)
            healthy = healthy and all(each.ready for each in away)
        if as_json:
            print(json.dumps(told))
        elif text:
            print(text, end="")
        else:
            print("nothing is up", file=sys.stderr)
        raise_last(problems)
        return 0 if healthy else 8

    return outcome(command)


def logs(
    *,
    service: str | None = None,
    component: str | None = None,
    follow: bool = False,
    tail: int | None = None,
    config: Path | None = None,
) -> int:
    """Show the logs of a stack that is up, or of a wreck."""

    def command() -> int:
        session, run = _open_run(service, config)
        if run.cluster is not None:
            from orchestration.operations.e2e_logs import show_logs

            show_logs(
                session.workplace,
                run,
                session.redact,
                workload=component,
                follow=follow,
                tail=tail,
            )
            return 0
        chosen = {
            name: instance for name, instance in run.instances.items() if component in (None, name)
        }
        if not chosen:
            raise _no_log(session.stack, run, component)
        with SignalCancel() as cancel, session.workplace.look_at(run, cancel) as engine:
            if follow:
                _follow(engine, chosen, session.redact, cancel)
            else:
                for name, instance in chosen.items():
                    _print(name, session.redact.clean(engine.whole_log(instance.id, tail=tail)))
        return 0

    return outcome(command)


def env(*, service: str | None = None, style: str = "export", config: Path | None = None) -> int:
    """Print the endpoints of a stack that is up as variables, credentials included."""

    def command() -> int:
        if style not in ("export", "dotenv"):
            raise ConfigError(f"there is no format {style!r}", fix="one of export, dotenv")
        _session, run = _open_run(service, config)
        if run.phase is not Phase.UP:
            raise ConfigError(
                f"stack {run.stack} is not up: {run.phase}", fix="`stackwright stack up`"
            )
        if run.cluster is not None:
            raise ConfigError(
                f"stack {run.stack} is on a cluster, and nothing of it has an address here",
                fix="open the ways that `stack up` tells (`kubectl port-forward`)",
            )
        print(render_env(run.endpoints, style="export" if style == "export" else "dotenv"), end="")
        return 0

    return outcome(command)


def _open_run(service: str | None, config: Path | None) -> tuple[Session, RunRecord]:
    workplace = Workplace.here()
    project = workplace.project(config)
    stack = project.stack_for(service)
    run = workplace.record(run_key(project, stack))
    if run is None:
        raise ConfigError(
            f"stack {stack} is not up", fix=f"`stackwright stack up --service {stack}`"
        )
    return Session.open(workplace, project, stack, run=run), run


def _no_log(stack: Stack, run: RunRecord, component: str | None) -> ConfigError:
    """Why there is no log: of one component, or (None) of any."""
    known = [each.name for each in stack.components]
    if component is not None and component not in known:
        return ConfigError(
            f"stack {run.stack} has no component {component!r}", fix=f"one of {', '.join(known)}"
        )
    if run.phase is Phase.STARTING:
        return ConfigError(
            f"stack {run.stack} is still {run.phase} (process {run.starter.pid})",
            why="the logs of its components can be shown once it is up",
            fix="try again then",
        )
    which = f"component {component}" if component else "any component"
    return ConfigError(f"stack {run.stack} has not started {which}")


def _all_statuses(
    workplace: Workplace, runs: list[RunRecord], cancel: Cancel
) -> tuple[list[RunStatus], list[StackwrightError]]:
    """The runs, and why some could not be asked. All engines are asked at once: each may be silent
    for seconds.
    """
    engines: dict[tuple[str, str], list[RunRecord]] = {}
    for run in runs:
        engines.setdefault((run.engine, run.url), []).append(run)
    problems: list[StackwrightError] = []
    with Background() as background:
        jobs = [
            background.begin(partial(_statuses, workplace, each, cancel, problems))
            for each in engines.values()
        ]
        seen = {each.run.run: each for job in jobs for each in job.result(lambda: None)}
    return [seen[run.run] for run in runs], problems


def _statuses(
    workplace: Workplace,
    runs: list[RunRecord],
    cancel: Cancel,
    problems: list[StackwrightError],
) -> list[RunStatus]:
    """Runs of one engine."""
    found: list[RunStatus] = []
    problem = ""
    try:
        with workplace.look_at(runs[0], cancel) as engine:
            found += [_status(run, engine) for run in runs]
    except StoppedError:
        raise
    except StackwrightError as error:
        problem = error.what
        problems.append(error)
    return found or [_status(run, None, problem) for run in runs]


def _status(run: RunRecord, engine: Engine | None, problem: str = "") -> RunStatus:
    rows = (
        ComponentStatus(
            component=name,
            state=engine.look(instance.id) if engine is not None else None,
            endpoints=tuple(each for each in run.endpoints if each.component == name),
        )
        for name, instance in run.instances.items()
    )
    return RunStatus(run=run, components=tuple(rows), problem=problem)


def _print(name: str, text: str) -> None:
    for line in text.splitlines():
        print(f"{name} | {line}")


def _follow(
    engine: Engine, instances: dict[str, Instance], redact: Redactor, cancel: Cancel
) -> None:
    """Lines of all instances as they come, each whole, until the last ends or Ctrl-C.

    Raises SilenceError when the engine does not answer any more: lines may come at any time, and so
    it is asked something else now and then. Raises OSError when they cannot be written.
    """
    one_at_a_time = Lock()
    problems: list[StackwrightError] = []
    unwritten: list[OSError] = []

    def read(name: str, instance: Instance) -> None:
        try:
            for line in engine.follow(instance.id, cancel):
                with one_at_a_time:
                    print(f"{name} | {redact.clean(line)}", flush=True)
        except StackwrightError as error:
            problems.append(error)
        except OSError as error:
            unwritten.append(error)

    threads = [
        Thread(target=read, args=(name, instance), daemon=True)
        for name, instance in instances.items()
    ]
    for thread in threads:
        thread.start()
    for turn in count():
        if unwritten or cancel.requested() is not None:
            break
        if not any(thread.is_alive() for thread in threads):
            break
        if turn % _TURNS_A_LOOK == 0:
            engine.look(next(iter(instances.values())).id)
        cancel.pause(_TURN_S)
    if unwritten:
        raise unwritten[0]
    raise_last(problems)
