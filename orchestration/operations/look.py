"""`stack status`, `stack logs`, `stack env`: look at what is up."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from threading import Lock, Thread

from orchestration.errors import ConfigError, StackwrightError
from orchestration.model import Instance
from orchestration.operations.outcome import outcome
from orchestration.operations.stack_down import kept_runs
from orchestration.ports import Cancel, Engine
from orchestration.record import Phase, RunRecord
from orchestration.redact import Redactor
from orchestration.report import ComponentStatus, RunStatus, render_env, render_status
from orchestration.session import Session
from orchestration.state import SignalCancel
from orchestration.wiring import Workplace, run_key


def status(*, as_json: bool = False, config: Path | None = None) -> int:
    """Tell what is up, component by component; exit code 8 when something that was up is dead."""

    def command() -> int:
        workplace = Workplace.here()
        project = workplace.project(config)
        found = [_status(workplace, run) for run in kept_runs(workplace, project, None)]
        if as_json:
            print(json.dumps({"schema_version": 1, "runs": [each.as_json() for each in found]}))
        elif found:
            print(render_status(found), end="")
        else:
            print("nothing is up", file=sys.stderr)
        return 0 if all(each.healthy for each in found) else 8

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
        chosen = {
            name: instance for name, instance in run.instances.items() if component in (None, name)
        }
        if not chosen:
            raise ConfigError(
                f"stack {run.stack} has no component {component!r}",
                fix=f"one of {', '.join(run.instances)}",
            )
        with SignalCancel() as cancel, session.workplace.connect_to(run) as engine:
            if follow:
                _follow(engine, chosen, session.redact, cancel)
            else:
                for name, instance in chosen.items():
                    _print(name, session.redact.clean(engine.logs(instance.id, tail=tail)))
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


def _status(workplace: Workplace, run: RunRecord) -> RunStatus:
    rows: list[ComponentStatus] = []
    problem = ""
    try:
        with workplace.connect_to(run) as engine:
            for name, instance in run.instances.items():
                state = engine.look(instance.id)
                rows.append(
                    ComponentStatus(
                        component=name,
                        state=state,
                        endpoints=tuple(e for e in run.endpoints if e.component == name),
                    )
                )
    except StackwrightError as error:
        problem = error.what
    return RunStatus(run=run, components=tuple(rows), problem=problem)


def _print(name: str, text: str) -> None:
    for line in text.splitlines():
        print(f"{name} | {line}")


def _follow(
    engine: Engine, instances: dict[str, Instance], redact: Redactor, cancel: Cancel
) -> None:
    """Lines of all instances as they come, each whole, until the last ends or Ctrl-C."""
    one_at_a_time = Lock()

    def read(name: str, instance: Instance) -> None:
        for line in engine.follow(instance.id, cancel):
            with one_at_a_time:
                print(f"{name} | {redact.clean(line)}", flush=True)

    threads = [
        Thread(target=read, args=(name, instance), daemon=True)
        for name, instance in instances.items()
    ]
    for thread in threads:
        thread.start()
    while cancel.requested() is None and any(thread.is_alive() for thread in threads):
        cancel.pause(0.1)
