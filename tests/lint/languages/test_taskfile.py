"""Taskfiles as programs."""

from __future__ import annotations

import pytest

from lint.program import (
    Arg,
    Assign,
    Call,
    Choice,
    Defer,
    Do,
    Glue,
    Loop,
    Name,
    Opaque,
    Output,
    Param,
    Try,
)
from tests.lint.languages.shell_code import NOWHERE, lit, name, run, split
from tests.lint.languages.yaml_code import does, facts, functions, places, sets

SOURCE = """
version: '3'
vars:
  TAG: '{{.GIT_TAG | default "dev"}}'
  SHA: {sh: git rev-parse HEAD}
tasks:
  default: [{task: up}, echo done]
  net: podman network create n
  up:
    deps: [net, {task: build, vars: {ALL: "1"}}]
    dir: deploy
    vars: {NAME: 'svc-{{.SHA}}'}
    cmds:
      - defer: podman rm -f {{.NAME}}
      - defer: {task: net}
      - |
        podman run -d \\
          '{{.NAME}}:{{.TAG}}'
      - task: build
      - cmd: make x
        ignore_error: true
      - for: [a, b]
        cmd: pull {{.ITEM}}
      - for: {var: LIST}
        cmd: push {{ printf "%s" .X }}
  build:
    cmd: make build
    ignore_error: true
"""


def test_commands_are_read_in_each_form() -> None:
    assert does(SOURCE, "up") == (
        Assign(name("NAME"), Glue((lit("svc-"), name("SHA")), NOWHERE)),
        run("cd", "deploy"),
        Defer(Output((run("podman", "rm", "-f", split(name("NAME"))),))),
        Defer(Output((Do(Call(name("net"), (), NOWHERE)),))),
        run("podman", "run", "-d", Glue((name("NAME"), lit(":"), name("TAG")), NOWHERE)),
        Do(Call(name("build"), (), NOWHERE)),
        Try((run("make", "x"),), ((),)),
        Loop((run("pull", split(name("ITEM"))),), name("ITEM"), Choice((lit("a"), lit("b")))),
        Loop(
            (run("push", split(Opaque((Name("X"),), 'printf "%s" .X'))),),
            name("ITEM"),
            Opaque(),
        ),
        run("cd", "-"),
    )
    assert does(SOURCE, "net") == (run("podman", "network", "create", "n"),)
    assert does(SOURCE, "build") == (Try((run("make", "build"),), ((),)),)
    assert does(SOURCE, "default") == (Do(Call(name("up"), (), NOWHERE)), run("echo", "done"))


def test_variables_needs_and_labels_are_told() -> None:
    assert sets(SOURCE) == (
        Assign(name("TAG"), Choice((name("GIT_TAG"), lit("dev")))),
        Assign(name("SHA"), Output((run("git", "rev-parse", "HEAD"),))),
    )
    found = functions(SOURCE)
    assert found["up"].needs == ("net", "build")
    assert found["default"].labels == ("default",)
    assert found["build"].params == (Param("ALL", name("ALL")),)
    program = facts(SOURCE).program
    assert program is not None
    assert program.labels == ("taskfile",)


def test_variables_of_a_call_are_handed_over() -> None:
    source = "version: 3\ntasks:\n  a: [{task: b, vars: {X: y}}]\n  b: echo {{.X}}\n"
    assert does(source, "a") == (Do(Call(name("b"), (Arg(lit("y"), "X"),), NOWHERE)),)
    assert functions(source)["b"].params == (Param("X", name("X")),)


def test_commands_stand_on_the_lines_of_the_file() -> None:
    assert (17, 9, "podman") in places(facts(SOURCE))


@pytest.mark.parametrize(
    "source",
    [
        "tasks: [{name: x, shell: y}]\n",
        "tasks: {a: {cmds: [x]}}\n",
        "version: 1\ntasks: {a: {b: c}}\n",
    ],
)
def test_other_documents_are_no_taskfiles(source: str) -> None:
    assert facts(source).program is None
