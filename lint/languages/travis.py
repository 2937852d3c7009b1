"""Travis CI: the build, and each variant with phases of its own, as functions."""

from __future__ import annotations

from typing import Final

from lint.facts import FileFacts
from lint.languages.dialect import GITLAB
from lint.languages.scripts import Scripts
from lint.languages.workflow_steps import deferred
from lint.languages.yaml_nodes import Mapping, Scalar, mappings
from lint.program import (
    Define,
    Function,
    Module,
    Stmt,
    Try,
)

_PHASES: Final = (
    "before_install",
    "install",
    "before_script",
    "script",
    "after_success",
    "before_deploy",
    "after_deploy",
)
_TELLING: Final = frozenset(
    {"language", "dist", "sudo", "matrix", "jobs", "env", "addons", "os", "services", "go"}
)


def travis(root: Mapping) -> FileFacts | None:
    """The facts of a Travis CI configuration; None for another document."""
    if not (root.keys & set(_PHASES) and root.keys & _TELLING):
        return None
    if root.keys & {"stages", "on", "apiVersion"} and "language" not in root.keys:
        return None
    if any("script" in job.keys for _, job in root.entries):
        return None
    scripts = Scripts(GITLAB)
    told = root.mapping("jobs") or root.mapping("matrix")
    variants = mappings(told.each("include")) if told else ()
    body: list[Stmt] = [Define(_build("build", root, root, scripts))]
    for number, job in enumerate(variants, 1):
        if job.keys & set(_PHASES):
            name = job.text("name") or f"include-{number}"
            body.append(Define(_build(name, job, root, scripts)))
    return scripts.facts(Module(tuple(body), labels=("workflow:travis",)))


def _build(name: str, job: Mapping, root: Mapping, scripts: Scripts) -> Function:
    """The phases of a build, in order; those of the whole file where a job has none of its own."""

    def lower(phase: str) -> tuple[Stmt, ...]:
        commands = (job if job.pair(phase) else root).each(phase)
        return tuple(
            statement
            for one in commands
            if isinstance(one, Scalar) and one.text
            for statement in scripts.lower(one)
        )

    body = [statement for phase in _PHASES for statement in lower(phase)]
    body.extend(deferred(lower("after_script")))
    if failed := lower("after_failure"):
        body.extend(deferred((Try((), (failed,)),)))
    return Function(name, (), tuple(body), job.at)
