"""Bitbucket Pipelines, Drone, Woodpecker and Buildkite: steps as functions or parts of one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from lint.facts import FileFacts
from lint.languages.dialect import GITLAB, PLAIN, value
from lint.languages.scripts import Scripts, words
from lint.languages.stages import Stage, jobs
from lint.languages.workflow_steps import deferred, variables
from lint.languages.yaml_nodes import MOST_ITEMS, Mapping, Node, Pair, Scalar, items, mappings
from lint.program import Define, Function, Lit, Module, Stmt

_OF_OTHERS: Final = frozenset({"on", "apiVersion", "jobs", "stages", "tasks", "script", "trigger"})
_DEEPEST: Final = 8
_COMPOSE_PLUGIN: Final = re.compile(r"docker-compose(?:#|$)")


def bitbucket(root: Mapping) -> FileFacts | None:
    """The facts of a `bitbucket-pipelines.yml`; None for another document."""
    told = root.mapping("pipelines")
    if told is None or root.keys & _OF_OTHERS:
        return None
    scripts = Scripts(GITLAB)
    body: dict[Mapping, Stmt] = {}
    for step in islice(_bitbucket_steps(told, 0), MOST_ITEMS):
        if step not in body:
            lowered = (
                *_commands(step.each("script"), scripts),
                *deferred(_commands(step.each("after-script"), scripts)),
            )
            name = step.text("name") or f"step-{len(body) + 1}"
            body[step] = Define(Function(name, (), lowered, step.at))
    if not body:
        return None
    return scripts.facts(Module(tuple(body.values()), labels=("workflow:bitbucket",)))


def _bitbucket_steps(node: Node, depth: int) -> Iterator[Mapping]:
    """Every `step:`, however deep in branches, stages and parallel ones."""
    for one in items(node) if depth < _DEEPEST else ():
        if not isinstance(one, Mapping):
            continue
        for pair in one.pairs:
            if pair.key == "step" and isinstance(pair.value, Mapping):
                yield pair.value
            elif pair.key != "script":
                yield from _bitbucket_steps(pair.value, depth + 1)


def drone(root: Mapping) -> FileFacts | None:
    """The facts of a pipeline of Drone or Woodpecker; None for another document.

    Its steps share a working copy and an engine.
    """
    if root.keys & _OF_OTHERS or root.text("kind") not in ("", "pipeline"):
        return None
    steps = list(_drone_steps(root.get("steps") or root.get("pipeline")))
    if not any("commands" in step.keys for _, step in steps):
        return None
    if not all(step.keys & {"image", "settings", "name"} for _, step in steps):
        return None
    scripts = Scripts(PLAIN)
    stages = [
        Stage(
            name=name,
            script="\n".join(one.text for one in step.each("commands") if isinstance(one, Scalar)),
            body=(
                *variables(step.mapping("environment")),
                *_commands(step.each("commands"), scripts),
            ),
            at=step.at,
        )
        for name, step in steps
    ]
    return scripts.facts(Module(jobs(stages), labels=("workflow:drone",)))


def _drone_steps(told: Node | None) -> Iterator[tuple[str, Mapping]]:
    if isinstance(told, Mapping):
        yield from ((pair.key, step) for pair, step in told.entries)
    elif told is not None:
        yield from ((step.text("name"), step) for step in mappings(items(told)))


def buildkite(root: Mapping) -> FileFacts | None:
    """The facts of a Buildkite pipeline; None for another document. Each step has a machine."""
    steps = [
        each
        for step in mappings(root.each("steps"))
        for each in (step, *mappings(step.each("steps")))
    ]
    if root.keys & _OF_OTHERS or not any(step.keys & {"command", "commands"} for step in steps):
        return None
    if any(step.keys & {"image", "uses", "task", "run"} for step in steps):
        return None
    scripts = Scripts(PLAIN)
    body: list[Stmt] = []
    for number, step in enumerate(steps, 1):
        lowered = (
            *variables(root.mapping("env")),
            *variables(step.mapping("env")),
            *_commands((*step.each("command"), *step.each("commands")), scripts),
            *_plugins(step),
        )
        name = step.text("label") or step.text("name") or step.text("key") or f"step-{number}"
        body.append(Define(Function(name, (), lowered, step.at)))
    return scripts.facts(Module(tuple(body), labels=("workflow:buildkite",)))


def _plugins(step: Mapping) -> Iterator[Stmt]:
    """The plugin of compose, which runs the step's command in a service."""
    told = step.get("plugins")
    listed = (told,) if isinstance(told, Mapping) else mappings(items(told)) if told else ()
    for pair in (pair for one in listed for pair in one.pairs):
        given = pair.value if isinstance(pair.value, Mapping) else None
        if given and _COMPOSE_PLUGIN.search(pair.key):
            for verb in ("run", "build"):
                for service in given.each(verb):
                    if isinstance(service, Scalar):
                        yield _composed(pair, given, verb, service)


def _composed(plugin: Pair, given: Mapping, verb: str, service: Scalar) -> Stmt:
    files = [Lit(one.text, one.at) for one in given.each("config") if isinstance(one, Scalar)]
    told = [word for file in files for word in (Lit("-f", file.at), file)]
    at = plugin.key_at
    return words(
        (Lit("docker-compose", at), *told, Lit(verb, at), value(service, PLAIN)), plugin.at
    )


def _commands(nodes: Iterable[Node], scripts: Scripts) -> tuple[Stmt, ...]:
    return tuple(
        statement
        for one in nodes
        if isinstance(one, Scalar) and one.text
        for statement in scripts.lower(one)
    )
