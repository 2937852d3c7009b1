"""CircleCI: jobs and reusable commands as functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice, product
from typing import Final

from lint.facts import FileFacts
from lint.languages.dialect import CIRCLE, literal
from lint.languages.scripts import Scripts
from lint.languages.workflow_matrix import choices, rows
from lint.languages.workflow_steps import deferred, within
from lint.languages.yaml_nodes import MOST_ITEMS, Mapping, Node, Pair, Scalar, items, mappings
from lint.program import (
    Arg,
    Assign,
    Call,
    Define,
    Do,
    Expr,
    Function,
    If,
    Module,
    Name,
    Opaque,
    Param,
    Stmt,
    Try,
)

_DEEPEST: Final = 8
_MOST_JOBS: Final = 64
_OF_WORKFLOWS: Final = frozenset(
    {"requires", "name", "context", "filters", "branches", "type", "matrix", "pre-steps"}
    | {"post-steps", "serial-group", "override-with"}
)
"""What a workflow says of a job besides its parameters."""


def circleci(root: Mapping) -> FileFacts | None:
    """The facts of a CircleCI configuration; None for another document.

    `commands` are functions with the label `template`.
    """
    jobs = root.mapping("jobs")
    if jobs is None or "on" in root.keys or "version" not in root.keys:
        return None
    if not any("steps" in job.keys and "runs-on" not in job.keys for _, job in jobs.entries):
        return None
    scripts = Scripts(CIRCLE)
    used = _uses(root.mapping("workflows"))
    body: list[Stmt] = []
    commands = _named(root, "commands")
    executors = _named(root, "executors")
    if commands:
        body.extend(_seen_by_commands((*executors.values(), *_named(root, "jobs").values())))
    for told, label in ((commands, ("template",)), (_named(root, "jobs"), ())):
        for name, (pair, one) in told.items():
            steps = _CircleSteps(scripts, frozenset(commands))
            uses = used.get(name, ()) if not label else ()
            executor = executors.get(_executor(one), (None, None))[1]
            lowered = (
                *_handed(uses),
                *_variables(executor.mapping("environment") if executor else None),
                *_variables(one.mapping("environment")),
                *(each for use in uses for each in steps.all(use.each("pre-steps"), 0)),
                *steps.all(one.each("steps"), 0),
                *(each for use in uses for each in steps.all(use.each("post-steps"), 0)),
            )
            params = tuple(_parameters(one.mapping("parameters")))
            required = tuple(_required(uses))
            function = Function(name, params, lowered, pair.at, needs=required, labels=label)
            body.append(Define(function))
    return scripts.facts(Module(tuple(body), labels=("workflow:circleci",)))


def _named(root: Mapping, key: str) -> dict[str, tuple[Pair, Mapping]]:
    """The commands, jobs or executors of the file, and of the orbs that it defines itself."""
    told = root.mapping(key)
    found = {pair.key: (pair, one) for pair, one in (told.entries if told else ())}
    orbs = root.mapping("orbs")
    for orb, inside in orbs.entries if orbs else ():
        told = inside.mapping(key)
        for pair, one in told.entries if told else ():
            found[f"{orb.key}/{pair.key}"] = (pair, one)
    return found


def _seen_by_commands(of: Iterable[tuple[Pair, Mapping]]) -> tuple[Stmt, ...]:
    """A command sees the environment of the job that uses it: any value of those of all jobs."""
    axes: dict[str, list[Expr]] = {}
    for _, one in of:
        told = one.mapping("environment")
        for pair in told.pairs if told else ():
            axes.setdefault(pair.key, []).append(literal(pair.value, CIRCLE))
    return choices(axes)


def _executor(job: Mapping) -> str:
    told = job.get("executor")
    return told.text("name") if isinstance(told, Mapping) else job.text("executor")


def _variables(told: Mapping | None) -> tuple[Stmt, ...]:
    pairs = told.pairs if told else ()
    return tuple(Assign(Name(pair.key), literal(pair.value, CIRCLE)) for pair in pairs)


def _parameters(told: Mapping | None) -> Iterator[Param]:
    """Parameters by the names that scripts use: `parameters.x`."""
    for pair, one in told.entries if told else ():
        default = one.scalar("default")
        yield Param(f"parameters.{pair.key}", literal(default, CIRCLE) if default else None)


def _uses(workflows: Mapping | None) -> dict[str, tuple[Mapping, ...]]:
    """How the workflows start each job."""
    found: dict[str, tuple[Mapping, ...]] = {}
    for _, flow in workflows.entries if workflows else ():
        for job in mappings(flow.each("jobs")):
            for pair, one in job.entries:
                found[pair.key] = (*found.get(pair.key, ()), one)
    return found


def _required(uses: tuple[Mapping, ...]) -> Iterator[str]:
    """What a job waits for, in any workflow."""
    for one in uses:
        yield from (name.text for name in one.each("requires") if isinstance(name, Scalar))


def _handed(uses: tuple[Mapping, ...]) -> tuple[Stmt, ...]:
    """The parameters with which the workflows start a job, its matrix among them."""
    combinations: list[dict[str, Expr]] = []
    axes: dict[str, list[Expr]] = {}
    for one in uses:
        matrix = one.mapping("matrix")
        listed = matrix.mapping("parameters") if matrix else None
        told = {
            f"parameters.{pair.key}": [literal(node, CIRCLE) for node in items(pair.value)]
            for pair in (
                *(pair for pair in one.pairs if pair.key not in _OF_WORKFLOWS),
                *(listed.pairs if listed else ()),
            )
        }
        for name, values in told.items():
            axes.setdefault(name, []).extend(values)
        ways = islice(product(*told.values()), _MOST_JOBS)
        combinations.extend(dict(zip(told, way, strict=True)) for way in ways)
    return (*rows(combinations[:_MOST_JOBS]), *choices(axes))


class _CircleSteps:
    """The steps of a job or command."""

    def __init__(self, scripts: Scripts, commands: frozenset[str]) -> None:
        self._scripts = scripts
        self._commands = commands
        self._left = MOST_ITEMS

    def all(self, nodes: Iterable[Node], depth: int) -> tuple[Stmt, ...]:
        """All of them, in order."""
        body: list[Stmt] = []
        for node in nodes:
            self._left -= 1
            if self._left < 0:
                break
            match node:
                case Scalar(text=name) if name in self._commands:
                    body.append(Do(Call(Name(name), (), node.at)))
                case Mapping(pairs=(first, *_)) if depth < _DEEPEST:
                    body.extend(self._step(first, depth))
        return tuple(body)

    def _step(self, step: Pair, depth: int) -> tuple[Stmt, ...]:
        told = step.value
        if step.key in ("when", "unless") and isinstance(told, Mapping):
            test = Opaque((), step.key)
            return (If(test, self.all(told.each("steps"), depth + 1)),)
        if step.key != "run":
            given = told.pairs if isinstance(told, Mapping) else ()
            args = tuple(Arg(literal(one.value, CIRCLE), f"parameters.{one.key}") for one in given)
            return (Do(Call(Name(step.key), args, step.at)),)
        if isinstance(told, Scalar):
            return self._scripts.lower(told)
        command = told.scalar("command") if isinstance(told, Mapping) else None
        if command is None or not isinstance(told, Mapping):
            return ()
        lowered = self._scripts.lower(command, told.text("shell"))
        body = (
            *_variables(told.mapping("environment")),
            *within(told.scalar("working_directory"), CIRCLE, lowered),
        )
        match told.text("when"):
            case "always":
                return deferred(body)
            case "on_fail":
                return deferred((Try((), (body,)),))
            case _:
                return body
