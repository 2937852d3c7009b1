"""Azure Pipelines: jobs as functions, their scripts as shell."""

from __future__ import annotations

from typing import Final

from lint.facts import FileFacts
from lint.languages.dialect import AZURE, literal, value
from lint.languages.scripts import Scripts
from lint.languages.workflow_steps import deferred, within
from lint.languages.yaml_nodes import Mapping, Node, Scalar, Sequence, mappings
from lint.program import (
    Arg,
    Assign,
    Attr,
    Call,
    Define,
    Do,
    Function,
    Module,
    Name,
    Span,
    Stmt,
    Try,
)

_SCRIPTS: Final = {"script": "", "bash": "bash", "pwsh": "pwsh", "powershell": "powershell"}


def azure(root: Mapping) -> FileFacts | None:
    """The facts of an Azure pipeline or of a template for one; None for another document."""
    if not root.keys & {"steps", "jobs", "stages"} or root.keys & {"on", "apiVersion", "kind"}:
        return None
    jobs: list[tuple[str, Mapping]] = []
    for stage in mappings(root.each("stages")):
        jobs.extend((_name(job), job) for job in mappings(stage.each("jobs")))
    jobs.extend((_name(job), job) for job in mappings(root.each("jobs")))
    if "steps" in root.keys:
        jobs.append(("steps", root))
    if not any(_is_azure(job) for _, job in jobs):
        return None
    scripts = Scripts(AZURE)
    body: list[Stmt] = [*_variables(root.get("variables"))]
    for name, job in jobs:
        lowered = [] if job is root else [*_variables(job.get("variables"))]
        for nodes in (job.each("steps"), _deployment(job)):
            for step in mappings(nodes):
                lowered.extend(_step(step, scripts))
        needs = tuple(one.text for one in job.each("dependsOn") if isinstance(one, Scalar))
        body.append(Define(Function(name, (), tuple(lowered), job.at, needs=needs)))
    return scripts.facts(Module(tuple(body), labels=("workflow:azure",)))


def _name(job: Mapping) -> str:
    return job.text("job") or job.text("deployment") or job.text("template") or "job"


def _is_azure(job: Mapping) -> bool:
    steps = mappings((*job.each("steps"), *_deployment(job)))
    keys = frozenset({"script", "bash", "pwsh", "powershell", "task", "checkout", "template"})
    return any(step.keys & keys for step in steps)


def _deployment(job: Mapping) -> tuple[Node, ...]:
    """The steps of a deployment job, in whatever strategy and phase they stand."""
    found: list[Node] = []
    strategy = job.mapping("strategy")
    for _, kind in strategy.entries if strategy else ():
        for _, phase in kind.entries:
            found.extend(phase.each("steps"))
    return tuple(found)


def _variables(told: Node | None) -> tuple[Stmt, ...]:
    match told:
        case Mapping(pairs=pairs):
            return tuple(Assign(Name(pair.key), literal(pair.value, AZURE)) for pair in pairs)
        case Sequence(items=listed):
            named = [(one.scalar("name"), one.scalar("value")) for one in mappings(listed)]
            return tuple(
                Assign(Name(name.text), value(told_value, AZURE))
                for name, told_value in named
                if name and told_value
            )
        case _:
            return ()


def _step(step: Mapping, scripts: Scripts) -> tuple[Stmt, ...]:
    body: tuple[Stmt, ...] = _variables(step.mapping("env"))
    inputs = step.mapping("inputs")
    directory = step.scalar("workingDirectory")
    if directory is None and inputs:
        directory = inputs.scalar("workingDirectory")
    for key, shell in _SCRIPTS.items():
        if script := step.scalar(key):
            body = (*body, *within(directory, AZURE, scripts.lower(script, shell)))
    task = step.scalar("task") or step.scalar("template")
    if task:
        kind = task.text.partition("@")[0]
        script = inputs.scalar("script") if inputs else None
        if script and kind in ("Bash", "CmdLine", "ShellScript", "PowerShell"):
            shell = "pwsh" if kind == "PowerShell" else ""
            body = (*body, *within(directory, AZURE, scripts.lower(script, shell)))
        else:
            body = (*body, _used(task, inputs or step.mapping("parameters"), step.at))
    if step.text("continueOnError") == "true":
        body = (Try(body, ((),)),)
    condition = step.text("condition").replace(" ", "")
    if "always()" in condition or "succeededOrFailed()" in condition:
        return deferred(body)
    if "failed()" in condition:
        return deferred((Try((), (body,)),))
    return body


def _used(name: Scalar, given: Mapping | None, at: Span) -> Stmt:
    args = [Arg(value(name, AZURE))]
    args.extend(Arg(literal(one.value, AZURE), one.key) for one in (given.pairs if given else ()))
    return Do(Call(Attr(Name("actions"), "uses"), tuple(args), at))
