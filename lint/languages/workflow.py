"""GitHub Actions: workflows, reusable workflows and composite actions as programs.

A job is a function with its id as name. `Module.labels` tell the kind: `workflow:github` (also
`workflow:called` where only other workflows start it) or `action:composite` (whose only function
is named `runs`).
"""

from __future__ import annotations

from typing import Final

from lint.facts import FileFacts
from lint.languages.dialect import GITHUB, literal
from lint.languages.scripts import Scripts
from lint.languages.workflow_matrix import matrix
from lint.languages.workflow_steps import (
    StepDefaults,
    condition,
    steps,
    uses,
    variables,
)
from lint.languages.yaml_nodes import Mapping, Pair, Scalar, items
from lint.program import Assign, Define, Expr, Flag, Function, If, Module, Name, Stmt

_CALLED: Final = frozenset({"workflow_call"})


def workflow(root: Mapping) -> FileFacts | None:
    """The facts of a workflow; None where it is none."""
    jobs = root.mapping("jobs")
    if jobs is None or not any(_is_job(job, root) for _, job in jobs.entries):
        return None
    scripts = Scripts(GITHUB)
    defaults = StepDefaults().over(root.mapping("defaults"))
    body: list[Stmt] = [*_inputs(root), *variables(root.mapping("env"))]
    for pair, job in jobs.entries:
        body.append(Define(_job(pair, job, scripts, defaults)))
    labels = ("workflow:github", "workflow:called") if _events(root) == _CALLED else ()
    return scripts.facts(Module(tuple(body), labels=labels or ("workflow:github",)))


def action(root: Mapping) -> FileFacts | None:
    """The facts of an `action.yml`; None where it is none. Only composite ones have a program."""
    runs = root.pair("runs")
    if runs is None or not isinstance(runs.value, Mapping) or not runs.value.text("using"):
        return None
    found = runs.value
    if found.text("using") != "composite":
        return FileFacts("yaml")
    scripts = Scripts(GITHUB)
    lowered = steps(found.each("steps"), scripts, StepDefaults())
    function = Function("runs", (), lowered, runs.at)
    module = Module((*_inputs(root), Define(function)), labels=("action:composite",))
    return scripts.facts(module)


def _is_job(job: Mapping, root: Mapping) -> bool:
    keys = job.keys
    return "runs-on" in keys or (
        ("uses" in keys or "steps" in keys) and bool(root.keys & {"on", "true"})
    )


def _events(root: Mapping) -> frozenset[str]:
    """What starts a workflow. A reader of YAML 1.1 takes `on` for a truth."""
    told = root.get("on") or root.get("true")
    if isinstance(told, Mapping):
        return told.keys
    return (
        frozenset(one.text for one in items(told) if isinstance(one, Scalar))
        if told
        else frozenset()
    )


def _inputs(root: Mapping) -> tuple[Stmt, ...]:
    """Defaults of the inputs of an action, a reusable workflow or one started by hand."""
    told = [root.mapping("inputs")]
    if on := root.mapping("on"):
        for event in ("workflow_call", "workflow_dispatch"):
            found = on.mapping(event)
            told.append(found.mapping("inputs") if found else None)
    return tuple(
        Assign(Name(f"inputs.{pair.key}"), default, default=True)
        for inputs in told
        if inputs
        for pair, one in inputs.entries
        if (default := _default(one)) is not None
    )


def _default(told: Mapping) -> Expr | None:
    if told.text("type") == "boolean":
        return Flag(told.text("default") == "true")
    default = told.scalar("default")
    return literal(default, GITHUB) if default else None


def _job(pair: Pair, job: Mapping, scripts: Scripts, defaults: StepDefaults) -> Function:
    own = defaults.over(job.mapping("defaults"))
    if not own.program and job.text("runs-on").startswith("windows"):
        own = StepDefaults(program="pwsh", directory=own.directory)
    strategy = job.mapping("strategy")
    body: tuple[Stmt, ...] = (
        *matrix(strategy.get("matrix") if strategy else None),
        *variables(job.mapping("env")),
    )
    called = job.scalar("uses")
    if called and (call := uses(job, called.at)):
        body = (*body, call)
    body = (*body, *steps(job.each("steps"), scripts, own))
    if isinstance(test := condition(job.scalar("if")), Flag):
        body = (If(test, body),)
    needs = tuple(one.text for one in job.each("needs") if isinstance(one, Scalar))
    return Function(pair.key, (), body, pair.at, needs=needs)
