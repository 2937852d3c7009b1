"""Taskfiles (go-task): tasks as functions, like the targets of a Makefile."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from lint.facts import FileFacts
from lint.languages.dialect import TASK, literal
from lint.languages.scripts import Scripts
from lint.languages.workflow_steps import deferred, within
from lint.languages.yaml_nodes import Mapping, Node, Pair, Scalar, Sequence, items, mappings
from lint.program import (
    Arg,
    Assign,
    Call,
    Choice,
    Define,
    Do,
    Expr,
    Function,
    Loop,
    Module,
    Name,
    Opaque,
    Output,
    Param,
    Stmt,
    Try,
)

_TASK_KEYS = frozenset({"cmds", "cmd", "deps", "desc", "vars", "summary", "sources", "dir"})


def taskfile(root: Mapping) -> FileFacts | None:
    """The facts of a Taskfile; None for another document."""
    tasks = root.mapping("tasks")
    if tasks is None or not ("version" in root.keys or "includes" in root.keys):
        return None
    if not all(_is_task(pair.value) for pair in tasks.pairs):
        return None
    scripts = Scripts(TASK)
    body: list[Stmt] = [
        *_variables(root.mapping("vars"), scripts),
        *_variables(root.mapping("env"), scripts),
    ]
    given = _given(tasks)
    for pair in tasks.pairs:
        params = tuple(Param(name, Name(name)) for name in given.get(pair.key, {}))
        function = msgspec.structs.replace(_task(pair, scripts), params=params)
        body.append(Define(function))
    return scripts.facts(Module(tuple(body), labels=("taskfile",)))


def _given(tasks: Mapping) -> dict[str, dict[str, None]]:
    """The variables that other tasks hand to each task."""
    given: dict[str, dict[str, None]] = {}
    for pair in tasks.pairs:
        task = pair.value
        told = (*task.each("cmds"), *task.each("deps")) if isinstance(task, Mapping) else (task,)
        for call in mappings(one for node in told for one in items(node)):
            handed = call.mapping("vars")
            names = given.setdefault(call.text("task"), {})
            names.update(dict.fromkeys(pair.key for pair in (handed.pairs if handed else ())))
    return given


def _is_task(node: Node) -> bool:
    return not isinstance(node, Mapping) or bool(node.keys & _TASK_KEYS)


def _task(pair: Pair, scripts: Scripts) -> Function:
    labels = ("default",) if pair.key == "default" else ()
    task = pair.value
    if not isinstance(task, Mapping):
        body = tuple(_commands((task,), scripts))
        return Function(pair.key, (), body, pair.at, labels=labels)
    directory = task.scalar("dir")
    commands = tuple(_commands((*task.each("cmds"), *task.each("cmd")), scripts))
    body = (
        *_variables(task.mapping("vars"), scripts),
        *_variables(task.mapping("env"), scripts),
        *within(directory, TASK, commands),
    )
    if task.text("ignore_error") == "true":
        body = (Try(body, ((),)),)
    needs = tuple(name for one in task.each("deps") if (name := _named(one)))
    return Function(pair.key, (), body, pair.at, needs=needs, labels=labels)


def _named(node: Node) -> str:
    return node.text("task") if isinstance(node, Mapping) else _text(node)


def _text(node: Node) -> str:
    return node.text if isinstance(node, Scalar) else ""


def _variables(told: Mapping | None, scripts: Scripts) -> tuple[Stmt, ...]:
    """Variables as assignments; `sh:` is what a command prints."""
    found: list[Stmt] = []
    for pair in told.pairs if told else ():
        command = pair.value.scalar("sh") if isinstance(pair.value, Mapping) else None
        if command:
            found.append(Assign(Name(pair.key), Output(scripts.lower(command))))
        else:
            found.append(Assign(Name(pair.key), literal(pair.value, TASK)))
    return tuple(found)


def _commands(nodes: tuple[Node, ...], scripts: Scripts) -> Iterator[Stmt]:
    for node in nodes:
        for one in items(node):
            if isinstance(one, Scalar):
                yield from scripts.lower(one)
            elif isinstance(one, Mapping):
                yield from _command(one, scripts)


def _command(told: Mapping, scripts: Scripts) -> tuple[Stmt, ...]:
    """`cmd:`, `task:` (a call), `defer:` (either of them, at the end), `for:`."""
    match told.get("defer"):
        case Scalar() as scalar:
            return deferred(scripts.lower(scalar))
        case Mapping() as inner if "defer" not in inner.keys:
            return deferred(_command(inner, scripts))
    body: tuple[Stmt, ...] = ()
    if command := told.scalar("cmd"):
        body = scripts.lower(command)
    elif called := told.scalar("task"):
        given = told.mapping("vars")
        args = tuple(
            Arg(literal(pair.value, TASK), pair.key) for pair in (given.pairs if given else ())
        )
        body = (Do(Call(Name(called.text), args, told.at)),)
    if told.text("ignore_error") == "true":
        body = (Try(body, ((),)),)
    if "for" in told.keys:
        body = (Loop(body, Name("ITEM"), _looped(told.get("for"))),)
    return body


def _looped(node: Node | None) -> Expr:
    if isinstance(node, Sequence) and node.items:
        return Choice(tuple(literal(one, TASK) for one in node.items))
    return Opaque()
