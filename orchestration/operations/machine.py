"""`stack clean` and `stack doctor`: what concerns this machine rather than one stack."""

from __future__ import annotations

import sys
from pathlib import Path

from orchestration.errors import ConfigError, EngineError, StackwrightError
from orchestration.model import ENGINE_NAMES
from orchestration.operations.outcome import outcome
from orchestration.ports import Engine
from orchestration.progress import choose
from orchestration.project import Project
from orchestration.redact import Redactor
from orchestration.state import SignalCancel
from orchestration.sweep import judge
from orchestration.wiring import Workplace


def clean(*, dry_run: bool = False, config: Path | None = None) -> int:
    """Remove what provably dead runs left on every engine of this machine; tell what is spared."""

    def command() -> int:
        workplace = Workplace.here()
        project = project_if_any(workplace, config)
        problem: StackwrightError | None = None
        for name in ENGINE_NAMES:
            try:
                with workplace.connect(name, project) as connection:
                    _clean(workplace, connection.engine, dry_run)
            except EngineError:
                # An engine that is not there holds nothing of ours that could be reached.
                continue
            except StackwrightError as error:
                problem = error
        if problem is not None:
            raise problem
        return 0

    return outcome(command)


def doctor(*, engine: str | None = None, config: Path | None = None) -> int:
    """Tell which engine is used and why, what it can do, and what to do where none is."""

    def command() -> int:
        workplace = Workplace.here()
        project = project_if_any(workplace, config)
        found = workplace.find(engine, project)
        try:
            print(f"engine   {found.name} {found.version}")
            shown = Redactor()
            print(f"url      {shown.line(found.url) or '(none: local processes)'}")
            print(f"rule     {found.rule}")
            print(f"state    {workplace.home}")
            for tried in found.tried:
                print(f"tried    {shown.line(f'{tried.rule}: {tried.url}: {tried.outcome}')}")
            for quirk in found.quirks:
                print(f"quirk    {quirk}")
            if found.note:
                print(f"note     {shown.line(found.note)}")
        finally:
            found.close()
        return 0

    return outcome(command)


def project_if_any(workplace: Workplace, config: Path | None) -> Project | None:
    """These commands work anywhere; a configuration that is there counts, and must be right."""
    from orchestration.stackfile import find_config, load

    try:
        file = find_config(workplace.cwd, config)
    except ConfigError:
        if config is not None:
            raise
        return None
    return load(file)


def _clean(workplace: Workplace, engine: Engine, dry_run: bool) -> None:
    judgement = judge(engine, workplace.runs, workplace.owners)
    for left in judgement.spared:
        print(f"{engine.info.name}: run {left.run} of {left.stack} is left alone: {left.why}")
    for left in judgement.dead:
        print(f"{engine.info.name}: run {left.run} of {left.stack}: {left.why}")
        for resource in left.resources:
            print(f"  {'would remove' if dry_run else 'removing'} {resource.describe()}")
    if dry_run:
        return
    with (
        SignalCancel() as cancel,
        choose("quiet", sys.stderr, workplace.environ) as emit,
    ):
        workplace.runner(engine, cancel=cancel, emit=emit).sweep()
