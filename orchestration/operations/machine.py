"""`stack clean` and `stack doctor`: what concerns this machine rather than one stack."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from orchestration.background import Background
from orchestration.errors import (
    ConfigError,
    EngineError,
    SilenceError,
    StackwrightError,
    StoppedError,
)
from orchestration.model import ENGINE_NAMES
from orchestration.operations.outcome import outcome, raise_last
from orchestration.patience import FIND_S, LOOK_S, BriefPatience
from orchestration.ports import Cancel, Engine
from orchestration.progress import choose
from orchestration.project import Project
from orchestration.prompt_engine import PromptEngine
from orchestration.redact import Redactor
from orchestration.sharing import abandoned
from orchestration.state import SignalCancel
from orchestration.sweep import judge
from orchestration.wiring import Workplace

_AGAIN: Final = (
    "see whether it still answers anybody (`stackwright stack doctor`), restart it, then run "
    "`stackwright stack clean` again for what it may hold"
)


def clean(*, dry_run: bool = False, config: Path | None = None) -> int:
    """Remove what provably dead runs left on every engine of this machine; tell what is spared.

    Exit code 11 when something could not be removed, else 3 when an engine could not be asked that
    is there, or that dead runs have used; all the others are clean then.
    """

    def command() -> int:
        workplace = Workplace.here()
        project = project_if_any(workplace, config)
        unasked: list[StackwrightError] = []
        unclean: list[StackwrightError] = []
        with SignalCancel() as cancel:
            for name in ENGINE_NAMES:
                finding = BriefPatience(workplace.clock, cancel, FIND_S, name, _AGAIN)
                reached = False
                try:
                    with workplace.connect(
                        name, project, cancel=cancel, patience=finding
                    ) as connection:
                        reached = True
                        _clean(workplace, connection.engine, cancel, dry_run)
                except StoppedError:
                    raise
                except EngineError as error:
                    # One that is not there holds nothing, as far as anybody knows.
                    if reached or isinstance(error, SilenceError):
                        unasked.append(error)
                    elif runs := _dead_runs(workplace, name):
                        unasked.append(_gone(workplace, name, runs, error))
                except StackwrightError as error:
                    unclean.append(error)
        raise_last((*unasked, *unclean))
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
                print(f"tried    {shown.line(str(tried))}")
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


def _dead_runs(workplace: Workplace, engine: str) -> list[str]:
    """The abandoned runs that may have left something on an engine."""
    return [
        each.run
        for each in workplace.runs.all()
        if each.engine == engine and abandoned(each, workplace.owners)
    ]


def _gone(workplace: Workplace, engine: str, runs: list[str], error: EngineError) -> EngineError:
    files = ", ".join(str(workplace.home / "runs" / f"{run}.json") for run in runs)
    return EngineError(
        f"{engine} does not answer, and {len(runs)} dead runs may have left something there: "
        f"{', '.join(runs)}",
        why="; ".join(filter(None, (error.what, error.why))),
        fix=f"start {engine}, and run this again; if it is gone for good, delete {files}",
    )


def _clean(workplace: Workplace, engine: Engine, cancel: Cancel, dry_run: bool) -> None:
    who = f"{engine.info.name} at {engine.info.url}"
    brief = BriefPatience(workplace.clock, cancel, LOOK_S, who, _AGAIN)
    with Background() as background:
        judgement = judge(PromptEngine(engine, background, brief), workplace.runs, workplace.owners)
    for left in judgement.spared:
        print(f"{engine.info.name}: run {left.run} of {left.stack} is left alone: {left.why}")
    for left in judgement.dead:
        print(f"{engine.info.name}: run {left.run} of {left.stack}: {left.why}")
        for resource in left.resources:
            print(f"  {'would remove' if dry_run else 'removing'} {resource.describe()}")
    if dry_run:
        return
    with choose("quiet", sys.stderr, workplace.environ) as emit:
        workplace.runner(engine, cancel=cancel, emit=emit).sweep(judgement)
