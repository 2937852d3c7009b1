"""CircleCI: jobs and reusable commands as functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from lint.facts import FileFacts, ImageRef
from lint.languages.dialect import CIRCLE, literal
from lint.languages.scripts import Scripts
from lint.languages.workflow_steps import deferred, within
from lint.languages.yaml_nodes import MOST_ITEMS, Mapping, Node, Pair, Scalar, mappings
from lint.program import (
    Arg,
    Assign,
    Call,
    Define,
    Do,
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
    needs = _required(root.mapping("workflows"))
    body: list[Stmt] = []
    images: list[ImageRef] = []
    commands = root.mapping("commands")
    known = commands.keys if commands else frozenset()
    for told, label in ((commands, ("template",)), (jobs, ())):
        for pair, one in told.entries if told else ():
            lowered = (
                *_variables(one.mapping("environment")),
                *_CircleSteps(scripts, known).all(one.each("steps"), 0),
            )
            params = tuple(_parameters(one.mapping("parameters")))
            required = needs.get(pair.key, ())
            function = Function(pair.key, params, lowered, pair.at, needs=required, labels=label)
            body.append(Define(function))
            images.extend(_docker(pair.key, one))
    for pair, one in found.entries if (found := root.mapping("executors")) else ():
        images.extend(_docker(pair.key, one))
    facts = scripts.facts(Module(tuple(body), labels=("workflow:circleci",)))
    return msgspec.structs.replace(facts, images=tuple(images))


def _variables(told: Mapping | None) -> tuple[Stmt, ...]:
    pairs = told.pairs if told else ()
    return tuple(Assign(Name(pair.key), literal(pair.value, CIRCLE)) for pair in pairs)


def _parameters(told: Mapping | None) -> Iterator[Param]:
    """Parameters by the names that scripts use: `parameters.x`."""
    for pair, one in told.entries if told else ():
        default = one.scalar("default")
        yield Param(f"parameters.{pair.key}", literal(default, CIRCLE) if default else None)


def _docker(owner: str, job: Mapping) -> tuple[ImageRef, ...]:
    images = [one.scalar("image") for one in mappings(job.each("docker"))]
    return tuple(ImageRef("workflow", one.text, one.at, owner) for one in images if one)


def _required(workflows: Mapping | None) -> dict[str, tuple[str, ...]]:
    """What the jobs of all workflows wait for."""
    needs: dict[str, tuple[str, ...]] = {}
    for _, flow in workflows.entries if workflows else ():
        for job in mappings(flow.each("jobs")):
            for pair, one in job.entries:
                told = tuple(name.text for name in one.each("requires") if isinstance(name, Scalar))
                needs[pair.key] = (*needs.get(pair.key, ()), *told)
    return needs


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
